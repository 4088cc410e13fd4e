"""The drill: a backup made during saves is restored, and no row is missing."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path

import httpx
import pytest

from core.cli.backups import back_up, restore
from core.database.sqlite import sqlite3
from core.queries.backups import hash_rows
from tests.support.databases import NewDatabaseUrl
from tests.support.factories import ISSUER, ORIGIN, environ_for, link
from tests.support.servers import PATIENCE_S, run_server
from tests.support.soak import size
from tests.support.tokens import SigningKey, mint, session_claims

pytestmark = pytest.mark.anyio

DRILLS = size(1, soak=20)
AT_ONCE = 4


def content(file: Path) -> str:
    """Return the hash of every row; restoring raises the revisions, so they do not count."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.execute("UPDATE users SET revision = 0, synced_from = 0")
        return hash_rows(connection)


def keys_in(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as connection:
        return {row[0] for row in connection.execute("SELECT video_key FROM videos")}


@pytest.mark.soak
async def test_a_backup_made_during_saves_restores_equal_rows(
    tmp_path: Path,
    new_database_url: NewDatabaseUrl,
    signing_key: SigningKey,
    record_figure: Callable[[str, str], None],
):
    url = new_database_url("sqlite", on_disk=True)
    path = Path(url.removeprefix("sqlite:///"))
    token = mint(signing_key, session_claims("user_lily", iss=ISSUER, azp=ORIGIN))
    saved, over = set[str](), asyncio.Event()

    async def save_one_after_the_other(http: httpx.AsyncClient, numbers: "count[int]") -> None:
        while not over.is_set():
            key = f"drill-{next(numbers):05}"
            answer = await http.post("/videos", json={"url": link(key), "tags": ["a"]})
            assert answer.status_code == 201, answer.text
            saved.add(key)

    with run_server(tmp_path, "serve", **environ_for(url, signing_key)) as server:
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(
            base_url=server.url, headers=headers, trust_env=False, timeout=PATIENCE_S
        ) as http:
            numbers = count()
            lanes = [
                asyncio.create_task(save_one_after_the_other(http, numbers)) for _ in range(AT_ONCE)
            ]
            for drill in range(DRILLS):
                await asyncio.sleep(0.2)
                file, other = tmp_path / f"{drill}.backup", tmp_path / f"{drill}.db"
                before = set(saved)
                await asyncio.to_thread(back_up, path, file)
                await asyncio.to_thread(restore, other, file)
                assert content(other) == content(file)
                assert before <= keys_in(other)
            over.set()
            await asyncio.gather(*lanes)
    assert keys_in(path) == saved
    record_figure(
        "R9",
        f"{DRILLS} of {DRILLS} backups restored with equal hash, {len(saved)} saves during them",
    )
