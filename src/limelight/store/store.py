"""All tables of one database, by subject."""

from __future__ import annotations

from limelight.store.accounts import Accounts
from limelight.store.assets import Assets
from limelight.store.batches import Batches
from limelight.store.database import Database
from limelight.store.folders import Folders
from limelight.store.idempotency import Idempotency
from limelight.store.photos import Photos
from limelight.store.templates import Templates
from limelight.store.videos import Videos
from limelight.store.webhooks import Webhooks
from limelight.store.words import Words


class Store:
    """One database, by subject. Raises StoreError when it cannot be opened.

    `migrate` says whether older tables may be migrated; see `Database`.
    """

    def __init__(self, url: str, *, migrate: bool = True) -> None:
        self._database = Database(url, migrate=migrate)
        self.accounts = Accounts(self._database)
        self.assets = Assets(self._database)
        self.batches = Batches(self._database)
        self.folders = Folders(self._database)
        self.idempotency = Idempotency(self._database)
        self.photos = Photos(self._database)
        self.templates = Templates(self._database)
        self.videos = Videos(self._database)
        self.webhooks = Webhooks(self._database)
        self.words = Words(self._database)

    def ping(self) -> None:
        """Raise StoreError unless the database answers."""
        self._database.ping()

    def close(self) -> None:
        """Close the connections."""
        self._database.close()
