"""`core import` and `core export` on both databases; as programs where a process matters."""

import asyncio
import contextlib
import errno
import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from core.cli import app
from core.database import create_database
from core.errors import InvalidInput
from core.services import exports, users
from core.services.imports import jobs, local
from core.workers.spool import Spool
from tests.support.factories import link
from tests.support.servers import PATIENCE_S, ROOT
from tests.support.soak import size

DATA = ROOT / "tests/data"
ROWS = size(10_000, soak=40_000)


class Terminal:
    """A folder with a database, in which commands run."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("CORE_")} | {
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": database_url,
            "CORE_IMPORT_FOLDER": str(folder / "imports"),
        }

    def start(self, *words: str, owner: str = "user_lily", **more: Any) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "core.cli", *words, "--owner", owner]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environment, encoding="utf-8", **pipes
        )

    def run(self, *words: str, owner: str = "user_lily") -> tuple[int, str, list[str]]:
        """Run a program to its end; return its exit code, its output and its lines of errors."""
        with self.start(*words, owner=owner) as process:
            output, errors = process.communicate(timeout=PATIENCE_S)
        return process.returncode, output, errors.splitlines()

    def core(self, *words: str, owner: str = "user_lily") -> tuple[int, str, list[str]]:
        """Run as `run` does, but in this process: a program takes half a second to start."""
        with contextlib.chdir(self.folder):
            done = CliRunner().invoke(app, [*words, "--owner", owner], env=self.environment)
        return done.exit_code, done.stdout, done.stderr.splitlines()

    def interrupt(self, *words: str, by: signal.Signals) -> tuple[int, str, list[str]]:
        """Run a command and send it a signal as soon as it shows progress."""
        with self.start(*words) as process:
            assert process.stderr
            first = process.stderr.readline()
            process.send_signal(by)
            output, errors = process.communicate(timeout=PATIENCE_S)
        return process.returncode, output, [first.rstrip(), *errors.splitlines()]

    def library(self, owner: str = "user_lily") -> list[dict[str, Any]]:
        """Return a library as an export does, without the second that a new process takes."""
        return asyncio.run(_export(self.environment["DATABASE_URL"], owner))


async def _export(database_url: str, owner: str) -> list[dict[str, Any]]:
    database = create_database(database_url)
    await database.open()
    try:
        owner_id = await users.find_id(database, owner)
        assert owner_id is not None
        pieces = [piece async for piece in exports.write(database, owner_id, "json")]
    finally:
        await database.close()
    return json.loads("".join(pieces))["videos"]  # type: ignore[no-any-return]  # a list


@pytest.fixture
def terminal(tmp_path: Path, database_url: str) -> Terminal:
    return Terminal(tmp_path, database_url)


@pytest.fixture
def on_sqlite(tmp_path: Path, new_database_url: Callable[[str], str]) -> Terminal:
    """A database for tests that do not depend on the dialect."""
    return Terminal(tmp_path, new_database_url("sqlite"))


@pytest.fixture
def many(tmp_path: Path) -> str:
    """A file that takes a while: links with dates, duplicates, and rows without a video."""
    lines = ["url,title,created_at"]
    for number in range(ROWS):
        url = "https://example.com/" if number % 90 == 7 else link(f"k{number % 3_500:010}")
        lines.append(f"{url},Title {number},{1_500_000_000 + number}")
    (tmp_path / "many.csv").write_text("\n".join(lines))
    return "many.csv"


def test_a_file_is_imported_and_a_second_import_changes_nothing(terminal: Terminal):
    takeout = str(DATA / "takeout.zip")
    refused = (
        "Line 4 failed: Rücken, Schulter-videos.csv: not a key: "
        "There is no web link here. Paste the link of a YouTube video."
    )
    code, output, errors = terminal.run("import", takeout)
    assert (code, output) == (0, "7 imported, 1 merged, 1 failed, of 9 rows.\n")
    folder = "Takeout/YouTube and YouTube Music/history"
    assert errors == [
        "Importing: 9 of 9",
        refused,
        f"Skipped: {folder}/watch-history.html: The history is not imported.",
        "Skipped: Takeout/archive_browser.html: This file of the archive is no playlist.",
    ]
    before = terminal.library()
    assert before[0]["tags"] == "Watch later"
    code, output, _ = terminal.core("import", takeout)
    assert (code, output) == (0, "0 imported, 8 merged, 1 failed, of 9 rows.\n")
    assert terminal.library() == before
    assert [*(terminal.folder / "imports").iterdir()] == []


def test_an_export_on_standard_output_round_trips(on_sqlite: Terminal):
    on_sqlite.core("import", str(DATA / "linkding.html"))
    library = on_sqlite.library()
    for form in ("json", "csv"):
        code, output, errors = on_sqlite.run("export", "--format", form)
        assert (code, errors) == (0, ["Exporting: 6 of 6"])
        assert on_sqlite.core("export", f"{form}.out", "--format", form)[:2] == (0, "")
        file = on_sqlite.folder / f"{form}.out"
        assert file.read_bytes().decode() == output.replace("\n", "\r\n" if form == "csv" else "\n")
        assert file.stat().st_mode & 0o777 == 0o600
        assert on_sqlite.core("import", file.name, owner=f"user_{form}")[0] == 0
        assert on_sqlite.library(f"user_{form}") == library
    assert on_sqlite.run("export", "--format", "html")[1].startswith("<!DOCTYPE NETSCAPE-Book")


def test_an_export_does_not_overwrite_a_file(on_sqlite: Terminal):
    on_sqlite.core("import", str(DATA / "links.txt"))
    (on_sqlite.folder / "mine.json").write_text("mine")
    code, _, errors = on_sqlite.core("export", "mine.json")
    assert (code, errors) == (2, ["mine.json exists already. Name a new file."])
    assert (on_sqlite.folder / "mine.json").read_text() == "mine"
    code, _, errors = on_sqlite.core("export", "nowhere/mine.json")
    assert code == 1
    assert errors[0].startswith("The export can't be written: nowhere/mine.json.part: ")


def test_a_user_without_a_library_can_import_and_not_export(on_sqlite: Terminal):
    (on_sqlite.folder / "picture.png").write_bytes(b"\x89PNG\0")
    code, _, errors = on_sqlite.core("import", "picture.png")
    assert code == 2
    assert errors[0].startswith("This file holds nothing that can be imported.")
    code, output, errors = on_sqlite.core("export")
    assert (code, output) == (2, "")
    assert errors == ["user_lily has no library here. Check the id."]


def test_an_unreadable_file_is_reported_and_fails(on_sqlite: Terminal):
    (on_sqlite.folder / "half.json").write_text(
        '{"videos":[{"url":"https://youtu.be/ml6cT4AZdqI"},'
    )
    code, output, errors = on_sqlite.core("import", "half.json")
    assert (code, output) == (1, "0 imported, 0 merged, 0 failed, of uncounted rows.\n")
    assert errors == ["This file is not valid JSON."]
    assert on_sqlite.library() == []


@pytest.mark.anyio
async def test_a_disk_error_is_not_reported_as_a_full_disk(tmp_path: Path):
    class Failing(io.BytesIO):
        def read(self, _: int | None = -1) -> bytes:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    with pytest.raises(InvalidInput, match="can't be read to its end"):
        async with jobs.receive(Spool(tmp_path), 1, local._pieces(Failing()), "links.txt", None):
            pytest.fail("it has arrived")
    assert Spool(tmp_path).waiting() == []


def test_the_first_failed_rows_are_listed_and_the_others_counted(on_sqlite: Terminal):
    lines = "\n".join(f"https://example.com/{number}" for number in range(1_100))
    (on_sqlite.folder / "bad.txt").write_text(lines)
    code, _, errors = on_sqlite.core("import", "bad.txt", "--format", "text")
    told = [line for line in errors if line.startswith("Line ")]
    assert (code, len(told), errors[-1]) == (0, 20, "… and 1080 more failed.")
    assert told[-1].startswith("Line 20 failed: https://example.com/19: ")


@pytest.mark.soak
def test_a_killed_or_stopped_import_resumes_and_equals_an_uninterrupted_one(
    terminal: Terminal, many: str
):
    counts = terminal.core("import", many, owner="user_calm")[1]
    assert terminal.interrupt("import", many, by=signal.SIGKILL)[0] == -signal.SIGKILL
    for by in (signal.SIGINT, signal.SIGTERM):
        code, output, errors = terminal.interrupt("import", many, by=by)
        assert code == 1, errors
        assert output != counts
        assert errors[-1] == "Stopped. Run the same command again to continue."
    code, output, _ = terminal.core("import", many)
    assert (code, output) == (0, counts)  # one import in spite of the interruptions
    told = ("video_key", "url", "title", "tags", "created_at")
    stripped = [
        [[video[name] for name in told] for video in terminal.library(owner)]
        for owner in ("user_lily", "user_calm")
    ]
    assert sorted(stripped[0]) == sorted(stripped[1])


def test_a_terminal_shows_a_bar_up_to_the_end(on_sqlite: Terminal):
    for words, all_rows in (
        (["import", str(DATA / "links.txt")], 17),
        (["export", "new.json"], 16),
    ):
        ours, theirs = pty.openpty()
        with on_sqlite.start(*words, stderr=theirs) as process:
            os.close(theirs)
            process.communicate(timeout=PATIENCE_S)
        shown = os.read(ours, 65_536).decode()
        os.close(ours)
        assert process.returncode == 0
        assert re.search(rf"\r.*\[#+\]  {all_rows}/{all_rows}", shown)
