"""Databases as older versions left them."""

from __future__ import annotations

from alembic import command
from sqlalchemy import create_engine

from limelight.store.database import _migrations


def bring_back(url: str, revision: str) -> None:
    """Undo a closed database's migrations down to this one, as `Store` would have found it then."""
    config = _migrations()
    with create_engine(url).begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
