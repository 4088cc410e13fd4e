# ruff: noqa: PLC0415  see core/cli/__init__.py
"""`core import` and `core export`: a file into a user's library, and the library into a file.

Progress goes to standard error, so that standard output holds only the export.
"""

import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.choices import ExportFormat, Format
from core.cli.databases import database_url, most_videos, spool, with_database
from core.cli.terminal import FAILED, REFUSED, Owner, stop, stop_on_signals

if TYPE_CHECKING:
    from core.database.session import Database
    from core.queries.imports import ReportRow
    from core.services.imports.jobs import ImportState

_Show = Callable[[int, int], None]

_PRINTED_ROWS = 20


def import_file(
    file: Annotated[Path, typer.Argument(help="The file to import.", exists=True, dir_okay=False)],
    *,
    owner: Owner,
    format_: Annotated[
        Format | None,
        typer.Option("--format", help="The file's format, which is otherwise detected."),
    ] = None,
) -> None:
    """Import a file into a user's library; a user who never signed in gets one now.

    After a stop or a kill, the same command continues where it was.
    """
    from core.errors import CoreError
    from core.services.imports import local

    async def run(database: "Database") -> "ImportState":
        with stop_on_signals() as stopping:  # it stops after the current batch
            try:
                begun = await local.begin(database, waiting, owner, file, format_)
            except OSError as error:
                stop(FAILED, f"{error.filename}: {error.strerror}.")
            with _progress("Importing") as show:
                async for found in local.process(database, waiting, begun, stopping, most):
                    row = found.row
                    show(row.imported + row.merged + row.failed, row.total or 0)
            return found

    waiting, most = spool(), most_videos()
    try:
        _print_result(with_database(database_url(), run))
    except CoreError as error:
        reason = f" ({error.__cause__})" if isinstance(error.__cause__, OSError) else ""
        stop(FAILED if reason else REFUSED, f"{error.detail}{reason}")


def _print_result(found: "ImportState") -> None:
    """Print the result, and the rows that failed or were changed."""
    from core.services.imports.jobs import LOST

    row = found.row
    for failed, what in ((True, "failed"), (False, "changed")):
        reports = [report for report in found.reports if bool(report.failed) == failed]
        rows = [report for report in reports if report.line > 0][:_PRINTED_ROWS]
        for report in [*(report for report in reports if report.line <= 0), *rows]:
            typer.echo(_as_line(report, what), err=True)
        if getattr(row, what) > _PRINTED_ROWS:
            typer.echo(f"… and {getattr(row, what) - _PRINTED_ROWS} more {what}.", err=True)
    counts = f"{row.imported} imported, {row.merged} merged, {row.failed} failed"
    typer.echo(f"{counts}, of {row.total or 'uncounted'} rows.")
    error = LOST.sentence if found.is_lost else row.error
    if error:
        stop(FAILED, error)
    if row.state != "done":
        stop(FAILED, "Stopped. Run the same command again to continue.")


def _as_line(report: "ReportRow", what: str) -> str:
    """Describe a row, a kind of change (its line is minus its count), or a file of an archive."""
    if report.line < 0:
        return f"{-report.line} {what}: {report.reason}"
    where = f"Line {report.line} {what}" if report.line else "Skipped"
    return f"{where}: {report.text}: {report.reason}"


def export(
    file: Annotated[str, typer.Argument(help="A new file, or - for standard output.")] = "-",
    *,
    owner: Owner,
    format_: Annotated[ExportFormat, typer.Option("--format", help="The format.")] = "json",
) -> None:
    """Export a user's whole library."""
    from core.services import exports, users

    async def run(database: "Database") -> None:
        owner_id = await users.find_id(database, owner)
        if owner_id is None:
            stop(REFUSED, f"{owner} has no library here. Check the id.")
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
    """Open the output; a file gets its name only when it is complete."""
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
    """Yield a function that shows the progress: a bar on a terminal, else a line per tenth."""
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
    shown = 0

    def show(done: int, total: int) -> None:
        nonlocal shown
        tenths = min(done, total) * 10 // total if total else 0
        if tenths > shown:
            shown = tenths
            typer.echo(f"{label}: {min(done, total)} of {total}", err=True)

    return show
