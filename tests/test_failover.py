"""PostgreSQL's primary fails, and its standby is promoted: the service finds it by its address."""

import asyncio
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.support.clusters import Cluster, run_cluster, run_standby
from tests.support.factories import link, list_keys, run_service, save
from tests.support.servers import PATIENCE_S
from tests.support.tokens import SigningKey

pytestmark = pytest.mark.anyio


@pytest.fixture
def primary() -> Iterator[Cluster]:
    with run_cluster() as cluster:
        yield cluster


@pytest.fixture
def standby(primary: Cluster) -> Iterator[Cluster]:
    with run_standby(primary) as cluster:
        yield cluster


def url_of_either(primary: Cluster, standby: Cluster) -> str:
    """Return the URL with both servers, of which the driver takes the one that accepts changes."""
    queries = (parse_qs(urlsplit(cluster.url).query) for cluster in (primary, standby))
    folders = ",".join(query["host"][0] for query in queries)
    return f"postgresql://core@/core?host={folders}&target_session_attrs=read-write"


async def save_until_it_works(person: httpx.AsyncClient, video_key: str) -> set[int]:
    """Save until the answer is 201; return the other statuses."""
    refusals: set[int] = set()
    async with asyncio.timeout(PATIENCE_S):
        while True:
            answer = await person.post("/videos", json={"url": link(video_key)})
            if answer.status_code == 201:
                return refusals
            refusals.add(answer.status_code)
            await asyncio.sleep(0.05)


async def test_a_promoted_standby_takes_the_changes(
    primary: Cluster, standby: Cluster, signing_key: SigningKey
):
    async with run_service(url_of_either(primary, standby), signing_key) as service:
        lily = service.person("lily")
        await save(lily, "first-video")
        await standby.receive_all(primary)
        await primary.stop("immediate")
        refused = await lily.post("/videos", json={"url": link("second-vid1")})
        assert refused.status_code == 503
        await standby.administer("SELECT pg_promote()")
        assert await save_until_it_works(lily, "second-vid1") <= {503}
        assert await list_keys(lily) == ["second-vid1", "first-video"]
        assert (await lily.get("/health/ready")).status_code == 200
