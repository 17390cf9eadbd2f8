"""Script in, timed sound out. Knows nothing of video."""
