"""A standby of PostgreSQL answers reads; each user still reads their own newest changes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import httpx
import pytest
from structlog import wrap_logger
from structlog.stdlib import BoundLogger
from structlog.testing import LogCapture

from core.services import reads
from tests.support.accounts import erase_ago
from tests.support.clusters import Cluster, run_cluster, run_standby
from tests.support.factories import Service, import_file, link, list_keys, run_service, save
from tests.support.servers import PATIENCE_S
from tests.support.tokens import SigningKey

pytestmark = pytest.mark.anyio

STEPS = 15
PATHS = ("/videos", "/changes?since=0", "/tags", "/notes", "/workouts", "/searches", "/me")
USERS = ("lily", "lars", "mia")


@pytest.fixture(scope="module")
def primary() -> Iterator[Cluster]:
    with run_cluster() as cluster:
        logged = "ALTER ROLE core SET log_min_duration_statement = 0"
        asyncio.run(cluster.administer(logged))
        yield cluster


@pytest.fixture(scope="module")
def standby(primary: Cluster) -> Iterator[Cluster]:
    with run_standby(primary) as cluster:
        yield cluster


@pytest.fixture
async def service(
    primary: Cluster, standby: Cluster, signing_key: SigningKey
) -> AsyncIterator[Service]:
    async with run_service(
        primary.url, signing_key, CORE_DATABASE_REPLICA_URL=standby.url
    ) as service:
        yield service


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> LogCapture:
    capture = LogCapture()
    logger = wrap_logger(None, [capture], wrapper_class=BoundLogger)
    monkeypatch.setattr(reads, "log", logger)
    return capture


@asynccontextmanager
async def paused(standby: Cluster) -> AsyncIterator[None]:
    """The standby receives changes, but does not show them."""
    await standby.administer("SELECT pg_wal_replay_pause()")
    try:
        yield
    finally:
        await standby.administer("SELECT pg_wal_replay_resume()")


class Questions:
    """The statements that the standby has answered, from its log."""

    def __init__(self, standby: Cluster) -> None:
        self._log = Path(standby.server.log)
        self._read_up_to = self._log.stat().st_size

    def about(self, table: str) -> int:
        """Count how often statements named a table since the last call."""
        with self._log.open("rb") as file:
            file.seek(self._read_up_to)
            new = file.read()
            self._read_up_to = file.tell()
        return new.count(f"FROM {table}".encode())


@pytest.fixture
def questions(standby: Cluster) -> Questions:
    return Questions(standby)


async def test_the_standby_answers_what_it_has_received(
    service: Service, primary: Cluster, standby: Cluster, questions: Questions
):
    lily = service.person("lily")
    await save(lily, "first-video")
    await standby.receive_all(primary)
    questions.about("videos")
    assert await list_keys(lily) == ["first-video"]
    assert questions.about("videos") > 0
    for path in PATHS:
        assert (await lily.get(path)).status_code == 200, path
    assert questions.about("users") >= len(PATHS)


async def test_a_user_reads_their_own_change_before_the_standby_has_it(
    service: Service, primary: Cluster, standby: Cluster, questions: Questions
):
    lily, new = service.person("lily"), service.person("mia")
    await save(lily, "first-video")
    await standby.receive_all(primary)
    async with paused(standby):
        questions.about("videos")
        for person in (lily, new):
            await save(person, "second-vid1", "a")
        assert await list_keys(lily) == ["second-vid1", "first-video"]
        assert await list_keys(new) == ["second-vid1"]
        assert [tag["name"] for tag in (await new.get("/tags")).json()["tags"]] == ["a"]
        assert questions.about("videos") == 0


async def test_any_answer_is_the_same_as_without_a_standby(
    service: Service, primary: Cluster, standby: Cluster, signing_key: SigningKey
):
    """Whatever the standby has received when it is asked."""
    random = Random(1)
    async with run_service(primary.url, signing_key) as other:
        alone = Service(other.app, signing_key, service.number)
        for step in range(STEPS):
            name = random.choice(USERS)
            await change(random, service.person(name), step)
            call = random.choice(("pause", "resume", "resume"))
            await standby.administer(f"SELECT pg_wal_replay_{call}()")
            for path in PATHS:
                answer = await service.person(name).get(path)
                expected = await alone.person(name).get(path)
                assert (answer.status_code, answer.text) == (200, expected.text)
                assert answer.headers.get("etag") == expected.headers.get("etag")
    await standby.administer("SELECT pg_wal_replay_resume()")


async def change(random: Random, person: httpx.AsyncClient, step: int) -> None:
    """Make one change of a user's library."""
    kind = random.choice(("save", "save", "delete", "tag", "import"))
    videos = (await person.get("/videos")).json()["videos"]
    if kind == "save" or not videos:
        await save(person, f"step-{step:06}", random.choice("abc"))
    elif kind == "delete":
        await person.delete(f"/videos/{random.choice(videos)['id']}")
    elif kind == "tag":
        await person.patch(f"/videos/{random.choice(videos)['id']}", json={"tags": ["x"]})
    else:
        await import_file(person, link(f"file-{step:06}").encode())


async def test_an_erased_library_is_not_shown_by_a_standby_that_still_has_it(
    service: Service, primary: Cluster, standby: Cluster
):
    await save(service.person("noa"), "first-video")
    await standby.receive_all(primary)
    async with paused(standby):
        await erase_ago(service, "noa", 60)
        again = service.person("noa")
        assert await list_keys(again) == []
        assert (await again.get("/changes?since=0")).json()["videos"] == []


async def test_the_primary_answers_while_the_standby_is_down(
    primary: Cluster,
    standby: Cluster,
    signing_key: SigningKey,
    log: LogCapture,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(reads, "PAUSE_S", 0.2)
    await standby.stop("immediate")
    try:
        async with run_service(
            primary.url, signing_key, CORE_DATABASE_REPLICA_URL=standby.url
        ) as service:
            lily = service.person("lily")
            await save(lily, "first-video")
            assert {tuple(await list_keys(lily)) for _ in range(20)} == {("first-video",)}
            assert events(log) == ["replica_failed"]
            await standby.start()
            async with asyncio.timeout(PATIENCE_S):
                while events(log)[-1] != "replica_recovered":
                    assert await list_keys(lily) == ["first-video"]
            await standby.stop("immediate")
            assert await list_keys(lily) == ["first-video"]
            assert events(log) == ["replica_failed", "replica_recovered", "replica_failed"]
    finally:
        await standby.start()


def events(log: LogCapture) -> list[str]:
    return [entry["event"] for entry in log.entries]


async def test_a_server_that_is_no_standby_answers_nothing(
    primary: Cluster, signing_key: SigningKey
):
    """A copy has other changes, which a revision does not show."""
    async with run_service(primary.url, signing_key) as service:
        lily = service.person("lily")
        await save(lily, "first-video")
    await primary.administer("CREATE DATABASE copy TEMPLATE core OWNER core")
    await primary.administer("UPDATE users SET revision = revision + 9", "copy")
    await primary.administer("DELETE FROM videos", "copy")
    copy = primary.url.replace("@/core", "@/copy")
    async with run_service(primary.url, signing_key, CORE_DATABASE_REPLICA_URL=copy) as again:
        lily = Service(again.app, signing_key, service.number).person("lily")
        assert await list_keys(lily) == ["first-video"]
