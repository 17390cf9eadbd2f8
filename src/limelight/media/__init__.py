"""Frames and sound in, files out, and user media in. Knows nothing of what is shown."""
