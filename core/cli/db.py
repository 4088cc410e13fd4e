# ruff: noqa: PLC0415  see core/cli/__init__.py
"""`core db …`: upgrade, back up and restore the database."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.databases import (
    Work,
    back_up_to_folder,
    database_url,
    migration_failures,
    require_file,
    sqlite_file,
    with_database,
)
from core.cli.terminal import PLAIN, REFUSED, Yes, check_clerk_id, stop
from core.urls import is_sqlite

if TYPE_CHECKING:
    from core.database.session import Database

app = typer.Typer(
    **PLAIN,
    help="Upgrade, back up and restore the database of DATABASE_URL (sqlite:///data/core.db).",
)


@app.command()
def upgrade(
    revision: Annotated[str, typer.Argument(help="The last migration to apply.")] = "head",
    *,
    legacy_owner: Annotated[
        str | None,
        typer.Option(
            metavar="CLERK_ID",
            callback=check_clerk_id,
            help="Keep v0.2.0's videos for this user.",
        ),
    ] = None,
    legacy_drop: Annotated[
        bool, typer.Option("--legacy-drop", help="Delete v0.2.0's videos.")
    ] = False,
) -> None:
    """Bring the database to the newest migration; make it when there is none.

    The videos of a v0.2.0 database have no owner, so one of the --legacy options must say what
    becomes of them. A backup is written into its folder first.
    """
    from core.migrations import runner
    from core.queries.legacy import count_undecided

    if legacy_owner and legacy_drop:
        stop(REFUSED, "Give --legacy-owner or --legacy-drop, not both.")
    _require_known(revision, "head")
    decided = bool(legacy_owner or legacy_drop)
    url = database_url()
    with migration_failures():
        undecided = runner.connect(url, count_undecided) if is_sqlite(url) else None
        if undecided:
            _require_decision(undecided, revision, decided=decided)
            back_up_to_folder(url, "v0.2.0-backup")
        elif decided:
            typer.echo("There are no videos of v0.2.0 here; the --legacy option does nothing.")
        runner.upgrade(url, revision)
        typer.echo(f"The database is at {runner.current(url)}.")
    if undecided is not None:
        with_database(url, _assign_or_drop(legacy_owner))


def _require_known(revision: str, name: str) -> None:
    """Refuse a revision that is neither a known migration nor `name`."""
    from core.cli.backups import known_revisions

    if revision not in {name, *known_revisions()}:
        stop(REFUSED, f"There is no migration {revision}.")


def _require_decision(undecided: int, revision: str, *, decided: bool) -> None:
    if not decided:
        stop(
            REFUSED,
            f"This database holds {undecided} videos of v0.2.0, which have no owner. Decide:",
            "  --legacy-owner CLERK_ID  keeps them for that user",
            "  --legacy-drop            deletes them",
            "Nothing was changed.",
        )
    if revision != "head":
        stop(REFUSED, "A v0.2.0 database can only be upgraded to the newest migration.")


def _assign_or_drop(owner: str | None) -> Work[None]:
    """Keep the videos of v0.2.0 for their new owner, or drop them, in one transaction."""
    from core.services import legacy

    async def decide(database: "Database") -> None:
        async with database.write(None) as session:
            report = await (legacy.keep(session, owner) if owner else legacy.drop(session))
        for sentence in report:
            typer.echo(sentence)

    return decide


@app.command()
def downgrade(
    revision: Annotated[str, typer.Argument(help="The last migration to keep; base keeps none.")],
    *,
    yes: Yes = False,
) -> None:
    """Undo newer migrations and delete their data; SQLite is backed up into its folder first."""
    from core.migrations import runner

    if revision == "base" and not yes:
        stop(REFUSED, "base deletes everything that is stored. Add --yes if you mean it.")
    _require_known(revision, "base")
    url = database_url()
    with migration_failures():
        if is_sqlite(url):
            back_up_to_folder(url, "before-downgrade")
        runner.downgrade(url, revision)
        typer.echo(f"The database is at {runner.current(url) or 'no migration'}.")


@app.command()
def current() -> None:
    """Print the database's migration and whether it is up to date."""
    from core.migrations import runner
    from core.models import SCHEMA_REVISION
    from core.queries.schema import is_compatible

    url = database_url()
    with migration_failures():
        require_file(url)
        revision = runner.current(url)
    if revision == SCHEMA_REVISION:
        state = "up to date"
    elif is_compatible(revision):
        state = "newer than this version, which can use it"
    else:
        state = "outdated: run `core db upgrade`"
    typer.echo(f"{revision or 'no migration'} ({state})")


@app.command()
def distribute(
    *,
    role: Annotated[
        str, typer.Option(help="The role of the service, which must not own the tables.")
    ] = "core_app",
) -> None:
    """Distribute the tables over the servers of a Citus cluster, by user.

    DATABASE_URL names the coordinator and the role that owns the tables. Stop the service first. A
    second run distributes what is missing, and sets the settings of the database again.
    """
    from core.migrations import citus, runner

    url = database_url()
    if is_sqlite(url):
        stop(REFUSED, "SQLite is one file. Citus is an extension of PostgreSQL.")
    with migration_failures():
        try:
            new = runner.distribute(url, role)
        except citus.CannotDistribute as error:
            stop(REFUSED, str(error))
    if new:
        typer.echo(f"Distributed: {', '.join(new)}.")
    else:
        typer.echo("All tables were distributed before.")
    typer.echo(f"Let the service connect as {role}, to any server of the cluster.")


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="A file that is not there yet.")]) -> None:
    """Copy the database (SQLite) into a file and verify it, also while the service runs."""
    from core.cli import backups

    path = sqlite_file(database_url())
    with migration_failures():
        backups.back_up(path, file)
    typer.echo(f"Wrote and verified {file}.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `core db backup` wrote.")], *, yes: Yes = False
) -> None:
    """Replace the database (SQLite) by a backup; its content is saved in its folder first.

    Stop the service first: it caches some of the content that is replaced.
    """
    from core.cli import backups

    path = sqlite_file(database_url())
    if not yes:
        typer.confirm(f"Replace all that is in {path}?", abort=True)
    with migration_failures():
        old = backups.restore(path, file)
    typer.echo(f"Restored and verified {path}.")
    if old:
        typer.echo(f"Its old content is in {old}.")
