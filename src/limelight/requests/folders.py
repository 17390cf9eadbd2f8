"""The bodies of folders."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from limelight.requests.parts import Id
from limelight.requests.wire import Wire, check_text, invalid, read

Name = Annotated[str, StringConstraints(strip_whitespace=True), Field(max_length=200)]


class NewFolderBody(Wire):
    """POST /v1/folders/create."""

    name: Name
    #: what HeyGen's clients sort folders by; kept
    project_type: Annotated[str, Field(max_length=32)] = "mixed"
    #: at the top if absent or empty
    parent_id: Id = ""


class FolderNameBody(Wire):
    """POST /v1/folders/{id}."""

    name: Name


def parse_new_folder(body: object) -> NewFolderBody:
    """A folder to be made. Raises SpecError."""
    check_text(body)
    wire = read(NewFolderBody, body)
    _named(wire.name)
    return wire


def parse_folder_name(body: object) -> str:
    """What a folder is to be called. Raises SpecError."""
    check_text(body)
    return _named(read(FolderNameBody, body).name)


def _named(name: str) -> str:
    if not name:
        raise invalid("name", "it is empty")
    return name
