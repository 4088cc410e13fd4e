"""`core import` and `core export`, as programs of their own, on both databases."""

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
from typing import Any, get_args

import pytest

from core.cli import transfer as commands
from core.errors import InvalidInput
from core.services import imports, local_imports
from core.spool import Spool
from core.transfer import formats, writing
from tests.factories import link
from tests.servers import PATIENCE_S, ROOT

DATA = ROOT / "tests/data"
ROWS = 20_000


class Terminal:
    """A folder with a database, in which somebody types commands."""

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

    def core(self, *words: str, owner: str = "user_lily") -> tuple[int, str, list[str]]:
        """Run a command to its end; return its exit code, its output and its lines of errors."""
        with self.start(*words, owner=owner) as process:
            output, errors = process.communicate(timeout=PATIENCE_S)
        return process.returncode, output, errors.splitlines()

    def interrupt(self, *words: str, by: signal.Signals) -> tuple[int, str, list[str]]:
        """Run a command and send it a signal as soon as it tells of its progress."""
        with self.start(*words) as process:
            assert process.stderr
            first = process.stderr.readline()
            process.send_signal(by)
            output, errors = process.communicate(timeout=PATIENCE_S)
        return process.returncode, output, [first.rstrip(), *errors.splitlines()]

    def library(self, owner: str = "user_lily") -> list[dict[str, Any]]:
        code, output, _ = self.core("export", owner=owner)
        assert code == 0
        return json.loads(output)["videos"]  # type: ignore[no-any-return]  # as an export has it


@pytest.fixture
def terminal(tmp_path: Path, database_url: str) -> Terminal:
    return Terminal(tmp_path, database_url)


@pytest.fixture
def on_sqlite(tmp_path: Path, new_database_url: Callable[[str], str]) -> Terminal:
    """For what the database has no part in."""
    return Terminal(tmp_path, new_database_url("sqlite"))


@pytest.fixture
def many(tmp_path: Path) -> str:
    """A file that takes a while: links with dates, twins, and rows that are no videos."""
    lines = ["url,title,created_at"]
    for number in range(ROWS):
        url = "https://example.com/" if number % 90 == 7 else link(f"k{number % 3_500:010}")
        lines.append(f"{url},Title {number},{1_500_000_000 + number}")
    (tmp_path / "many.csv").write_text("\n".join(lines))
    return "many.csv"


def test_a_file_comes_in_and_the_same_file_again_changes_nothing(terminal: Terminal):
    takeout = str(DATA / "takeout.zip")
    refused = (
        "Line 4 failed: Rücken, Schulter-videos.csv: not a key: "
        "There is no web link here. Paste the link of a YouTube video."
    )
    code, output, errors = terminal.core("import", takeout)
    assert (code, output) == (0, "7 imported, 1 merged, 1 failed, of 9 rows.\n")
    assert errors == ["Importing: 9 of 9", refused]
    before = terminal.library()
    assert before[0]["tags"] == "Watch later"
    code, output, _ = terminal.core("import", takeout)
    assert (code, output) == (0, "0 imported, 8 merged, 1 failed, of 9 rows.\n")
    assert terminal.library() == before
    assert [*(terminal.folder / "imports").iterdir()] == []


def test_an_export_is_alone_on_standard_output_and_comes_back_as_it_was(on_sqlite: Terminal):
    on_sqlite.core("import", str(DATA / "linkding.html"))
    library = on_sqlite.library()
    for form in ("json", "csv"):
        code, output, errors = on_sqlite.core("export", "--format", form)
        assert (code, errors) == (0, ["Exporting: 6 of 6"])
        assert on_sqlite.core("export", f"{form}.out", "--format", form)[:2] == (0, "")
        file = on_sqlite.folder / f"{form}.out"
        assert file.read_bytes().decode() == output.replace("\n", "\r\n" if form == "csv" else "\n")
        assert file.stat().st_mode & 0o777 == 0o600
        assert on_sqlite.core("import", file.name, owner=f"user_{form}")[0] == 0
        assert on_sqlite.library(f"user_{form}") == library
    assert on_sqlite.core("export", "--format", "html")[1].startswith("<!DOCTYPE NETSCAPE-Book")


def test_a_file_that_is_there_is_not_written_over(on_sqlite: Terminal):
    on_sqlite.core("import", str(DATA / "links.txt"))
    (on_sqlite.folder / "mine.json").write_text("mine")
    code, _, errors = on_sqlite.core("export", "mine.json")
    assert (code, errors) == (2, ["mine.json exists already. Name a new file."])
    assert (on_sqlite.folder / "mine.json").read_text() == "mine"
    code, _, errors = on_sqlite.core("export", "nowhere/mine.json")
    assert code == 1
    assert errors[0].startswith("The export can't be written: nowhere/mine.json.part: ")


def test_an_owner_without_a_library_can_import_and_not_export(on_sqlite: Terminal):
    (on_sqlite.folder / "picture.png").write_bytes(b"\x89PNG\0")
    code, _, errors = on_sqlite.core("import", "picture.png")
    assert code == 2
    assert errors[0].startswith("This file holds nothing that can be imported.")
    code, output, errors = on_sqlite.core("export")
    assert (code, output) == (2, "")
    assert errors == ["user_lily has no library here. Look at the id again."]


def test_what_can_t_be_read_to_its_end_is_told_and_fails(on_sqlite: Terminal):
    (on_sqlite.folder / "half.json").write_text(
        '{"videos":[{"url":"https://youtu.be/ml6cT4AZdqI"},'
    )
    code, output, errors = on_sqlite.core("import", "half.json")
    assert (code, output) == (1, "0 imported, 0 merged, 0 failed, of uncounted rows.\n")
    assert errors == ["This file is not valid JSON."]
    assert on_sqlite.library() == []


@pytest.mark.anyio
async def test_a_disk_that_fails_is_not_taken_for_one_without_room(tmp_path: Path):
    class Failing(io.BytesIO):
        def read(self, _: int | None = -1) -> bytes:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    with pytest.raises(InvalidInput, match="can't be read to its end"):
        async with imports.receive(
            Spool(tmp_path), 1, local_imports._pieces(Failing()), "links.txt", None
        ):
            pytest.fail("it has arrived")
    assert Spool(tmp_path).waiting() == []


def test_the_first_rows_that_failed_are_told_and_how_many_more(on_sqlite: Terminal):
    lines = "\n".join(f"https://example.com/{number}" for number in range(1_100))
    (on_sqlite.folder / "bad.txt").write_text(lines)
    code, _, errors = on_sqlite.core("import", "bad.txt", "--format", "text")
    told = [line for line in errors if line.startswith("Line ")]
    assert (code, len(told), errors[-1]) == (0, 20, "… and 1080 more failed.")
    assert told[-1].startswith("Line 20 failed: https://example.com/19: ")


def test_an_import_that_was_killed_or_stopped_goes_on_and_equals_a_calm_one(
    terminal: Terminal, many: str
):
    counts = terminal.core("import", many, owner="user_calm")[1]
    assert terminal.interrupt("import", many, by=signal.SIGKILL)[0] == -signal.SIGKILL
    for by in (signal.SIGINT, signal.SIGTERM):
        code, output, errors = terminal.interrupt("import", many, by=by)
        assert code == 1, errors
        assert output != counts
        assert errors[-1] == "Stopped. Give the same command again to go on."
    code, output, _ = terminal.core("import", many)
    assert (code, output) == (0, counts)  # one import, however often it was cut short
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


def test_every_format_of_the_service_is_one_of_the_commands():
    assert get_args(commands.ImportFormat) == get_args(formats.Format)
    assert get_args(commands.ExportFormat) == get_args(writing.ExportFormat)
