"""`limelight templates`: an account's templates, on the server's own data; a running server sees changes at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from limelight.cli.console import plain, print_table, say
from limelight.cli.data import DATA_DIR, DataDir, opened_account
from limelight.errors import SpecError

if TYPE_CHECKING:
    from limelight.requests.placeholders import Variable
    from limelight.store import Account, Store
    from limelight.store.templates import Template

AccountId = Annotated[
    str | None, typer.Option(help="Whose templates, by the account's id.", show_default="the owner's")
]
SpecFile = Annotated[Path, typer.Argument(help="JSON with name, body and variables.", show_default=False)]
TemplateId = Annotated[str, typer.Argument(help="An id of `limelight templates list`.", show_default=False)]

templates = typer.Typer(help="Create, show and change templates.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(templates, name="templates")


@templates.command()
def create(file: SpecFile, account: AccountId = None, data_dir: DataDir = DATA_DIR) -> None:
    """Create a template from a file; it is checked, and its id is printed."""
    from limelight.requests.templates import parse_template

    spec = parse_template(_read(file), whole=True)
    assert spec.name is not None and spec.body is not None and spec.variables is not None
    with opened_account(data_dir, account, make=True) as (store, its):
        _check(store, its, spec.body, spec.variables)
        made = store.templates.create(its.id, spec.name, spec.body, spec.rows() or {})
    say(made.id)


@templates.command("list")
def list_(account: AccountId = None, data_dir: DataDir = DATA_DIR) -> None:
    """List the templates, newest first."""
    with opened_account(data_dir, account) as (store, its):
        found = store.templates.all(its.id)
    table = Table("id", "name", "variables", box=None, pad_edge=False)
    for template in found:
        table.add_row(template.id, plain(template.name), plain(", ".join(template.variables)))
    print_table(table)


@templates.command()
def show(template_id: TemplateId, account: AccountId = None, data_dir: DataDir = DATA_DIR) -> None:
    """Print a template as JSON, such as `create` and `edit` read."""
    with opened_account(data_dir, account) as (store, its):
        template = _known(store, its, template_id)
    spec = {
        "template_id": template.id,
        "name": template.name,
        "variables": template.variables,
        "body": template.body,
    }
    typer.echo(json.dumps(spec, indent=2, ensure_ascii=False))


@templates.command()
def edit(template_id: TemplateId, file: SpecFile, account: AccountId = None, data_dir: DataDir = DATA_DIR) -> None:
    """Change a template's name, body or variables; what the file leaves out stays."""
    from limelight.requests.placeholders import variables_from_rows
    from limelight.requests.templates import parse_template

    spec = parse_template(_read(file), whole=False)
    with opened_account(data_dir, account) as (store, its):
        template = _known(store, its, template_id)
        variables = variables_from_rows(template.variables) if spec.variables is None else spec.variables
        _check(store, its, dict(template.body) if spec.body is None else spec.body, variables)
        store.templates.change(template_id, its.id, name=spec.name, body=spec.body, variables=spec.rows())
    say(f"{template_id} is changed")


@templates.command()
def delete(template_id: TemplateId, account: AccountId = None, data_dir: DataDir = DATA_DIR) -> None:
    """Delete a template. Videos that were made from it stay."""
    with opened_account(data_dir, account) as (store, its):
        _known(store, its, template_id)
        store.templates.delete(template_id, its.id)
    say(f"{template_id} is deleted")


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise SpecError(f"file is invalid: {file} cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise SpecError(f"file is invalid: {file} is not JSON ({error})") from error


def _check(store: Store, account: Account, body: dict[str, Any], variables: dict[str, Variable]) -> None:
    from limelight.requests import parse_generate
    from limelight.requests.placeholders import check
    from limelight.service.caller import known_of

    def parse(filled: object) -> object:
        return parse_generate(filled, known_of(store, account))

    check(body, variables, parse)


def _known(store: Store, account: Account, template_id: str) -> Template:
    template = store.templates.get(template_id, account.id)
    if template is None:
        raise SpecError(f"template {template_id} not found; `limelight templates list` shows those there are.")
    return template
