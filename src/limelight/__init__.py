"""Limelight: a script, an avatar and a voice in; a finished presenter video out."""

__version__ = "0.1.0"
