"""Log lines hold no token, link or name, not even when something broke."""

import io
import json
import sys
from collections.abc import Iterator

import pytest
import structlog

from core import errors, logs
from tests.factories import Service, link, settings_for
from tests.tokens import SigningKey

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
    """What a service that is configured so writes to standard error."""
    written = io.StringIO()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", written)
        patched.setattr(errors, "log", structlog.get_logger())
        logs.configure(settings_for("sqlite:///unused.db", signing_key, CORE_LOG_FORMAT=form))
        yield written
    logs.configure(settings_for("sqlite:///unused.db", signing_key))


async def test_a_fault_is_logged_without_what_the_person_sent(
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
    if form == "json":
        assert json.loads(told.splitlines()[-1])["event"] == "unexpected_error"
