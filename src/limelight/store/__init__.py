"""Rows and objects that survive a restart. Knows nothing of rendering."""

from limelight.store.accounts import OWNER, Account, Key
from limelight.store.assets import Asset
from limelight.store.objects import Objects
from limelight.store.store import Store
from limelight.store.videos import Failure, NewVideo, SceneState, Video

__all__ = [
    "OWNER",
    "Account",
    "Asset",
    "Failure",
    "Key",
    "NewVideo",
    "Objects",
    "SceneState",
    "Store",
    "Video",
]
