"""Eight processes write one SQLite file, and no write fails with "database is locked"."""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

import pytest

from core.database.sqlite import connect_sqlite
from tests.support.databases import NewDatabaseUrl
from tests.support.factories import link, run_service
from tests.support.soak import size
from tests.support.tokens import new_signing_key

PROCESSES = 8
AT_ONCE = 4
SAVES = size(800, soak=20_000) // PROCESSES
"""Saves of each process."""


def save_many(database_url: str, name: str) -> Counter[int]:
    """Save as one user on several devices; count the statuses."""
    return asyncio.run(_save_many(database_url, name))


async def _save_many(database_url: str, name: str) -> Counter[int]:
    statuses: Counter[int] = Counter()
    async with run_service(database_url, new_signing_key()) as service:
        person = service.person(name)

        async def save_in_turn(lane: int) -> None:
            for number in range(lane, SAVES, AT_ONCE):
                body = {"url": link(f"{name[-1]}-{number:09}"), "tags": ["a", "b"]}
                statuses[(await person.post("/videos", json=body)).status_code] += 1

        await asyncio.gather(*map(save_in_turn, range(AT_ONCE)))
    return statuses


@pytest.mark.soak
def test_no_writer_gets_database_is_locked(
    new_database_url: NewDatabaseUrl, record_figure: Callable[[str, str], None]
):
    url = new_database_url("sqlite", on_disk=True)
    context = get_context("forkserver")
    context.set_forkserver_preload(
        ["tests.support.factories"]
    )  # imported once instead of eight times
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        names = [f"writer{number}" for number in range(PROCESSES)]
        counts = list(pool.map(save_many, [url] * PROCESSES, names))
    statuses = sum(counts, Counter[int]())
    failed = statuses.total() - statuses[201]
    record_figure(
        "R6", f"{PROCESSES} processes, one SQLite file: {failed} of {statuses.total()} saves failed"
    )
    assert statuses == {201: SAVES * PROCESSES}
    with closing(connect_sqlite(Path(url.removeprefix("sqlite:///")))) as connection:
        (stored,) = connection.execute("SELECT count(*) FROM videos").fetchone()
    assert stored == SAVES * PROCESSES
