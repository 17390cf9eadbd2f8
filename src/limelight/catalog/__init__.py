"""The avatars and voices on offer."""
