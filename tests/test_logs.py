"""Log lines hold no token, link or name, also after a 500, and name the request."""

import io
import json
import logging
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import structlog

from core import logs
from core.api.http import problems
from tests.support.factories import ORIGIN, Service, environ_for, link, run_service, settings_for
from tests.support.servers import run_server
from tests.support.tokens import SigningKey

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["json", "console"])
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def lines(
    form: str,
    service: Service,  # noqa: ARG001  it configures the log too, so it must come first
    signing_key: SigningKey,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[io.StringIO]:
    """Return the standard error of a service with this configuration."""
    written = io.StringIO()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", written)
        patched.setattr(problems, "log", structlog.get_logger())
        logs.configure(settings_for("sqlite:///unused.db", signing_key, CORE_LOG_FORMAT=form))
        yield written
    logs.configure(settings_for("sqlite:///unused.db", signing_key))


async def test_a_500_is_logged_without_user_data(
    service: Service, form: str, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(service.app.state.database, "write", fail)
    lily = service.person("lily")
    answer = await lily.post("/videos", json={"url": link("private-key"), "tags": ["private"]})
    assert answer.status_code == 500
    told = lines.getvalue()
    assert "unexpected_error" in told
    assert "broken on purpose" in told
    for private in ("private", "Bearer", lily.headers["authorization"][7:40], "user_lily"):
        assert private not in told
    assert answer.headers["x-request-id"] in answer.json()["detail"]
    assert answer.headers["x-request-id"] in told
    if form == "json":
        line = json.loads(told.splitlines()[-1])
        assert line["event"] == "unexpected_error"
        assert line["request_id"] == answer.headers["x-request-id"]


async def test_every_response_has_its_own_request_id(service: Service):
    lily = service.person("lily")
    asked = [
        lily.get("/videos"),
        lily.get("/x"),
        lily.post("/videos"),
        service.client().get("/tags"),
    ]
    answers = [await answer for answer in asked]
    assert [answer.status_code for answer in answers] == [200, 404, 422, 401]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert len(set(ids)) == 4
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in ids)


async def id_given_back(
    service: Service, address: str, given: str = "0af7651916cd43dd-8448.eb_211c"
) -> str:
    """Return the id of the answer to a request with this address and id."""
    transport = httpx.ASGITransport(service.app, client=(address, 40000))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        answer = await client.get("/health", headers={"X-Request-ID": given})
    return str(answer.headers["x-request-id"])


async def test_a_valid_request_id_of_a_trusted_proxy_is_kept(
    database_urls: list[str], signing_key: SigningKey
):
    trusted = {"CORE_TRUSTED_PROXIES": "10.0.0.0/8"}
    async with run_service(database_urls[0], signing_key, **trusted) as service:
        kept = await id_given_back(service, "10.0.0.1")
        assert kept == "0af7651916cd43dd-8448.eb_211c"
        for rubbish in ("", "x" * 65, 'a"} {"event": "forged"', "a b"):
            assert re.fullmatch("[0-9a-f]{16}", await id_given_back(service, "10.0.0.1", rubbish))
        assert re.fullmatch("[0-9a-f]{16}", await id_given_back(service, "192.0.2.1"))


def test_log_lines_of_other_packages_have_the_same_format(
    form: str, signing_key: SigningKey, monkeypatch: pytest.MonkeyPatch
):
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    monkeypatch.setattr(logging.root, "handlers", [])
    logs.configure(settings_for("sqlite:///unused.db", signing_key, CORE_LOG_FORMAT=form))
    fault = RuntimeError("broken on purpose")
    logging.getLogger("another.package").error("it said %s", "so", exc_info=fault)
    assert "it said so" in written.getvalue()
    assert "broken on purpose" in written.getvalue()
    if form == "json":
        assert json.loads(written.getvalue())["level"] == "error"


def test_log_lines_name_only_the_request_that_caused_them(
    new_database_url: Callable[[str], str], signing_key: SigningKey, tmp_path: Path
):
    settings = environ_for(new_database_url("sqlite"), signing_key, CORE_LOG_FORMAT="json")
    with run_server(tmp_path, "serve", **settings) as server:
        asked = [httpx.get(f"{server.url}/videos", headers={"Authorization": "Bearer x"})]
        asked.append(httpx.get(f"{server.url}/videos", headers={"Authorization": "Basic x"}))
        lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    ids = [line.get("request_id") for line in lines if line["event"] == "token_refused"]
    assert ids == [answer.headers["x-request-id"] for answer in asked]
    purge = next(line for line in lines if line["event"] == "trash_purged")
    assert "request_id" not in purge
