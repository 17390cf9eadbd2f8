"""Talking photos: makes a `Pack`, the same kind of rig as a presenter's, from pictures of a person, on the CPU."""

from limelight.errors import PhotoError
from limelight.puppet.photo.cutout import cut_out
from limelight.puppet.photo.portrait import Portrait, find_portrait
from limelight.puppet.photo.rig import Gave, PhotoRig, rig
from limelight.puppet.photo.rigfile import load_rig, save_rig

__all__ = ["Gave", "PhotoError", "PhotoRig", "Portrait", "cut_out", "find_portrait", "load_rig", "rig", "save_rig"]
