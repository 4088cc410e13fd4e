# ruff: noqa: PLC0415  see core/cli/__init__.py
"""`core users …`: the people who have a library."""

import typer

from core.cli.databases import database_url, with_database
from core.cli.terminal import PLAIN, ClerkId, Yes

app = typer.Typer(**PLAIN, help="Manage the people who have a library.")


@app.command()
def erase(clerk_id: ClerkId, *, yes: Yes = False) -> None:
    """Erase a person with everything they stored; tokens they hold are refused from now on."""
    from core.services import users as people

    if not yes:
        typer.confirm(f"Erase all that {clerk_id} has stored, for good?", abort=True)
    if with_database(database_url(), lambda database: people.erase(database, clerk_id)):
        typer.echo(f"Erased {clerk_id}.")
    else:
        typer.echo(f"{clerk_id} had nothing stored here.")
