"""Templates: requests with placeholders in them. Every function is one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import delete, select

from limelight.names import new_id
from limelight.store.database import Database, newest_first, now_ms
from limelight.store.models import TemplateRow


@dataclass(frozen=True, slots=True)
class Template:
    """One template; times are milliseconds since 1970, UTC."""

    id: str
    account_id: str
    name: str
    #: the body of POST /v2/video/generate with {{names}} in it
    body: Mapping[str, Any]
    #: by name: {"name", "type", "properties"}
    variables: Mapping[str, Mapping[str, Any]]
    created_ms: int
    updated_ms: int


class Templates:
    """The templates of a database. Every function raises StoreError when it cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, account_id: str, name: str, body: Mapping[str, Any], variables: Mapping[str, Mapping[str, Any]]
    ) -> Template:
        """A new template."""
        now = now_ms()
        row = TemplateRow(
            id=new_id(),
            account_id=account_id,
            name=name,
            body=dict(body),
            variables={key: dict(value) for key, value in variables.items()},
            created_ms=now,
            updated_ms=now,
        )
        with self._database.session() as session:
            session.add(row)
            session.flush()
            return _template(row)

    def get(self, template_id: str, account_id: str) -> Template | None:
        """An account's template, or None where it has none of this id."""
        with self._database.session() as session:
            row = session.get(TemplateRow, template_id)
            return _template(row) if row and row.account_id == account_id else None

    def all(self, account_id: str) -> list[Template]:
        """An account's templates, newest first."""
        query = select(TemplateRow).where(TemplateRow.account_id == account_id)
        with self._database.session() as session:
            ordered = query.order_by(TemplateRow.created_ms.desc(), TemplateRow.id)
            return [_template(row) for row in session.scalars(ordered)]

    def page(self, account_id: str, limit: int, *, before: tuple[int, str] | None = None) -> list[Template]:
        """An account's templates, newest first, after the one created at `before` (created_ms, id)."""
        query = select(TemplateRow).where(TemplateRow.account_id == account_id)
        with self._database.session() as session:
            return [_template(row) for row in session.scalars(newest_first(query, TemplateRow, before, limit))]

    def change(
        self,
        template_id: str,
        account_id: str,
        *,
        name: str | None = None,
        body: Mapping[str, Any] | None = None,
        variables: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Template | None:
        """Change a template; a None changes nothing. None where there is none."""
        with self._database.session() as session:
            row = session.get(TemplateRow, template_id)
            if row is None or row.account_id != account_id:
                return None
            row.name = row.name if name is None else name
            row.body = row.body if body is None else dict(body)
            if variables is not None:
                row.variables = {key: dict(value) for key, value in variables.items()}
            row.updated_ms = now_ms()
            return _template(row)

    def delete(self, template_id: str, account_id: str) -> bool:
        """Delete a template; says whether there was one."""
        with self._database.session() as session:
            gone = delete(TemplateRow).where(TemplateRow.id == template_id, TemplateRow.account_id == account_id)
            return session.execute(gone).rowcount == 1  # type: ignore[attr-defined, no-any-return]


def _template(row: TemplateRow) -> Template:
    return Template(
        id=row.id,
        account_id=row.account_id,
        name=row.name,
        body=cast("dict[str, Any]", row.body),
        variables=cast("dict[str, dict[str, Any]]", row.variables),
        created_ms=row.created_ms,
        updated_ms=row.updated_ms,
    )
