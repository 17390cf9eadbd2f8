"""Whose body it is: what it may refer to, and how much it may ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from limelight.spec import MAX_SCRIPT_CHARACTERS, FileType, WordEntry


class KnownAsset(Protocol):
    """What a lookup knows of an upload."""

    @property
    def file_type(self) -> FileType:
        """What it is."""

    @property
    def content_type(self) -> str:
        """Its media type."""


AssetLookup = Callable[[str], KnownAsset | None]
#: The ids of the uploads that a talking photo shows, by its own id, its group's or an upload's: the one that speaks,
#: and further pictures of the same person. None where there is no such id.
PhotoLookup = Callable[[str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of who sends a body; without anything, that they have nothing and the largest plan."""

    #: an upload by its id
    asset: AssetLookup = lambda _: None
    #: a talking photo's uploads
    photo: PhotoLookup = lambda _: ()
    #: characters that one scene's script may have
    script_limit: int = MAX_SCRIPT_CHARACTERS
    #: what they want words to be called, the strongest first
    words: tuple[WordEntry, ...] = ()


#: Somebody of whom nothing is known.
NOBODY = Known()
