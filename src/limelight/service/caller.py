"""Who calls: the owner of the server, with the key from its settings, or an account with a key of its own."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from limelight.requests.known import Known
from limelight.service.accounts import key_hash, script_limit
from limelight.service.limits import Limits
from limelight.store import OWNER, Account, Store
from limelight.store.accounts import ErrorStyle


@dataclass(frozen=True, slots=True)
class Caller:
    """The account that sends a request, and its key."""

    account: Account
    #: the hash of its key
    key: str
    #: how v2's errors are written for it; None for the server's style
    error_style: ErrorStyle | None = None

    @property
    def id(self) -> str:
        """The account's id."""
        return self.account.id

    @property
    def is_owner(self) -> bool:
        """Whether the caller runs the server."""
        return self.account.id == OWNER


class Callers:
    """Keys, their accounts and their rate limits. Every function raises StoreError."""

    def __init__(self, store: Store, owner_key: str, limits: Limits, *, owner_is_limited: bool) -> None:
        self._store = store
        self._owner_hash = key_hash(owner_key)
        self._limits = limits
        self._owner_is_limited = owner_is_limited

    def of_key(self, key: str) -> Caller | None:
        """The caller with this key; None where the key is unknown or revoked."""
        hash = key_hash(key)
        if hmac.compare_digest(hash, self._owner_hash):
            owner = self._store.accounts.get(OWNER)
            return Caller(owner, hash) if owner else None
        found = self._store.accounts.by_key(hash)
        return Caller(found[0], hash, found[1].error_style) if found else None

    def wait_s(self, caller: Caller, video_id: str | None) -> int:
        """Count a request, or a poll of this video; gives 0, or the seconds to wait where it is one too many."""
        if caller.is_owner and not self._owner_is_limited:
            return 0
        return self._limits.take(caller.key, video_id)


def known_of(store: Store, account: Account) -> Known:
    """What requests of this account may refer to, and how much they may ask for. Raises StoreError."""
    return Known(
        asset=lambda asset_id: store.assets.get(asset_id, account.id),
        photo=lambda photo_id: store.photos.pictures(photo_id, account.id),
        script_limit=script_limit(account),
        words=store.words.all(account.id),
    )
