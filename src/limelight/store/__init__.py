"""Rows and objects that survive a restart. Knows nothing of rendering."""

from limelight.store.objects import Objects
from limelight.store.store import Failure, NewVideo, SceneState, Store, Video

__all__ = ["Failure", "NewVideo", "Objects", "SceneState", "Store", "Video"]
