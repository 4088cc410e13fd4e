"""The command line: results, refusals and their messages."""

import asyncio
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from core import __version__
from core.cli import app
from core.migrations import runner
from core.models import SCHEMA_REVISION
from tests.support.databases import is_citus
from tests.support.factories import list_keys, run_service, save
from tests.support.tokens import SigningKey

ROOT = Path(__file__).parents[1]
CLOSED_PORT = "postgresql://core@127.0.0.1:1/core"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder, without settings."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("CORE_", "CLERK_", "DATABASE_"))]:
        monkeypatch.delenv(name)


def core(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(app, arguments, env=environment)


def test_serve_lists_every_invalid_setting_and_prints_no_value():
    result = core(
        "serve", CLERK_SECRET_KEY="whatever", CORE_PORTS="1", DATABASE_URL="mysql://root:secret@h/n"
    )
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "CORE_PORTS: there is no such setting; check its spelling",
        "DATABASE_URL: must begin with sqlite:/// or postgresql://",
    ]


# -------------------------------------------------------------------------------- db


def test_db_needs_only_the_database_setting(database_url: str):
    assert core("db", "current", DATABASE_URL=database_url).stdout == (
        f"{SCHEMA_REVISION} (up to date)\n"
    )


def test_db_reads_the_database_from_a_dotenv_file_or_a_secret_file():
    Path(".env").write_text("DATABASE_URL=sqlite:///from-dotenv.db\n")
    assert core("db", "upgrade").exit_code == 0
    assert Path("from-dotenv.db").exists()
    Path(".env").unlink()
    Path("secret").write_text("sqlite:///from-secret.db\n")
    assert core("db", "upgrade", DATABASE_URL_FILE="secret").exit_code == 0
    assert Path("from-secret.db").exists()
    assert core("db", "upgrade").exit_code == 0
    assert Path("data/core.db").exists()


@pytest.mark.parametrize("revision", ["nonsense", "", "base", "users_and_owners:head", "-1"])
def test_upgrade_refuses_an_unknown_revision(revision: str):
    told = core("db", "upgrade", "--", revision)
    assert (told.exit_code, told.output) == (2, f"There is no migration {revision}.\n")
    assert not Path("data").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start Core as another user")
def test_a_folder_that_the_user_may_not_open_is_named(tmp_path: Path):
    tmp_path.chmod(0o700)
    load = "import core.config, os; os.setuid(65534); core.config.load_storage()"
    command, path = [sys.executable, "-c", load], {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=path, capture_output=True, check=False)
    assert b".env: this user may not open this file or the current folder" in done.stderr


def test_current_reports_whether_the_database_is_up_to_date():
    missing = core("db", "current")
    assert (missing.exit_code, Path("data").exists()) == (2, False)
    assert missing.stderr == (
        "DATABASE_URL: there is no database data/core.db. If that is its place, `core db upgrade` "
        "creates it.\n"
    )
    core("db", "upgrade")
    core("db", "downgrade", "base", "--yes")
    outdated = core("db", "current")
    assert outdated.exit_code == 0
    assert outdated.stdout == "no migration (outdated: run `core db upgrade`)\n"


def test_downgrade_to_base_needs_a_yes_and_keeps_a_backup_of_sqlite(database_url: str):
    if is_citus(database_url):
        pytest.skip("the service does not own the tables")
    refusal = core("db", "downgrade", "base", DATABASE_URL=database_url)
    assert refusal.exit_code == 2
    assert "--yes" in refusal.stderr
    assert runner.current(database_url) == SCHEMA_REVISION
    done = core("db", "downgrade", "base", "--yes", DATABASE_URL=database_url)
    assert done.exit_code == 0
    assert runner.current(database_url) is None
    backup = re.match(r"Backup: (.+-before-downgrade-\d{8}T\d{6}Z\.db)\n", done.stdout)
    assert bool(backup) == database_url.startswith("sqlite:")
    if backup:
        assert runner.current(f"sqlite:///{backup[1]}") == SCHEMA_REVISION


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["upgrade", "nowhere"], 2, "There is no migration nowhere."),
        (["downgrade", "nowhere"], 2, "There is no migration nowhere."),
        (["downgrade", "--", "-1"], 2, "There is no migration -1."),
        (["restore", "nowhere", "--yes"], 2, "There is no file nowhere."),
    ],
)
def test_a_missing_database_is_reported_in_a_sentence(
    new_database_url: Callable[[str], str], arguments: list[str], code: int, reason: str
):
    result = core("db", *arguments, DATABASE_URL=new_database_url("sqlite"))
    assert (result.exit_code, result.stderr) == (code, f"{reason}\n")


@pytest.mark.parametrize("command", [["current"], ["upgrade"], ["backup", "file.db"]])
def test_a_file_that_is_no_database_is_reported_in_a_sentence(command: list[str]):
    Path("notes.txt").write_text("not a database, but long enough to look like one\n" * 100)
    result = core("db", *command, DATABASE_URL="sqlite:///notes.txt")
    assert result.exit_code in {1, 2}
    assert "file is not a database" in result.stderr
    assert not Path("file.db").exists()


@pytest.mark.parametrize("command", ["current", "upgrade"])
@pytest.mark.parametrize(
    "url", [CLOSED_PORT, "postgresql://core@127.0.0.1:1/", "sqlite:////proc/nowhere/core.db"]
)
def test_an_unreachable_database_is_reported_in_a_sentence(command: str, url: str):
    result = core("db", command, DATABASE_URL=url)
    assert result.exit_code in {1, 2}
    assert result.stderr.startswith(
        ("The database can't be used: ", "DATABASE_URL: there is no database ")
    )
    assert len(result.stderr.splitlines()) == 1


def test_a_refused_postgresql_connection_is_reported_in_a_sentence(
    new_postgresql_url: Callable[[], str],
):
    url = re.sub(r"/core_\d+", "/nowhere", new_postgresql_url())
    for command in (["db", "upgrade"], ["users", "erase", "user_Lily", "--yes"]):
        result = core(*command, DATABASE_URL=url)
        assert result.exit_code == 1
        assert 'database "nowhere" does not exist' in result.stderr


def test_a_database_of_another_kind_is_refused_without_printing_its_password():
    result = core("db", "upgrade", DATABASE_URL="mysql://root:secret@host/name")
    assert (result.exit_code, result.stderr) == (
        2,
        "DATABASE_URL: must begin with sqlite:/// or postgresql://\n",
    )


@pytest.mark.parametrize(
    "command",
    [["serve"], ["db", "current"], ["db", "upgrade"], ["users", "erase", "user_a", "--yes"]],
)
@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:secret@host:notaport/db",
        "postgresql://u:secret@[::1/db",
        "postgresql://u:sec/ret@host/db",
        "sqlite:///:memory:",
        "sqlite:///secret.db?mode=ro",
    ],
)
def test_a_malformed_database_url_is_refused_in_one_line_by_every_command(
    command: list[str], url: str
):
    result = core(*command, DATABASE_URL=url, CLERK_FRONTEND_API_URL="https://clerk.core.test")
    assert (result.exit_code, result.stdout) == (2, "")
    [line] = result.stderr.splitlines()
    assert line.startswith("DATABASE_URL: must ")
    assert not re.search("sec|ret|notaport|mode", line)
    assert not list(Path().iterdir())


def test_worker_refuses_the_settings_that_serve_refuses():
    refused = core("worker", CORE_METADATA_URL="http://youtube.com")
    assert refused.exit_code == 2
    assert "CORE_METADATA_URL: must be an https address" in refused.stderr


def test_a_url_parameter_that_the_driver_refuses_is_reported_in_a_sentence():
    for command in (["db", "upgrade"], ["db", "current"], ["users", "erase", "user_a", "--yes"]):
        result = core(*command, DATABASE_URL="postgresql://core@127.0.0.1:1/core?sslmode=maybe")
        assert result.exit_code == 1
        assert result.stderr.startswith("The database can't be used: ")
        assert "sslmode" in result.stderr


def test_a_traceback_shows_no_local_variables():
    typers = [app, *(group.typer_instance for group in app.registered_groups)]
    assert [one.pretty_exceptions_enable for one in typers if one] == [False] * 3


# ----------------------------------------------------------------------------- users


@pytest.mark.anyio
async def test_erase_removes_one_user_s_library_and_files_only(
    database_url: str, signing_key: SigningKey, tmp_path: Path
):
    folder = str(tmp_path / "imports")
    async with run_service(database_url, signing_key, CORE_IMPORT_FOLDER=folder) as service:
        lily, lars = service.person("Lily"), service.person("Lars")
        await save(lily, "dQw4w9WgXcQ", "music")
        await save(lars, "dQw4w9WgXcQ", "music")
        await service.app.state.importer.close()  # so that the upload waits
        for person in (lily, lars):
            assert (await person.post("/imports", content=b"dQw4w9WgXcQ")).status_code == 202
        lars_id = (await lars.get("/me")).json()["id"]
        where = {"DATABASE_URL": database_url, "CORE_IMPORT_FOLDER": folder}
        erase = ("users", "erase", service.clerk_id("Lily"), "--yes")
        result = await asyncio.to_thread(core, *erase, **where)
        assert (result.exit_code, result.stdout) == (0, f"Erased {service.clerk_id('Lily')}.\n")
        assert (await lily.get("/videos")).status_code == 403
        assert await list_keys(lars) == ["dQw4w9WgXcQ"]
        assert [owner for owner, _ in service.app.state.spool.waiting()] == [lars_id]
        again = await asyncio.to_thread(core, *erase, **where)
        assert again.stdout == f"{service.clerk_id('Lily')} had nothing stored here.\n"


def test_erase_asks_first_and_wants_a_clerk_id(new_database_url: Callable[[str], str]):
    environment = {"DATABASE_URL": new_database_url("sqlite")}
    erase = ["users", "erase", "user_Lily"]
    assert CliRunner().invoke(app, erase, env=environment, input="n\n").exit_code == 1
    assert CliRunner().invoke(app, erase, env=environment, input="y\n").exit_code == 0
    for no_id in ("lily@example.com", "user_Lily Example", "user_", "user_Lily;"):
        refused = core("users", "erase", no_id, "--yes", **environment)
        assert refused.exit_code == 2
        assert "a Clerk id is user_ and" in refused.stderr


def test_erase_needs_an_upgraded_database():
    result = core("users", "erase", "user_Lily", "--yes", DATABASE_URL="sqlite:///core.db")
    assert result.exit_code == 2
    assert "`core db upgrade`" in result.stderr


# ------------------------------------------------------------------------- the rest


def test_dev_passes_every_option_to_the_stand_in():
    result = core("dev", "token", "--help")
    assert result.exit_code == 0
    assert "core dev token" in result.stdout
    assert "--lifetime" in result.stdout


def test_dev_is_refused_in_an_installation_without_the_stand_in(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    result = core("dev", "--port", "0")
    assert (result.exit_code, result.stderr) == (
        2,
        "`core dev` is for development only; it is not part of this installation.\n",
    )


def test_the_console_script_runs_and_prints_the_version():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert scripts == {"core": "core.cli:main"}
    command = [sys.executable, "-c", "from core.cli import main; main()", "--version"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    assert subprocess.check_output(command, env=environment, text=True) == f"core {__version__}\n"


def commands(command: Any, name: str = "core") -> Iterator[tuple[str, Any]]:
    yield name, command
    for word, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, f"{name} {word}")


def test_the_help_of_a_command_fills_its_lines():
    shown = core("doctor", "--help", COLUMNS="80").output
    assert "checks the database, the port and\n the signing keys, and changes" in re.sub(
        " +\n", "\n", shown
    )


def test_every_command_and_every_option_has_a_help_text():
    for name, command in commands(typer.main.get_command(app)):
        assert command.help, name
        for option in command.params:
            assert option.help, f"{name} {option.name}"
