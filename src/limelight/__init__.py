"""Limelight: a script, an avatar and a voice in; a finished presenter video out."""

import os

__version__ = "0.1.0"

# ONNX Runtime's wheels report to Microsoft, unless this is set before they are imported. Nothing of ours is earlier.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
