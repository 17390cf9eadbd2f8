"""Timed sound in, motion of a face and head out. Knows nothing of avatars or pixels."""
