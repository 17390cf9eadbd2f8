"""Backgrounds, presenter and layout in, YUV frames out. Knows nothing of speech or HTTP."""
