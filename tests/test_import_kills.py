"""R10: an import that is killed at any point and resumed equals an uninterrupted one."""

import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from tests.support.factories import ISSUER, ORIGIN, environ_for
from tests.support.servers import PATIENCE_S, Server, run_server
from tests.support.soak import size
from tests.support.tokens import SigningKey, mint, session_claims

KILLS = size(2, soak=50)
ROWS = size(3_000, soak=20_000)
PROCESSES = {"sqlite": 2, "postgresql": size(1, soak=2)}


def rows() -> bytes:
    """A table with dates, shared tags, duplicates and rows without a video."""
    lines = ["url,title,tags,created_at"]
    for number in range(ROWS):
        key = f"k{number % (ROWS - 250):010}"
        url = "https://example.com/" if number % 50 == 7 else f"https://youtu.be/{key}"
        moment = 1_500_000_000 + number * 60
        lines.append(f'{url},Title {number},"all,group {number % 20}",{moment}')
    return "\n".join(lines).encode()


def person(server: Server, signing_key: SigningKey, name: str) -> httpx.Client:
    token = mint(signing_key, session_claims(f"user_{name}", iss=ISSUER, azp=ORIGIN))
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=server.url, headers=headers, trust_env=False, timeout=PATIENCE_S)


def wait_for(client: httpx.Client, path: str, rows_done: int) -> Any:
    """Wait until so many rows are done, or all; each progress restarts the timeout."""
    deadline, before = time.monotonic() + PATIENCE_S, 0
    while time.monotonic() < deadline:
        report = client.get(path).json()
        done = report["imported"] + report["merged"] + report["failed_count"]
        if report["state"] in {"done", "failed"} or done >= rows_done:
            return report
        if done > before:
            deadline, before = time.monotonic() + PATIENCE_S, done
        time.sleep(0.005)
    raise AssertionError(report)


def outcome(client: httpx.Client, path: str) -> Any:
    """Return the result of an import, without its ids and times."""
    report = client.get(path).json()
    summary = {k: v for k, v in report.items() if k not in {"id", "created_at", "updated_at"}}
    videos = client.get("/exports").json()["videos"]
    kept = ("video_key", "url", "title", "tags", "created_at", "deleted_at")
    return summary, sorted([[v[name] for name in kept] for v in videos]), client.get("/tags").json()


@pytest.mark.soak
@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_an_import_killed_at_any_point_equals_an_uninterrupted_one(
    tmp_path: Path,
    new_database_url: Callable[[str], str],
    signing_key: SigningKey,
    record_figure: Callable[[str, str], None],
    dialect: str,
):
    settings = environ_for(
        new_database_url(dialect), signing_key, CORE_IMPORT_FOLDER=str(tmp_path / "imports"),
        CORE_WORKERS=str(PROCESSES[dialect]),
    )  # fmt: skip
    random, content = Random(10), rows()
    with run_server(tmp_path, "serve", **settings) as server:
        with person(server, signing_key, "calm") as calm:
            calm_path = calm.post("/imports", content=content).headers["location"]
            wait_for(calm, calm_path, ROWS + 1)
            expected = outcome(calm, calm_path)
        with person(server, signing_key, "killed") as killed:
            path = killed.post("/imports", content=content).headers["location"]
        time.sleep(random.random() * 0.2)
        server.kill()
    for kill in range(1, KILLS):
        with (
            run_server(tmp_path, "serve", **settings) as server,
            person(server, signing_key, "killed") as killed,
        ):
            before = wait_for(killed, path, 0)
            done = before["imported"] + before["merged"] + before["failed_count"]
            # Two kills without a batch between them would end the import.
            wait_for(killed, path, max(done + 1, ROWS * kill // KILLS + random.randrange(300)))
            server.kill()
    with (
        run_server(tmp_path, "serve", **settings) as server,
        person(server, signing_key, "killed") as killed,
    ):
        report = wait_for(killed, path, ROWS + 1)
        assert report["state"] == "done"
        assert outcome(killed, path) == expected
    assert [*(tmp_path / "imports").iterdir()] == []
    record_figure(
        "R10", f"kill -9 during an import of {ROWS} rows: equal after {KILLS} kills ({dialect})"
    )
