"""Writes films of frames and sound, and reads user media. Knows nothing of what they show."""
