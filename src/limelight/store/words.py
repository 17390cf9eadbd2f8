"""Accounts' pronunciations of words. Every function is one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, or_, select, update

from limelight.errors import SpecError
from limelight.spec import WordEntry
from limelight.store.database import Database, now_ms
from limelight.store.models import AccountRow, WordRow


class Words:
    """The word lists of a database. Every function raises StoreError when it cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, account_id: str) -> tuple[WordEntry, ...]:
        """An account's words: the case-sensitive ones, which take precedence, before the others; each in key order."""
        query = select(WordRow).where(WordRow.account_id == account_id)
        with self._database.session() as session:
            rows = session.scalars(query.order_by(WordRow.case_sensitive.desc(), WordRow.key))
            return tuple(
                WordEntry(word=row.word, say=row.say, ipa=row.ipa, case_sensitive=row.case_sensitive) for row in rows
            )

    def times(self, account_id: str) -> tuple[int, int] | None:
        """When an account's first and last word was kept, milliseconds since 1970; None where it has none."""
        query = select(func.min(WordRow.created_ms), func.max(WordRow.created_ms))
        with self._database.session() as session:
            first, last = session.execute(query.where(WordRow.account_id == account_id)).one()
            return None if first is None else (first, last)

    def put(self, account_id: str, entries: Sequence[WordEntry], limit: int) -> None:
        """Add words, or replace equal ones. Raises SpecError, and keeps nothing, beyond `limit` words."""
        with self._database.session() as session:
            # This locks the account's row, so that of two concurrent calls the second waits here.
            session.execute(update(AccountRow).where(AccountRow.id == account_id).values(id=account_id))
            for entry in entries:
                row = WordRow(
                    account_id=account_id, key=_key(entry), created_ms=now_ms(), **entry.model_dump()
                )  # fmt: skip
                session.merge(row)
            session.flush()
            count = session.scalar(select(func.count()).where(WordRow.account_id == account_id)) or 0
            if count > limit:
                raise SpecError(f"words is invalid: there would be {count}, the limit of an account is {limit}.")

    def delete(self, account_id: str, word: str) -> bool:
        """Delete a word, in any case where its case does not matter; says whether there was one."""
        same = or_(
            WordRow.case_sensitive.is_(True) & (WordRow.key == word),
            WordRow.case_sensitive.is_(False) & (WordRow.key == word.casefold()),
        )
        with self._database.session() as session:
            gone = delete(WordRow).where(WordRow.account_id == account_id, same)
            return session.execute(gone).rowcount > 0  # type: ignore[attr-defined, no-any-return]


def _key(entry: WordEntry) -> str:
    return entry.word if entry.case_sensitive else entry.word.casefold()
