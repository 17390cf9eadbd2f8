"""Idempotency: a retry with the same idempotency key gets the first request's answer, for a day."""

from __future__ import annotations

import logging

from limelight.errors import StoreError
from limelight.service.caller import Caller
from limelight.store import Store
from limelight.store.database import now_ms
from limelight.store.idempotency import Earlier as Earlier

_KEPT_MS = 24 * 3600 * 1000

_log = logging.getLogger(__name__)


class Repeats:
    """The idempotency keys of a server."""

    def __init__(self, store: Store) -> None:
        self._keys = store.idempotency
        #: Account and key of requests whose key could not be released because the database did not answer.
        self._unreleased: set[tuple[str, str]] = set()

    def release_unfinished(self) -> None:
        """Release the keys of requests that a stop or a crash cut off. Raises StoreError."""
        self._keys.release_unfinished()

    def begin(self, caller: Caller, key: str) -> Earlier | None:
        """Take a key for a request; gives None where it was free, else the earlier request. Raises StoreError."""
        self._release_left()
        return self._keys.begin(caller.id, key, now_ms() - _KEPT_MS)

    def finish(self, caller: Caller, key: str, fingerprint: str, status: int, answer: str) -> bool:
        """Keep the answer to a request; says whether it could be kept."""
        try:
            self._keys.finish(caller.id, key, fingerprint, status, answer)
        except StoreError as error:
            _log.warning("the answer under an idempotency key was not kept: %s", error.message)
            return False
        return True

    def release(self, caller: Caller, key: str) -> None:
        """Release a key, so that the request can be sent again; where the database does not answer, later."""
        self._unreleased.add((caller.id, key))
        self._release_left()

    def _release_left(self) -> None:
        for account_id, key in list(self._unreleased):
            try:
                self._keys.release(account_id, key)
            except StoreError as error:
                _log.warning("an idempotency key is given back later: %s", error.message)
                return
            self._unreleased.discard((account_id, key))
