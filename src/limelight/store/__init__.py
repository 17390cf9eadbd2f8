"""Rows and objects that survive a restart. Knows nothing of rendering."""

from limelight.store.objects import Objects
from limelight.store.store import Asset, Failure, FileType, NewVideo, SceneState, Store, Video

__all__ = ["Asset", "Failure", "FileType", "NewVideo", "Objects", "SceneState", "Store", "Video"]
