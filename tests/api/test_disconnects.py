"""Bodies that arrive in pieces, and a client that disconnects, as a phone without network does."""

from typing import Any

import pytest
from structlog import BoundLogger, wrap_logger
from structlog.testing import LogCapture

from core.api.http import problems
from tests.support.factories import Service, import_file, link, list_keys

pytestmark = pytest.mark.anyio

HALF = b'{"url": "https://youtu.be/'
PIECE = {"type": "http.request", "body": HALF, "more_body": True}


async def post(service: Service, path: str, kind: str, came: list[dict[str, Any]]) -> list[Any]:
    """Send these messages of a body as Lily; return the messages of the answer."""
    token = service.person("lily").headers["Authorization"].encode()
    length = (b"content-length", b"%d" % (2 * len(HALF)))
    headers = [(b"authorization", token), (b"content-type", kind.encode()), length]
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode()}
    scope |= {"query_string": b"", "headers": headers, "client": ("127.0.0.1", 1)}
    scope |= {"server": ("127.0.0.1", 8000), "scheme": "http", "http_version": "1.1"}
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
async def test_a_client_that_disconnects_during_a_request_logs_no_error_and_stores_nothing(
    own_service: Service, path: str, kind: str, monkeypatch: pytest.MonkeyPatch
):
    capture = LogCapture()
    monkeypatch.setattr(problems, "log", wrap_logger(None, [capture], wrapper_class=BoundLogger))
    answered = await post(own_service, path, kind, [PIECE, {"type": "http.disconnect"}])
    assert answered[0]["status"] in {400, 422}  # without an answer the metrics count a 500
    assert capture.entries == []
    assert own_service.app.state.spool.waiting() == []
    lily = own_service.person("lily")
    assert await list_keys(lily) == []
    report = await import_file(lily, link("after-that1").encode())
    assert report["imported"] == 1


async def test_a_body_that_arrives_in_pieces_is_saved(own_service: Service):
    ending = b'in-pieces-1"}'.ljust(len(HALF))
    rest = {"type": "http.request", "body": ending, "more_body": False}
    answered = await post(own_service, "/videos", "application/json", [PIECE, rest])
    assert answered[0]["status"] == 201
    assert await list_keys(own_service.person("lily")) == ["in-pieces-1"]


async def test_a_valid_body_is_not_saved_when_the_client_disconnects_before_its_end(
    own_service: Service,
):
    valid = PIECE | {"body": HALF + b'cut-short-1"}'}
    gone = {"type": "http.disconnect"}
    answered = await post(own_service, "/videos", "application/json", [valid, gone])
    assert answered[0]["status"] == 400
    assert await list_keys(own_service.person("lily")) == []
