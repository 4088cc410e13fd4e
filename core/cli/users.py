# ruff: noqa: PLC0415  see core/cli/__init__.py
"""`core users …`: users and their libraries."""

from typing import TYPE_CHECKING

import typer

from core.cli.databases import database_url, spool, with_database
from core.cli.terminal import FAILED, PLAIN, ClerkId, Yes, stop

if TYPE_CHECKING:
    from core.database.session import Database

app = typer.Typer(**PLAIN, help="Manage users and their libraries.")


@app.command()
def erase(clerk_id: ClerkId, *, yes: Yes = False) -> None:
    """Erase a user with all their data; their present tokens are refused from now on."""
    from core.services import users as people

    async def erase_all(database: "Database") -> int | None:
        async with database.write(None) as session:
            return await people.erase(session, clerk_id)

    if not yes:
        typer.confirm(f"Erase all that {clerk_id} has stored, for good?", abort=True)
    owner_id = with_database(database_url(), erase_all)
    if owner_id is None:
        typer.echo(f"{clerk_id} had nothing stored here.")
        return
    typer.echo(f"Erased {clerk_id}.")
    try:
        spool().remove_all_of(owner_id)
    except OSError as error:
        stop(
            FAILED, f"Remove what waits to be imported by hand: {error.filename}: {error.strerror}"
        )
