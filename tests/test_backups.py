"""Backups of SQLite: made while others write, verified, and safe against kills and mix-ups."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.cli import app, backups
from core.cli.backups import BackupRefused, Damaged, back_up, restore
from core.database.sqlite import SqliteConnection, connect_sqlite, sqlite3, wal_is_safe
from core.migrations import runner
from core.queries.backups import hash_rows

ROOT = Path(__file__).parents[1]
V0_2_0 = Path(__file__).parent / "data" / "core-v0.2.0.db"
INSERT = "INSERT INTO accounts VALUES (hex(randomblob(32)), NULL, 0, NULL)"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with a few rows, as the service has set it up."""
    path = tmp_path / "core.db"
    runner.upgrade(f"sqlite:///{path}")
    connect_sqlite(path).close()
    write(path, rows=10)
    return path


@contextmanager
def opened(path: Path) -> Iterator[SqliteConnection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def write(path: Path, rows: int = 1) -> None:
    with opened(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(INSERT, [()] * rows)
        connection.execute("COMMIT")


def content(path: Path) -> str:
    with opened(path) as connection:
        return hash_rows(connection)


@contextmanager
def writing(path: Path) -> Iterator[Callable[[], int]]:
    """Write continuously, as the service does; give a function that counts the rows."""
    stop = threading.Event()
    written = 0

    def go_on() -> None:
        nonlocal written
        with opened(path) as connection:
            while not stop.is_set():
                connection.execute(INSERT)
                written += 1

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield lambda: written
    finally:
        stop.set()
        thread.join()


def test_three_backups_during_writes_restore_equal_rows(path: Path, tmp_path: Path):
    other = tmp_path / "other.db"
    restored = []
    with writing(path) as count:
        for drill in range(3):
            before = count()
            file = tmp_path / f"{drill}.backup"
            back_up(path, file)
            while count() == before:
                time.sleep(0.001)
            restore(other, file)
            assert content(other) == content(file)
            restored.append(content(other))
    assert len(set(restored)) == 3
    assert content(path) not in restored


@pytest.mark.skipif(
    not wal_is_safe(sqlite3.sqlite_version_info), reason="without WAL a writer waits instead"
)
def test_a_backup_is_one_snapshot_although_it_takes_longer(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    before = content(path)

    def hash_and_write(connection: SqliteConnection) -> str:
        rows = hash_rows(connection)
        write(path)
        return rows

    monkeypatch.setattr(backups, "hash_rows", hash_and_write)
    back_up(path, tmp_path / "file.db")
    assert content(tmp_path / "file.db") == before != content(path)


def test_a_backup_is_one_private_file_that_a_read_only_disk_may_hold(path: Path, tmp_path: Path):
    file = tmp_path / "backups" / "file.db"
    file.parent.mkdir()
    with writing(path):
        back_up(path, file)
    assert list(file.parent.iterdir()) == [file]
    assert file.stat().st_mode & 0o777 == 0o600
    with opened(file) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_a_backup_never_overwrites_a_file(path: Path, tmp_path: Path):
    file = tmp_path / "file.db"
    file.write_text("precious")
    with pytest.raises(BackupRefused, match="exists already"):
        back_up(path, file)
    assert file.read_text() == "precious"


def test_a_copy_with_different_rows_is_refused(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    hashes = iter("ab")
    monkeypatch.setattr(backups, "hash_rows", lambda _: next(hashes))
    with pytest.raises(BackupRefused, match="changed in the meantime"):
        back_up(path, tmp_path / "file.db")
    assert not list(tmp_path.glob("file.db*"))


def damage(path: Path) -> bytes:
    """Overwrite every page but the first, and return the new content."""
    with opened(path) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    pages = bytearray(path.read_bytes())
    pages[4096:] = os.urandom(len(pages) - 4096)
    path.write_bytes(pages)
    return bytes(pages)


def test_a_damaged_database_is_not_backed_up(path: Path, tmp_path: Path):
    damage(path)
    with pytest.raises(Damaged, match="malformed"):
        back_up(path, tmp_path / "file.db")
    assert not list(tmp_path.glob("file.db*"))


def test_the_leftovers_of_a_killed_backup_do_not_affect_the_next(path: Path, tmp_path: Path):
    file = tmp_path / "file.db"
    file.with_name("file.db.part").write_bytes(path.read_bytes()[:20_000])
    file.with_name("file.db.part-journal").write_bytes(os.urandom(20_000))
    back_up(path, file)
    assert content(file) == content(path)


def test_restore_keeps_a_copy_of_the_replaced_database(path: Path, tmp_path: Path):
    file = tmp_path / "file.db"
    back_up(path, file)
    saved = content(path)
    write(path)
    replaced = content(path)
    old = restore(path, file)
    assert content(path) == saved
    assert old
    assert old.match("core-before-restore-????????T??????Z.db")
    assert content(old) == replaced


def test_restore_raises_the_revisions_so_that_no_older_etag_matches(path: Path, tmp_path: Path):
    people = "INSERT INTO users (id, clerk_id, revision, banned, created_at, updated_at)"
    with opened(path) as connection:
        connection.execute(f"{people} VALUES (1, 'a', 7, 0, '', ''), (2, 'b', 0, 0, '', '')")
    file = tmp_path / "file.db"
    back_up(path, file)
    started_s = int(time.time())
    restore(path, file)
    with opened(path) as connection, opened(file) as backup:
        of_everybody = "SELECT revision FROM users ORDER BY id"
        (lily,), (lars,) = connection.execute(of_everybody)
        assert backup.execute(of_everybody).fetchall() == [(7,), (0,)]
        [(oldest,)] = connection.execute("SELECT synced_from FROM users WHERE clerk_id = 'a'")
    assert started_s <= lars <= time.time()
    assert lily == lars + 7
    assert oldest == lily, "no client continues from a revision that the backup does not have"


def test_restore_creates_a_missing_database(path: Path, tmp_path: Path):
    fresh = tmp_path / "new" / "core.db"
    file = tmp_path / "file.db"
    back_up(path, file)
    assert restore(fresh, file) is None
    assert content(fresh) == content(path)


def test_restore_moves_a_damaged_database_aside(path: Path, tmp_path: Path):
    file = tmp_path / "file.db"
    back_up(path, file)
    damaged = damage(path)
    old = restore(path, file)
    assert content(path) == content(file)
    assert old
    assert old.read_bytes() == damaged


def test_restore_takes_a_backup_of_v0_2_0(path: Path):
    restore(path, V0_2_0)
    assert content(path) == content(V0_2_0)


def test_an_open_connection_sees_the_restored_rows(path: Path, tmp_path: Path):
    file = tmp_path / "file.db"
    back_up(path, file)
    with opened(path) as service:
        count = "SELECT count(*) FROM accounts"
        write(path)
        assert service.execute(count).fetchone() == (11,)
        restore(path, file)
        assert service.execute(count).fetchone() == (10,)
        service.execute(INSERT)
    assert content(path) != content(file)


def not_a_database(file: Path) -> None:
    file.write_text("not a database, but long enough to look like one" * 100)


def another_program_s(file: Path) -> None:
    with opened(file) as connection:
        connection.execute("CREATE TABLE recipes (name)")


def a_newer_core_s(file: Path) -> None:
    with opened(file) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num)")
        connection.execute("INSERT INTO alembic_version VALUES ('notes')")


def damaged(file: Path) -> None:
    runner.upgrade(f"sqlite:///{file}")
    damage(file)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (not_a_database, "file is not a database"),
        (another_program_s, "no database of Core"),
        (a_newer_core_s, "or of a newer Core"),
        (damaged, "malformed|damaged"),
        (Path.touch, "no database of Core"),
        (Path.mkdir, "There is no file"),
        (lambda _: None, "There is no file"),
    ],
)
def test_restore_refuses_a_file_that_is_no_backup(
    path: Path, tmp_path: Path, make: Callable[[Path], None], reason: str
):
    file = tmp_path / "file"
    make(file)
    before = content(path)
    with pytest.raises(BackupRefused, match=reason):
        restore(path, file)
    assert content(path) == before
    assert not list(tmp_path.glob("core-before-restore-*"))


def test_restore_refuses_the_database_itself(path: Path, tmp_path: Path):
    (link := tmp_path / "link.db").symlink_to(path)
    with pytest.raises(BackupRefused, match="the database itself"):
        restore(path, link)


def test_restore_refuses_while_another_connection_writes(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(backups, "_BUSY_TIMEOUT_S", 0.1)
    file = tmp_path / "file.db"
    back_up(path, file)
    write(path)
    before = content(path)
    with opened(path) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(BackupRefused, match="database is locked"):
            restore(path, file)
        monkeypatch.setattr(backups, "_save", lambda _: None)  # the restore starts after that
        with pytest.raises(BackupRefused, match="Another process is writing"):
            restore(path, file)
    assert content(path) == before
    assert not list(tmp_path.glob("core-before-restore-*"))


DIE = "os.kill(os.getpid(), signal.SIGKILL)"
MOMENTS = {
    "before anything": f"backups._save = lambda _: {DIE}",
    "before the saved copy has its name": f"backups._sync = lambda _: {DIE}",
    "in the middle of the copy": (
        "backups._save = lambda _: None; signal.signal(signal.SIGXFSZ, signal.SIG_DFL);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))"
    ),
    "after the copy": f"backups._save = lambda _: None; backups._verify = lambda *_: {DIE}",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_restore_leaves_the_old_content_or_the_new(
    path: Path, tmp_path: Path, moment: str
):
    file = tmp_path / "file.db"
    write(path, rows=5_000)
    back_up(path, file)
    write(path)
    old, new = content(path), content(file)
    program = (
        "import os, pathlib, resource, signal, sys; from core.cli import backups;"
        f"{MOMENTS[moment]}; backups.restore(*map(pathlib.Path, sys.argv[1:]))"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program, path, file],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert killed.returncode in {-signal.SIGKILL, -signal.SIGXFSZ}
    assert content(path) == (new if moment == "after the copy" else old)
    assert not list(tmp_path.glob("core-before-restore-*.db"))
    restore(path, file)
    assert content(path) == new


@pytest.mark.parametrize("command", [["backup", "file.db"], ["restore", "file.db", "--yes"]])
def test_backup_and_restore_refuse_postgresql(monkeypatch: pytest.MonkeyPatch, command: list[str]):
    monkeypatch.setenv("DATABASE_URL", "postgresql://core@127.0.0.1:1/core")
    result = CliRunner().invoke(app, ["db", *command])
    assert result.exit_code == 2
    assert "pg_dump" in result.stderr
    assert "pg_restore" in result.stderr


def test_the_commands_print_the_files_they_wrote(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(path.parent)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///core.db")
    made = CliRunner().invoke(app, ["db", "backup", "file.db"])
    assert (made.exit_code, made.output) == (0, "Wrote and verified file.db.\n")
    write(path)
    refused = CliRunner().invoke(app, ["db", "restore", "file.db"], input="n\n")
    assert refused.exit_code == 1
    assert content(path) != content(Path("file.db"))
    restored = CliRunner().invoke(app, ["db", "restore", "file.db"], input="y\n")
    assert restored.exit_code == 0, restored.output
    assert "Restored and verified core.db.\nIts old content is in core-before-restore-" in (
        restored.stdout
    )
    assert content(path) == content(Path("file.db"))
    again = CliRunner().invoke(app, ["db", "backup", "file.db"])
    assert (again.exit_code, again.stderr) == (2, "file.db exists already. Name a new file.\n")
    nowhere = CliRunner().invoke(app, ["db", "backup", "nowhere/file.db"])
    assert (nowhere.exit_code, nowhere.stderr) == (2, "There is no folder nowhere.\n")
