"""Metrics for Prometheus: counts and times of requests, without users."""

import ast
import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from structlog import wrap_logger
from structlog.stdlib import BoundLogger
from structlog.testing import LogCapture

from core import logs, metrics
from core.main import create_app
from tests.support.factories import Service, environ_for, run_service, save, settings_for
from tests.support.servers import PATIENCE_S, ROOT, Server, free_port, run_server
from tests.support.tokens import SigningKey


@asynccontextmanager
async def measured(
    database_url: str, signing_key: SigningKey, **settings: str
) -> AsyncIterator[tuple[Service, Callable[[], str]]]:
    """Run a service with metrics; give it and a function that reads them."""
    port = free_port()
    settings["CORE_METRICS_PORT"] = str(port)
    async with run_service(database_url, signing_key, **settings) as service:
        yield service, lambda: httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text


def value(told: str, name: str, **labels: str) -> float:
    """Return a metric's value, zero when it is missing."""
    given = ",".join(f'{label}="{text}"' for label, text in sorted(labels.items()))
    found = re.search(rf"^{re.escape(f'{name}{{{given}}}')} (\S+)$", told, re.MULTILINE)
    return float(found[1]) if found else 0


REQUESTS = "core_http_requests_total"
DURATION = "core_http_request_duration_seconds"


@pytest.mark.anyio
async def test_requests_are_counted_by_method_route_and_status(
    database_urls: list[str], signing_key: SigningKey, monkeypatch: pytest.MonkeyPatch
):
    async with measured(database_urls[0], signing_key) as (service, read):
        lily = service.person("lily")
        video = await save(lily, "a-video-key", "private-tag")
        for path in ("/videos", "/videos", f"/videos/{video['id']}", "/videos/1", "/nothing-there"):
            await lily.get(path)
        await lily.request("BREW", "/videos")
        await service.client().get("/tags")
        monkeypatch.setattr(service.app.state.database, "read_briefly", None)
        assert (await lily.get("/tags")).status_code == 500
        told = read()
    one = "/videos/{video_id}"
    assert value(told, REQUESTS, method="GET", route="/videos", status="200") == 2
    assert value(told, REQUESTS, method="POST", route="/videos", status="201") == 1
    assert value(told, REQUESTS, method="GET", route=one, status="200") == 1
    assert value(told, REQUESTS, method="GET", route=one, status="404") == 1
    assert value(told, REQUESTS, method="GET", route="none", status="404") == 1
    assert value(told, REQUESTS, method="GET", route="/tags", status="401") == 1
    assert value(told, REQUESTS, method="GET", route="/tags", status="500") == 1
    assert "BREW" not in told
    assert value(told, f"{DURATION}_count", method="GET", route="/videos") == 2
    assert value(told, f"{DURATION}_bucket", le="10.0", method="GET", route="/videos") == 2
    for private in (str(video["id"]), "a-video-key", "private-tag", "lily", "127.0.0.1"):
        assert private not in told


@pytest.mark.anyio
async def test_a_rate_limited_address_is_counted_without_a_route(
    database_urls: list[str], signing_key: SigningKey
):
    limit = {"CORE_RATE_LIMIT_ADDRESS": "1/day"}
    async with measured(database_urls[0], signing_key, **limit) as (service, read):
        for _ in range(4):
            await service.client().get("/videos")
        assert value(read(), REQUESTS, method="GET", route="none", status="429") == 3


POOL = "core_database_pool_"


def pool_of(told: str) -> dict[str, int]:
    found = re.findall(rf"^{POOL}(\w+) (\S+)$", told, re.MULTILINE)
    return {name: int(float(number)) for name, number in found}


@pytest.mark.anyio
async def test_the_pool_s_connections_and_the_waiting_requests_are_shown(
    database_urls: list[str], signing_key: SigningKey
):
    small = {"CORE_DATABASE_POOL_SIZE": "2"}
    async with measured(database_urls[1], signing_key, **small) as (service, read):
        lily, database = service.person("lily"), service.app.state.database
        await save(lily, "a-video-key")
        assert pool_of(await asyncio.to_thread(read)) == {"size": 2, "in_use": 0, "waiting": 0}
        async with database.read(1), database.read(2):
            lists = [asyncio.create_task(lily.get("/videos")) for _ in range(3)]
            await asyncio.wait(lists, timeout=0.2)
            busy = pool_of(await asyncio.to_thread(read))
        answers = await asyncio.gather(*lists)
        assert [answer.status_code for answer in answers] == [200] * 3
        assert busy == {"size": 2, "in_use": 2, "waiting": 3}
        assert pool_of(await asyncio.to_thread(read))["waiting"] == 0


@pytest.mark.anyio
async def test_sqlite_has_no_pool_to_show(database_urls: list[str], signing_key: SigningKey):
    async with measured(database_urls[0], signing_key) as (_, read):
        assert pool_of(read()) == {}


def test_a_server_counts_what_it_logs(
    new_database_url: Callable[[str], str], signing_key: SigningKey, tmp_path: Path
):
    port = free_port()
    settings = environ_for(new_database_url("sqlite"), signing_key, CORE_METRICS_PORT=str(port))
    with run_server(tmp_path, "serve", **settings) as server:
        for _ in range(3):
            httpx.get(f"{server.url}/videos", headers={"Authorization": "Bearer x"})
        told = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        assert httpx.get(f"{server.url}/metrics").status_code == 404
    assert value(told, "core_log_events_total", event="token_refused", level="info") == 3
    assert value(told, "core_log_events_total", event="trash_purged", level="info") == 1
    assert "process_resident_memory_bytes" in told


def test_each_worker_has_its_own_metrics_port(
    new_database_url: Callable[[str], str], signing_key: SigningKey, tmp_path: Path
):
    port = free_port(in_a_row=2)
    settings = environ_for(new_database_url("sqlite"), signing_key, CORE_METRICS_PORT=str(port))
    with run_server(tmp_path, "serve", **settings, CORE_WORKERS="2") as server:
        for each in (port, port + 1):
            wait_for_line(server, f"port={each}")
        for _ in range(40):
            httpx.get(f"{server.url}/health/ready")
        told = [httpx.get(f"http://127.0.0.1:{each}/metrics").text for each in (port, port + 1)]
    labels = {"method": "GET", "route": "/health/ready", "status": "200"}
    assert sum(value(each, REQUESTS, **labels) for each in told) == 40


def wait_for_line(server: Server, text: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while text not in server.log.read_text() and time.monotonic() < deadline:
        time.sleep(0.02)


def test_serve_refuses_a_port_that_is_taken(
    new_database_url: Callable[[str], str], signing_key: SigningKey, tmp_path: Path
):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        settings = environ_for(new_database_url("sqlite"), signing_key, CORE_METRICS_PORT=port)
        with (
            pytest.raises(AssertionError, match=f"CORE_METRICS_PORT: port {port} can't be used"),
            run_server(tmp_path, "serve", **settings),
        ):
            pass


@pytest.mark.anyio
async def test_a_service_whose_metrics_port_is_taken_serves_requests(
    database_urls: list[str], signing_key: SigningKey, monkeypatch: pytest.MonkeyPatch
):
    log = LogCapture()
    monkeypatch.setattr(metrics, "log", wrap_logger(None, [log], wrapper_class=BoundLogger))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        async with run_service(database_urls[0], signing_key, CORE_METRICS_PORT=port) as service:
            assert (await service.person("lily").get("/videos")).status_code == 200
    assert [entry["event"] for entry in log.entries] == ["metrics_not_served"]


@pytest.mark.anyio
async def test_disabled_metrics_are_not_served(database_urls: list[str], signing_key: SigningKey):
    before = list(logs.listeners)
    async with run_service(database_urls[0], signing_key) as service:
        assert service.app.state.metrics is None
        assert logs.listeners == before
        names = [getattr(each.cls, "__name__", "") for each in service.app.user_middleware]
    assert "RequestMetrics" not in names


def test_metrics_listen_on_loopback_by_default(signing_key: SigningKey):
    settings = settings_for("sqlite:///unused.db", signing_key, CORE_METRICS_PORT="9100")
    assert settings.CORE_METRICS_HOST == "127.0.0.1"
    assert create_app(settings).state.metrics


@pytest.mark.anyio
async def test_a_closed_service_closes_the_metrics_port(
    database_urls: list[str], signing_key: SigningKey
):
    async with measured(database_urls[0], signing_key) as (_, read):
        assert "core_info" in read()
    with pytest.raises(httpx.ConnectError):
        read()


def test_every_logged_event_is_a_constant_so_that_labels_stay_few():
    for path in (ROOT / "core").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log."):
                event = node.args[0]
                assert isinstance(event, ast.Constant), f"{path.name}: {ast.unparse(node)}"
                assert re.fullmatch("[a-z_]+", str(event.value)), event.value
