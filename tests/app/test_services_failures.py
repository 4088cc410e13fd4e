"""Every failure becomes a sentence for the user, also responses that no real server sends."""

import asyncio
import gzip
import json
from contextlib import closing
from functools import partial
from typing import Any

import pytest

from app import responses
from app.errors import Failed, Offline, Refused, ServerError
from app.services import api as api_module
from app.services import http, open_client
from tests.support.app.devices import Device, StandIn, reply
from tests.support.servers import free_port

pytestmark = pytest.mark.anyio

PROBLEM = {"Content_Type": "application/problem+json"}
ZEROS = gzip.compress(bytes(40 * 2**20))
UNREADABLE = "Core sent a response that this app can't read"
EMPTY: dict[str, Any] = {"videos": [], "gone": {"videos": []}, "revision": 1, "next_cursor": None}
NO_VIDEO = EMPTY | {"videos": [{"id": 1}]}
CUT_OFF = reply("{}", Content_Length="1000")
BROKEN_GZIP = reply(b"no gzip", Content_Encoding="gzip")


@pytest.fixture
async def rerouted(device: Device, stand_in: StandIn) -> Device:
    """A signed-in device whose app uses the stand-in as Core."""
    await device.sign_in()
    device.open(api_url=stand_in.url)
    await device.auth.restore()
    return device


def reply_to_all(stand_in: StandIn, answer: bytes | None) -> None:
    for path in ("/changes", "/videos", "/videos/1", "/videos/batch"):
        stand_in.replies[path] = answer


async def failures_of(device: Device) -> list[Failed]:
    """Call every method that sends a request; return their failures."""
    api, failures = device.api, []
    actions = (
        api.read_changes,
        partial(api.save_video, "https://youtu.be/dQw4w9WgXcQ"),
        partial(api.update_video, 1, title="x"),
        partial(api.change_videos, "restore", [1]),
    )
    for action in actions:
        with pytest.raises(Failed) as failed:
            await action()
        failures.append(failed.value)
    return failures


@pytest.mark.parametrize(
    ("answer", "kind", "sentence"),
    [
        (reply("<html>Log in to the hotel", Content_Type="text/html"), Failed, UNREADABLE),
        (reply(""), Failed, UNREADABLE),
        (reply("[]"), Failed, UNREADABLE),
        (reply("{"), Failed, UNREADABLE),
        (reply(b"\xff\xfe\xff"), Failed, UNREADABLE),
        (reply("[" * 100_000), Failed, UNREADABLE),
        (reply('{"id": ' + "9" * 5_000 + "}"), Failed, UNREADABLE),
        (reply(NO_VIDEO), Failed, UNREADABLE),
        (reply({"videos": [None], "id": 1}), Failed, UNREADABLE),
        (reply({"videos": 5}), Failed, UNREADABLE),
        (reply({"videos": None}), Failed, UNREADABLE),
        (reply("", 204), Failed, UNREADABLE),
        (reply("", 304), Failed, UNREADABLE),
        (reply(EMPTY | {"gone": {"videos": ["x"]}}), Failed, UNREADABLE),
        (reply(EMPTY | {"revision": None}), Failed, UNREADABLE),
        (reply("not here", 404), Failed, UNREADABLE),
        (reply("", 302, Location="http://127.0.0.1:1/"), Failed, UNREADABLE),
        (reply("", 999), Offline, "^Server error"),
        (reply("<html>Bad gateway", 502), Offline, "^Server error"),
        (reply("boom", 500), ServerError, "^Server error"),
        (reply("", 429, Retry_After="30"), Offline, "Wait 30 seconds."),
        (reply("", 429, Retry_After="Wed, 21 Oct 2026 07:28:00 GMT"), Offline, "Wait a minute."),
        (reply("", 429), Offline, "^Too many requests. Wait a minute.$"),
        (reply({"detail": "It rests."}, 503, **PROBLEM), Offline, "^Server error"),
        (reply({"detail": "x" * 9_999}, 403, **PROBLEM), Refused, f"^x{{{responses.MAX_DETAIL}}}$"),
        (reply({"detail": {"a": 1}}, 422, **PROBLEM), Failed, UNREADABLE),
        (reply("<html>", 422, **PROBLEM), Failed, UNREADABLE),
        (CUT_OFF, Offline, "can't be reached"),
        (BROKEN_GZIP, Offline, "can't be reached"),
        (reply(ZEROS, Content_Encoding="gzip"), Failed, "more data than this app accepts"),
        (b"SSH-2.0-OpenSSH_9.9\r\n", Offline, "can't be reached"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000 + b"\r\n", Offline, "can't be reached"),
        (b"", Offline, "can't be reached"),
    ],
)
async def test_every_unusable_response_becomes_a_sentence(
    rerouted: Device, stand_in: StandIn, answer: bytes, kind: type[Failed], sentence: str
):
    reply_to_all(stand_in, answer)
    for failure in await failures_of(rerouted):
        assert type(failure) is kind
        with pytest.raises(Failed, match=sentence):
            raise failure
    assert rerouted.auth.person, "a server error does not sign the user out"
    assert rerouted.files == []


async def test_a_request_without_a_response_times_out(
    rerouted: Device, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
):
    assert (http.CONNECT_TIME_S, http.RESPONSE_TIME_S) == (5, 20)
    monkeypatch.setattr(http, "RESPONSE_TIME_S", 0.1)
    reply_to_all(stand_in, None)
    for failure in await failures_of(rerouted):
        assert isinstance(failure, Offline)
        assert str(failure) == "Core did not respond in time. Try again in a minute."


@pytest.mark.parametrize(
    "api_url", ["http://127.0.0.1:{}", "https://core.invalid:{}", "https://127.0.0.1:{}"]
)
async def test_an_unreachable_server_is_offline(device: Device, api_url: str):
    await device.sign_in()
    device.open(api_url=api_url.format(free_port()))
    await device.auth.restore()
    for failure in await failures_of(device):
        assert str(failure) == "Core can't be reached. Check your connection."
        assert isinstance(failure, Offline)


async def serve_plain_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with closing(writer):
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def test_an_insecure_connection_is_not_used(device: Device):
    await device.sign_in()
    port = free_port()
    device.open(api_url=f"https://127.0.0.1:{port}")
    await device.auth.restore()
    async with await asyncio.start_server(serve_plain_http, "127.0.0.1", port):
        for failure in await failures_of(device):
            assert str(failure) == "Core can't be reached over a secure connection."


async def test_a_redirect_is_not_followed(rerouted: Device, stand_in: StandIn):
    async with StandIn() as elsewhere:
        for status in (301, 302, 303, 307, 308):
            reply_to_all(stand_in, reply("", status, Location=f"{elsewhere.url}/changes"))
            await failures_of(rerouted)
        assert elsewhere.requests == []


async def test_endless_pagination_is_an_error(rerouted: Device, stand_in: StandIn):
    stand_in.replies["/changes"] = reply(EMPTY | {"next_cursor": "again"})
    with pytest.raises(Failed, match="too large for this app"):
        await rerouted.api.read_changes()
    assert len(stand_in.requests) == api_module.MAX_PAGES


@pytest.mark.parametrize("cursor", [5, ["a", "b"], {"a": "b"}, True, "\ud800", "a&limit=1", "\r\n"])
async def test_a_malformed_cursor_is_handled(rerouted: Device, stand_in: StandIn, cursor: Any):
    def answer(request: bytes) -> bytes:
        first = b"/changes?since=0 HTTP" in request
        return reply(EMPTY | {"next_cursor": cursor if first else None})

    stand_in.replies["/changes"] = answer
    try:
        await rerouted.api.read_changes()
    except Failed:
        assert len(stand_in.requests) == 1
    assert all(b"limit=1 " not in request for request in stand_in.requests)


@pytest.mark.parametrize("etag", ["\xe9", "", '"a" x', "\\"])
async def test_a_malformed_etag_is_ignored(rerouted: Device, stand_in: StandIn, etag: str):
    content = json.dumps(EMPTY)
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\nETag: {etag}\r\n\r\n"
    stand_in.replies["/changes"] = (head + content).encode("latin-1")
    read = await rerouted.api.read_changes()
    assert read
    assert await rerouted.api.read_changes(read.revision, read.etag)
    assert not any(b"if-none-match" in request.lower() for request in stand_in.requests)


async def test_a_text_that_can_t_be_encoded_is_an_error(rerouted: Device):
    with pytest.raises(Failed, match="Core can't accept some of these characters"):
        await rerouted.api.save_video("half a letter: \ud800")


async def test_the_client_stores_no_cookies(stand_in: StandIn):
    """All tabs of a development server share one client."""
    stand_in.replies["/"] = reply("{}", Set_Cookie="who=lily; Path=/")
    async with open_client() as client:
        for _ in range(2):
            await client.get(f"{stand_in.url}/")
    assert not any(b"cookie" in request.lower() for request in stand_in.requests)


async def test_requests_to_loopback_bypass_the_environments_proxy(
    stand_in: StandIn, device: Device, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HTTP_PROXY", stand_in.url)
    monkeypatch.setenv("NO_PROXY", "")
    device.client = open_client()
    device.open()
    await device.sign_in()
    assert await device.api.read_changes()
    assert stand_in.requests == []
