"""The public routes, and answers from outside the routes."""

import re
import time
from datetime import datetime

import pytest

from core import __version__
from core.api import health
from tests.support.citus import stand_in
from tests.support.databases import NewDatabaseUrl, execute_as_superuser
from tests.support.factories import PROBLEM_FIELDS, Service, run_service
from tests.support.tokens import SigningKey

pytestmark = pytest.mark.anyio


async def test_health_is_public_and_exact(service: Service):
    answer = await service.client().get("/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "service": "core", "version": __version__}


async def test_ready_reports_one_status_word_for_each_part(service: Service):
    answer = await service.client().get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "migrations": "ok", "signing_keys": "ok"}


async def test_ready_reports_an_outdated_schema(tmp_path, signing_key):
    async with run_service(f"sqlite:///{tmp_path}/empty.db", signing_key) as service:
        answer = await service.client().get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"database": "ok", "migrations": "outdated", "signing_keys": "ok"}


@pytest.fixture
def postgresql_url(new_database_url: NewDatabaseUrl) -> str:
    return new_database_url("postgresql")


@pytest.mark.parametrize(
    ("servers", "word"),
    [
        ("VALUES (1, true, '1'), (2, true, '1')", "ok"),
        ("VALUES (1, true, '1'), (2, false, 'connection refused')", "degraded"),
        ("SELECT 1, true, pg_sleep(60)::text", "degraded"),
    ],
)
async def test_ready_reports_a_lost_server_of_a_cluster_and_stays_200(
    postgresql_url: str,
    signing_key: SigningKey,
    monkeypatch: pytest.MonkeyPatch,
    servers: str,
    word: str,
):
    monkeypatch.setattr(health, "_PATIENCE_S", 0.5)
    await execute_as_superuser(postgresql_url, stand_in(servers))
    async with run_service(postgresql_url, signing_key) as service:
        answer = await service.client().get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {"database": word, "migrations": "ok", "signing_keys": "ok"}


async def test_timer_gives_one_utc_moment_in_both_fields(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    before = time.time()
    answer = (await service.client().get("/timer")).json()
    after = time.time()
    monkeypatch.undo()
    time.tzset()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", answer["timestamp"])
    moment = datetime.fromisoformat(answer["timestamp"]).timestamp()
    assert before - 0.001 <= moment <= after
    assert answer["unix"] == int(moment)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/health"),
        ("GET", "/health/ready"),
        ("GET", "/timer"),
        ("GET", "/config.json"),
        ("POST", "/webhooks/clerk"),
    ],
)
async def test_a_parameter_that_a_load_balancer_adds_changes_nothing(
    service: Service, method: str, path: str
):
    plain = await service.client().request(method, path)
    added = await service.client().request(method, path, params={"probe": "1"})
    assert added.status_code == plain.status_code
    assert added.json().keys() == plain.json().keys()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("PUT", "/videos", 405), ("DELETE", "/health", 405)],
)
async def test_the_framework_s_own_errors_are_problems(
    service: Service, method: str, path: str, status: int
):
    answer = await service.client().request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) == PROBLEM_FIELDS
    if status == 405:
        assert answer.headers["allow"] == ("GET, HEAD, POST" if path == "/videos" else "GET, HEAD")


async def test_a_500_never_says_what_broke(service: Service, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise RuntimeError("a secret value")

    monkeypatch.setattr(service.app.state.database, "read", fail)
    answer = await service.person("lily").get("/videos/1")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text


PUBLIC = {"/health", "/health/ready", "/timer", "/config.json", "/webhooks/clerk"}
"""Routes without a token; Clerk signs its webhooks in another way."""


async def test_every_answer_and_every_problem_is_declared(service: Service):
    described = (await service.client().get("/openapi.json")).json()
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            statuses = set(operation["responses"])
            public = path in PUBLIC
            assert public or {"401", "403", "422", "500", "503"} <= statuses, (method, path)
            assert operation.get("security") == (None if public else [{"clerk": []}])
            if path in {"/health", "/health/ready", "/timer", "/config.json"}:
                continue  # these routes answer no problem of their own
            for status in statuses - {"200", "201", "202", "204", "304"}:
                content = operation["responses"][status]["content"]
                assert "detail" in content["application/problem+json"]["schema"]["properties"]
    parameters = described["paths"]["/videos"]["get"]["parameters"]
    names = [parameter["name"] for parameter in parameters]
    assert names == [
        "tags", "match", "q", "availability", "without", "untagged", "minutes_max",
        "not_done_since", "sort", "deleted", "limit", "cursor",
    ]  # fmt: skip
