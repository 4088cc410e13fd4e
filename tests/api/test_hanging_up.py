"""Somebody whose phone loses its network amid a request: their trouble, and no fault of ours."""

from typing import Any

import pytest
from structlog import BoundLogger, wrap_logger
from structlog.testing import LogCapture

from core.api import problems
from tests.factories import Service, import_file, link, list_keys

pytestmark = pytest.mark.anyio

HALF = b'{"url": "https://youtu.be/'


async def hang_up(service: Service, path: str, kind: str) -> list[Any]:
    """Send half a body as Lily and hang up; return what was answered."""
    token = service.person("lily").headers["Authorization"].encode()
    length = (b"content-length", b"%d" % (2 * len(HALF)))
    headers = [(b"authorization", token), (b"content-type", kind.encode()), length]
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode()}
    scope |= {"query_string": b"", "headers": headers, "client": ("127.0.0.1", 1)}
    scope |= {"server": ("127.0.0.1", 8000), "scheme": "http", "http_version": "1.1"}
    came = [
        {"type": "http.request", "body": HALF, "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        return came.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    await service.app(scope, receive, send)
    return sent


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/videos", "application/json"),
        ("/videos/batch", "application/json"),
        ("/imports", "application/octet-stream"),
        ("/imports", "multipart/form-data; boundary=x"),
    ],
)
async def test_who_hangs_up_amid_a_request_wakes_nobody_and_leaves_nothing(
    service: Service, path: str, kind: str, monkeypatch: pytest.MonkeyPatch
):
    capture = LogCapture()
    monkeypatch.setattr(problems, "log", wrap_logger(None, [capture], wrapper_class=BoundLogger))
    told = await hang_up(service, path, kind)
    assert told[0]["status"] in {400, 422}  # without an answer the metrics count a 500
    assert capture.entries == []
    assert service.app.state.spool.waiting() == []
    lily = service.person("lily")
    assert await list_keys(lily) == []
    report = await import_file(lily, link("after-that-1").encode())
    assert report["imported"] == 1
