"""Backups of a SQLite database, made while the service runs, and verified.

A copy is valid when its integrity check passes and the hash of its rows equals the original's.
A process that is killed does not change the database, and leaves at most a `.part` file.
"""

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from alembic.script import ScriptDirectory

from core import migrations
from core.database.sqlite import SqliteConnection, sqlite3
from core.queries.backups import V0_2_0, hash_rows, raise_revisions, read_revision
from core.time_ids import utc_now

_BUSY_TIMEOUT_S = 5
_BUSY_OR_LOCKED = (5, 6)  # https://sqlite.org/rescode.html


class BackupRefused(Exception):
    """A backup or a restore was refused or failed; the message says why."""


class Damaged(BackupRefused):
    """The file is not a database, or is corrupt."""


def back_up(path: Path, file: Path) -> None:
    """Copy a snapshot of the database at `path` into a new file.

    Raises: BackupRefused, OSError
    """
    if file.exists():
        raise BackupRefused(f"{file} exists already. Name a new file.")
    if not file.parent.is_dir():
        raise BackupRefused(f"There is no folder {file.parent}.")
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    try:
        with _open(path, "rw") as source:
            part.touch(0o600)
            source.execute("BEGIN")
            rows = hash_rows(source)
            with _open(part, "rw") as copy:
                source.backup(copy, progress=_refuse_to_wait)
                copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a WAL
                _verify(copy, part, rows)
        _sync(part)
        part.replace(file)
        _sync(file.parent)
    finally:
        part.unlink(missing_ok=True)


def restore(path: Path, file: Path) -> Path | None:
    """Replace the database at `path` by the file; return the file that has the old content.

    Raises: BackupRefused, OSError
    """
    with _open(file, "ro") as source:
        if path.exists() and path.samefile(file):
            raise BackupRefused(f"{file} is the database itself.")
        source.execute("BEGIN")
        _check(source, file)
        if read_revision(source) not in {V0_2_0, *known_revisions()}:
            raise BackupRefused(f"{file} is no database of Core, or of a newer Core.")
        path.parent.mkdir(parents=True, exist_ok=True)
        old = _save(path)
        with _open(path, "rwc") as live:
            source.backup(live, progress=_refuse_to_wait)
            _verify(live, path, hash_rows(source))
            # A restored revision is lower: without this an old ETag could match new content, and
            # a client's change feed would continue from a state that the backup never had.
            raise_revisions(live, int(utc_now().timestamp()))
    return old


def name_backup(path: Path, label: str) -> Path:
    """Return a new file name in the database's folder, with the time in seconds."""
    while True:
        file = path.with_name(f"{path.stem}-{label}-{utc_now():%Y%m%dT%H%M%SZ}{path.suffix}")
        if not file.exists():
            return file
        time.sleep(0.1)


def _save(path: Path) -> Path | None:
    """Back up the old database; a damaged one can't be copied, so its files are renamed."""
    if not path.exists():
        return None
    file = name_backup(path, "before-restore")
    try:
        _require_no_writer(path)
        back_up(path, file)
    except Damaged:
        for suffix in ("-wal", "-shm", ""):
            with suppress(FileNotFoundError):
                path.with_name(path.name + suffix).replace(file.with_name(file.name + suffix))
    return file


@contextmanager
def _open(path: Path, mode: str) -> Iterator[SqliteConnection]:
    """Open a file in its journal mode; only the mode `rwc` creates a new one."""
    if mode != "rwc" and not path.is_file():
        raise BackupRefused(f"There is no file {path}.")
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    try:
        raw = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_BUSY_TIMEOUT_S)
        with closing(raw) as connection:
            # Old rows may hold any bytes; they are copied unchanged.
            connection.text_factory = lambda text: text.decode(errors="surrogateescape")
            yield connection
    except sqlite3.OperationalError as error:
        raise BackupRefused(f"{path}: {error}.") from error
    except sqlite3.DatabaseError as error:
        raise Damaged(f"{path}: {error}.") from error


def _require_no_writer(path: Path) -> None:
    with _open(path, "rw") as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")


def _check(connection: SqliteConnection, path: Path) -> None:
    if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
        raise Damaged(f"{path} is damaged.")


def _verify(copy: SqliteConnection, path: Path, rows: str) -> None:
    _check(copy, path)
    if hash_rows(copy) != rows:
        raise BackupRefused(f"{path} was changed in the meantime. Stop the service and try again.")


def _refuse_to_wait(status: int, _remaining: int, _total: int) -> None:
    """Fail where the driver would retry forever."""
    if status in _BUSY_OR_LOCKED:
        raise BackupRefused("Another process is writing. Stop the service and try again.")


def known_revisions() -> Iterator[str]:
    """Name every migration that this version of Core has."""
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    return (script.revision for script in scripts.walk_revisions())


def _sync(path: Path) -> None:
    """Flush the file, or the names in the folder, so that they survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
