"""A failed database: requests get a problem, no half of a row is stored, and Core recovers.

A client that got 200 or 201 finds its video again; no client gets a false success.
"""

import asyncio
import os
import resource
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.database import sqlite
from core.database.sqlite import SqliteConnection, SqliteDatabase, connect_sqlite
from tests.support.clusters import Cluster, run_cluster
from tests.support.databases import NewDatabaseUrl, execute_as_superuser, is_citus
from tests.support.factories import (
    ISSUER,
    ORIGIN,
    PROBLEM_FIELDS,
    Service,
    environ_for,
    link,
    run_service,
)
from tests.support.servers import PATIENCE_S, Server, run_server
from tests.support.soak import size
from tests.support.tokens import SigningKey, mint, session_claims

pytestmark = pytest.mark.anyio

RECOVERY_S = 5
CONCURRENT = 12


@dataclass
class Client:
    """A client that saves one video after the other and records the answers."""

    http: httpx.AsyncClient
    numbers: "count[int]" = field(default_factory=count)
    saved: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)

    async def save(self) -> int:
        await asyncio.sleep(0)  # an application that refuses immediately never yields to the others
        key = f"seen-{next(self.numbers):06}"
        answer = await self.http.post("/videos", json={"url": link(key), "tags": ["a", key]})
        self.statuses[answer.status_code] += 1
        if answer.status_code == 201:
            self.saved.add(key)
        else:
            assert_unavailable(answer)
            self.refused.add(key)
        await asyncio.sleep(0)  # an error may come without any await
        return answer.status_code

    async def save_until(self, status: int, within_s: float) -> None:
        until_s = time.monotonic() + within_s
        while await self.save() != status:
            assert time.monotonic() < until_s, self.statuses
            await asyncio.sleep(0.01)

    async def list(self) -> dict[str, str]:
        answer = await self.http.get("/videos")
        assert answer.status_code == 200, answer.text
        return {video["video_key"]: video["tags"] for video in answer.json()["videos"]}

    async def assert_exactly_what_was_acknowledged(self, *, perhaps: bool = False) -> None:
        """Compare the rows; `perhaps` also allows whole rows whose commit failed."""
        found = await self.list()
        assert found.keys() >= self.saved
        assert perhaps or not found.keys() & self.refused
        assert all(tags == f"a,{key}" for key, tags in found.items())
        tags = (await self.http.get("/tags")).json()["tags"]
        assert {tag["name"]: tag["videos"] for tag in tags} == {"a": len(found)} | dict.fromkeys(
            found, 1
        )


def assert_unavailable(answer: httpx.Response) -> None:
    """Expect a problem with the reason and Retry-After, and without internal details."""
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) == PROBLEM_FIELDS
    assert answer.json()["type"].endswith("#database-unavailable")
    assert 1 <= int(answer.headers["retry-after"]) <= RECOVERY_S
    for word in ("sqlite", "postgres", "asyncpg", "disk", "lock", "/"):
        assert word not in answer.json()["detail"].casefold()


# ------------------------------------------------------------------------ PostgreSQL


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with run_cluster() as cluster:
        yield cluster


@pytest.mark.soak
@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_a_restart_of_postgresql_during_saves_loses_nothing(
    cluster: Cluster,
    signing_key: SigningKey,
    mode: str,
    record_figure: Callable[[str, str], None],
):
    async with run_service(cluster.url, signing_key) as service:
        lily = Client(service.person("lily"))
        stopping = asyncio.Event()

        async def save_until_it_is_back() -> None:
            while not stopping.is_set():
                await lily.save()
            await lily.save_until(201, PATIENCE_S)

        lanes = [asyncio.create_task(save_until_it_is_back()) for _ in range(CONCURRENT)]
        while len(lily.saved) < 3 * CONCURRENT:
            assert not any(lane.done() for lane in lanes), "a lane has failed"
            await asyncio.sleep(0)
        await cluster.stop(mode)
        stopping.set()
        for path in ("/videos", "/tags", "/videos/1"):
            assert_unavailable(await lily.http.get(path))
        ready = await lily.http.get("/health/ready")
        assert (ready.status_code, ready.json()["database"]) == (503, "unavailable")
        assert (await lily.http.get("/health")).status_code == 200
        await asyncio.sleep(size(0, soak=5))
        await cluster.start()
        began_s = time.monotonic()
        await asyncio.wait_for(asyncio.gather(*lanes), RECOVERY_S)
        back_s = time.monotonic() - began_s
        assert lily.statuses.keys() == {201, 503}
        await lily.assert_exactly_what_was_acknowledged(perhaps=True)
        assert (await lily.http.get("/health/ready")).status_code == 200
    refused = lily.statuses[503]
    record_figure(
        "R8", f"PostgreSQL restarts ({mode}): {refused} saves refused, back within {back_s:.2f} s"
    )


@pytest.mark.parametrize("error_code", ["53100", "53400", "40001", "57014"])
async def test_a_commit_that_postgresql_refuses_is_answered_with_an_error(
    new_postgresql_service: Service, superuser: Callable[[str], Any], error_code: str
):
    """By a trigger that runs at the very end: disk full, a limit, a conflict, a cancelled query."""
    if is_citus(new_postgresql_service.app.state.database.url):
        pytest.skip("it has no triggers")
    lily = Client(new_postgresql_service.person("lily"))
    assert await lily.save() == 201
    await superuser(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{error_code}'; END $$"
    )
    await superuser(
        "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON videos DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    assert set(await asyncio.gather(*(lily.save() for _ in range(CONCURRENT)))) == {503}
    await lily.assert_exactly_what_was_acknowledged()
    await superuser("DROP TRIGGER refuse ON videos")
    assert set(await asyncio.gather(*(lily.save() for _ in range(CONCURRENT)))) == {201}
    await lily.assert_exactly_what_was_acknowledged()


async def test_connections_that_postgresql_closed_are_replaced(
    new_postgresql_service: Service, superuser: Callable[[str], Any]
):
    lily = Client(new_postgresql_service.person("lily"))
    for _ in range(5):
        saves = asyncio.gather(*(lily.save() for _ in range(CONCURRENT)))
        await superuser(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename='core'"
        )
        await saves
        await lily.save_until(201, RECOVERY_S)
    await lily.assert_exactly_what_was_acknowledged(perhaps=True)


@pytest.fixture
def postgresql_url(new_database_url: Callable[[str], str]) -> str:
    return new_database_url("postgresql")


@pytest.fixture
async def new_postgresql_service(postgresql_url: str, signing_key: SigningKey):
    async with run_service(postgresql_url, signing_key) as service:
        yield service


@pytest.fixture
def superuser(postgresql_url: str) -> Callable[[str], Any]:
    return partial(execute_as_superuser, postgresql_url)


# ---------------------------------------------------------------------------- SQLite


@pytest.fixture
def sqlite_url(new_database_url: NewDatabaseUrl) -> str:
    return new_database_url("sqlite", on_disk=True)


def file_of(sqlite_url: str) -> Path:
    return Path(sqlite_url.removeprefix("sqlite:///"))


@contextmanager
def files_that_may_not_grow(server: Server, sqlite_url: str) -> Iterator[None]:
    """The kernel lets no file of the server grow, so what fails is writing the commit."""
    log_bytes = Path(f"{file_of(sqlite_url)}-wal").stat().st_size
    let_files_grow_to(server, log_bytes + 100_000)
    yield
    let_files_grow_to(server, resource.RLIM_INFINITY)


def let_files_grow_to(server: Server, size: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, hard))


@contextmanager
def calls_that_fail(server: Server, _: str, *, error: str) -> Iterator[None]:
    """The kernel fails every system call that writes to the disk."""
    calls = f"inject=pwrite64,ftruncate,fsync,fdatasync:error={error}"
    command = ["strace", "-f", "-q", "-e", calls, "-o", "/dev/null"]
    with subprocess.Popen([*command, "-p", str(server.process.pid)]) as strace:
        yield
        strace.terminate()


may_trace = os.geteuid() == 0 and shutil.which("strace") is not None
needs_strace = pytest.mark.skipif(not may_trace, reason="needs strace, and root to attach it")


@pytest.mark.soak
@pytest.mark.parametrize(
    "failing",
    [
        pytest.param(files_that_may_not_grow, id="file size limit"),
        pytest.param(partial(calls_that_fail, error="ENOSPC"), id="ENOSPC", marks=needs_strace),
        pytest.param(partial(calls_that_fail, error="EIO"), id="EIO", marks=needs_strace),
    ],
)
async def test_a_full_or_broken_disk_loses_no_acknowledged_save(
    lily_s_server: tuple[Server, Client],
    sqlite_url: str,
    failing: Callable[[Server, str], AbstractContextManager[None]],
    request: pytest.FixtureRequest,
    record_figure: Callable[[str, str], None],
):
    server, lily = lily_s_server
    recoveries_s = []
    for _ in range(size(1, soak=20)):
        assert await lily.save() == 201
        with failing(server, sqlite_url):
            await lily.save_until(503, PATIENCE_S)
            await asyncio.gather(*(lily.save() for _ in range(CONCURRENT)))
        began_s = time.monotonic()
        await lily.save_until(201, RECOVERY_S)
        recoveries_s.append(time.monotonic() - began_s)
        await asyncio.gather(*(lily.save() for _ in range(CONCURRENT)))
        await lily.assert_exactly_what_was_acknowledged()
    record_figure(
        "R8",
        f"{request.node.callspec.id}: {lily.statuses[503]} saves refused, 0 false successes, "
        f"back within {max(recoveries_s):.2f} s",
    )


@pytest.fixture
async def lily_s_server(
    tmp_path: Path, sqlite_url: str, signing_key: SigningKey
) -> AsyncIterator[tuple[Server, Client]]:
    """A server in a process of its own, and a client of Lily."""
    token = mint(signing_key, session_claims("user_lily", iss=ISSUER, azp=ORIGIN))
    with run_server(tmp_path, "serve", **environ_for(sqlite_url, signing_key)) as server:
        async with httpx.AsyncClient(
            base_url=server.url,
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=PATIENCE_S,
        ) as http:
            yield server, Client(http)


async def test_a_database_at_its_size_limit_refuses_large_saves_and_keeps_the_others(
    sqlite_url: str, signing_key: SigningKey, monkeypatch: pytest.MonkeyPatch
):
    """Writers share a commit: one that does not fit must not roll back another's row."""

    def connect_to_a_small_disk(path: Path) -> SqliteConnection:
        connection = connect_sqlite(path)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages + 3}")
        return connection

    monkeypatch.setattr(sqlite, "connect_sqlite", connect_to_a_small_disk)
    async with run_service(sqlite_url, signing_key) as service:
        lily = Client(service.person("lily"))
        for _ in range(8):
            await asyncio.gather(*(lily.save() for _ in range(CONCURRENT)))
            await lily.assert_exactly_what_was_acknowledged()
        assert lily.statuses.keys() == {201, 503}
    monkeypatch.undo()
    async with run_service(sqlite_url, signing_key) as again:
        lily.http = again.person("lily")
        lily.http.headers["Authorization"] = service.person("lily").headers["Authorization"]
        assert set(await asyncio.gather(*(lily.save() for _ in range(CONCURRENT)))) == {201}
        await lily.assert_exactly_what_was_acknowledged()


async def test_a_stuck_writer_times_out_with_a_problem(
    sqlite_url: str, signing_key: SigningKey, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite, "_PATIENCE_S", 0.05)
    async with run_service(sqlite_url, signing_key) as service:
        lily = Client(service.person("lily"))
        assert await lily.save() == 201
        with closing(connect_sqlite(file_of(sqlite_url))) as other:
            other.execute("BEGIN IMMEDIATE")
            assert set(await asyncio.gather(*(lily.save() for _ in range(5)))) == {503}
            await lily.assert_exactly_what_was_acknowledged()
            other.execute("ROLLBACK")
            assert await lily.save() == 201
        await lily.assert_exactly_what_was_acknowledged()


async def test_a_corrupt_file_is_reported_and_can_be_restored(
    sqlite_url: str, signing_key: SigningKey
):
    async with run_service(sqlite_url, signing_key) as service:
        lily = Client(service.person("lily"))
        assert await lily.save() == 201
        database: SqliteDatabase = service.app.state.database
        with closing(connect_sqlite(database.path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        good = database.path.read_bytes()
        database.path.write_bytes(b"rubbish " * (len(good) // 8))
        assert await lily.save() == 503
        assert_unavailable(await lily.http.get("/videos"))
        database.path.write_bytes(good)
        await lily.save_until(201, RECOVERY_S)
        await lily.assert_exactly_what_was_acknowledged()
