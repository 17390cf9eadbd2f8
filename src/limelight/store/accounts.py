"""Accounts, their API keys and their credit: seconds of film, held back when a video is submitted, settled at its end.

Each change of credit is one SQL statement that checks and changes at once, so that concurrent requests cannot overdraw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from limelight.errors import InsufficientCredit
from limelight.names import new_id
from limelight.store.database import Database, now_ms
from limelight.store.models import AccountRow, KeyRow

#: The id of the account of whoever runs the server; it always exists.
OWNER = "0" * 32

Plan = Literal["free", "creator", "team", "enterprise"]
ErrorStyle = Literal["string", "object"]


@dataclass(frozen=True, slots=True)
class Account:
    """One account."""

    id: str
    name: str
    email: str
    plan: Plan
    #: seconds of film that may still be made; None without limit
    left_s: int | None
    #: seconds of film that were made and charged
    used_s: int
    #: how many of its videos may be made at once; None without limit
    concurrency: int | None
    #: milliseconds since 1970, UTC
    created_ms: int


@dataclass(frozen=True, slots=True)
class Key:
    """One API key, of which only the hash is known."""

    #: SHA-256, hex
    hash: str
    account_id: str
    #: its first characters, by which people tell keys apart
    start: str
    name: str
    #: how errors of v2 are written for it; None for the server's style
    error_style: ErrorStyle | None
    created_ms: int
    revoked_ms: int | None


class Accounts:
    """The accounts of a database. Every function raises StoreError when it cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, name: str, plan: Plan, *, left_s: int | None, concurrency: int | None, email: str = "") -> Account:
        """A new account."""
        row = AccountRow(
            id=new_id(),
            name=name,
            email=email,
            plan=plan,
            left_s=left_s,
            used_s=0,
            concurrency=concurrency,
            created_ms=now_ms(),
        )
        with self._database.session() as session:
            session.add(row)
            session.flush()
            return _account(row)

    def get(self, account_id: str) -> Account | None:
        """The account, or None where there is none of this id."""
        with self._database.session() as session:
            row = session.get(AccountRow, account_id)
            return _account(row) if row else None

    def all(self) -> list[Account]:
        """All accounts, oldest first."""
        with self._database.session() as session:
            return [_account(row) for row in session.scalars(select(AccountRow).order_by(AccountRow.created_ms))]

    def grant(self, account_id: str, seconds: int) -> None:
        """Add seconds of film to an account's credit; changes nothing for one without limit."""
        with self._database.session() as session:
            refund(session, account_id, seconds)

    def add_key(self, key: Key) -> None:
        """Keep a key."""
        with self._database.session() as session:
            session.add(KeyRow(**{name: getattr(key, name) for name in Key.__slots__}))

    def by_key(self, hash: str) -> tuple[Account, Key] | None:
        """The key of this hash and its account, or None where it is unknown or revoked."""
        with self._database.session() as session:
            row = session.get(KeyRow, hash)
            if row is None or row.revoked_ms is not None:
                return None
            account = session.get(AccountRow, row.account_id)
            return (_account(account), _key(row)) if account else None

    def keys(self) -> list[Key]:
        """All keys, oldest first."""
        with self._database.session() as session:
            return [_key(row) for row in session.scalars(select(KeyRow).order_by(KeyRow.created_ms, KeyRow.hash))]

    def revoke(self, hash: str) -> bool:
        """Revoke a key; says whether it was in force."""
        with self._database.session() as session:
            revoked = update(KeyRow).where(KeyRow.hash == hash, KeyRow.revoked_ms.is_(None))
            done = session.execute(revoked.values(revoked_ms=now_ms()))
            return done.rowcount == 1  # type: ignore[attr-defined, no-any-return]


def reserve(session: Session, account_id: str, seconds: int) -> None:
    """Hold back seconds of an account's credit. Raises InsufficientCredit where fewer are left."""
    if seconds <= 0:
        return
    enough = update(AccountRow).where(
        AccountRow.id == account_id, (AccountRow.left_s.is_(None)) | (AccountRow.left_s >= seconds)
    )
    # For an account without limit left_s is null, and null minus a number is null.
    held = session.execute(enough.values(left_s=AccountRow.left_s - seconds))
    if held.rowcount == 0:  # type: ignore[attr-defined]
        raise InsufficientCredit.of()


def refund(session: Session, account_id: str, seconds: int) -> None:
    """Give back seconds that were held back."""
    if seconds > 0:
        given = update(AccountRow).where(AccountRow.id == account_id)
        session.execute(given.values(left_s=AccountRow.left_s + seconds))


def settle(session: Session, account_id: str, reserved_s: int, charged_s: int) -> None:
    """Charge some of the seconds that were held back, and give back the rest."""
    charged = update(AccountRow).where(AccountRow.id == account_id)
    session.execute(
        charged.values(left_s=AccountRow.left_s + max(0, reserved_s - charged_s), used_s=AccountRow.used_s + charged_s)
    )


def _account(row: AccountRow) -> Account:
    return Account(
        row.id, row.name, row.email, cast(Plan, row.plan), row.left_s, row.used_s, row.concurrency, row.created_ms
    )


def _key(row: KeyRow) -> Key:
    style = cast("ErrorStyle | None", row.error_style)
    return Key(row.hash, row.account_id, row.start, row.name, style, row.created_ms, row.revoked_ms)
