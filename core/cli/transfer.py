# ruff: noqa: PLC0415  see core/cli/__init__.py
"""`core import` and `core export`: a person's library in from a file, and out into one.

What is told of the way goes to standard error, so that standard output is the export alone.
"""

import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from core.cli.databases import database_url, spool, with_database
from core.cli.terminal import FAILED, REFUSED, Owner, stop, stop_on_signals

if TYPE_CHECKING:
    from core.database import Database
    from core.services.imports import ImportState

ImportFormat = Literal["takeout", "html", "csv", "json", "text"]
ExportFormat = Literal["json", "csv", "html"]
_Show = Callable[[int, int], None]

_TOLD_ROWS = 20


def import_file(
    file: Annotated[Path, typer.Argument(help="What to import.", exists=True, dir_okay=False)],
    *,
    owner: Owner,
    format_: Annotated[
        ImportFormat | None,
        typer.Option("--format", help="What the file is, where it is not to be detected."),
    ] = None,
) -> None:
    """Import a file into a person's library; somebody who never signed in gets one now.

    Stopped or killed, the same command goes on where it was.
    """
    from core.errors import CoreError
    from core.services import local_imports

    async def run(database: "Database") -> "ImportState":
        stopping = stop_on_signals()  # after the batch that is under way
        try:
            begun = await local_imports.begin(database, waiting, owner, file, format_)
        except OSError as error:
            stop(FAILED, f"{error.filename}: {error.strerror}.")
        with _progress("Importing") as show:
            async for found in local_imports.work_off(database, waiting, begun, stopping):
                row = found.row
                show(row["imported"] + row["merged"] + row["failed"], row["total"] or 0)
        return found

    waiting = spool()
    try:
        _tell(with_database(database_url(), run))
    except CoreError as error:
        reason = f" ({error.__cause__})" if isinstance(error.__cause__, OSError) else ""
        stop(FAILED if reason else REFUSED, f"{error.detail}{reason}")


def _tell(found: "ImportState") -> None:
    """Tell how it ended, and which rows were not taken as they stood."""
    from core.services.imports import LOST

    row = found.row
    for failed, what in ((True, "failed"), (False, "changed")):
        reports = [report for report in found.reports if bool(report["failed"]) == failed]
        for report in reports[:_TOLD_ROWS]:
            sentence = f"{report['text']}: {report['reason']}"
            typer.echo(f"Line {report['line']} {what}: {sentence}", err=True)
        if row[what] > _TOLD_ROWS:
            typer.echo(f"… and {row[what] - _TOLD_ROWS} more {what}.", err=True)
    counts = f"{row['imported']} imported, {row['merged']} merged, {row['failed']} failed"
    typer.echo(f"{counts}, of {row['total'] or 'uncounted'} rows.")
    if found.is_lost or row["error"]:
        stop(FAILED, LOST if found.is_lost else row["error"])
    if row["state"] != "done":
        stop(FAILED, "Stopped. Give the same command again to go on.")


def export(
    file: Annotated[str, typer.Argument(help="A new file, or - for standard output.")] = "-",
    *,
    owner: Owner,
    format_: Annotated[ExportFormat, typer.Option("--format", help="What to write.")] = "json",
) -> None:
    """Export a person's whole library."""
    from core.services import exports, users

    async def run(database: "Database") -> None:
        owner_id = await users.find_id(database, owner)
        if owner_id is None:
            stop(REFUSED, f"{owner} has no library here. Look at the id again.")
        total = await exports.count(database, owner_id, format_)
        pieces = exports.write(database, owner_id, format_)
        with _written(file) as descriptor, _progress("Exporting") as show:
            await _write(descriptor, pieces, lambda pages: show(pages * exports.PAGE, total))

    with_database(database_url(), run)


async def _write(
    descriptor: int, pieces: AsyncIterator[str], show_pages: Callable[[int], None]
) -> None:
    pages = 0
    async for piece in pieces:
        rest = piece.encode()
        try:
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        except OSError as error:
            stop(FAILED, f"The export can't be written: {error.strerror}.")
        pages += 1
        show_pages(pages)


@contextmanager
def _written(name: str) -> Iterator[int]:
    """Open what is written; a file has its name only when it is whole."""
    if name == "-":
        yield sys.stdout.fileno()
        return
    file, part = Path(name), Path(f"{name}.part")
    if file.exists():
        stop(REFUSED, f"{file} exists already. Name a new file.")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        stop(FAILED, f"The export can't be written: {part}: {error.strerror}.")
    try:
        yield descriptor
        os.fsync(descriptor)
        part.replace(file)
    finally:
        os.close(descriptor)
        part.unlink(missing_ok=True)


@contextmanager
def _progress(label: str) -> Iterator[_Show]:
    """Hand out what shows how far it is: a bar on a terminal, else a line for every tenth."""
    if not sys.stderr.isatty():
        yield _lines(label)
        return
    with typer.progressbar(length=1, label=label, file=sys.stderr, show_pos=True) as bar:

        def show(done: int, total: int) -> None:
            if total:
                bar.length = total
                bar.update(min(done, total) - bar.pos)

        yield show


def _lines(label: str) -> _Show:
    told = 0

    def show(done: int, total: int) -> None:
        nonlocal told
        tenths = min(done, total) * 10 // total if total else 0
        if tenths > told:
            told = tenths
            typer.echo(f"{label}: {min(done, total)} of {total}", err=True)

    return show
