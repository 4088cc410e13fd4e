"""Whatever comes back ends in a sentence: servers that say what the real ones never do."""

import asyncio
import gzip
import json
from functools import partial
from typing import Any

import pytest

from app import answers, services
from app.errors import Failed, Offline, Refused
from app.services import open_client
from tests.app.devices import Device, StandIn, reply
from tests.servers import free_port

pytestmark = pytest.mark.anyio

PROBLEM = {"Content_Type": "application/problem+json"}
ZEROS = gzip.compress(bytes(40 * 2**20))
NOT_UNDERSTOOD = "does not understand"
NO_VIDEO = {"videos": [{"id": 1}], "count": 1, "next_cursor": None}
CUT_OFF = reply("{}", Content_Length="1000")
BROKEN_GZIP = reply(b"no gzip", Content_Encoding="gzip")


@pytest.fixture
async def astray(device: Device, stand_in: StandIn) -> Device:
    """A device of somebody who is signed in, whose app takes the stand-in for Core."""
    await device.sign_in()
    device.open(api_url=stand_in.url)
    await device.auth.restore()
    return device


def everything_answers(stand_in: StandIn, answer: bytes | None) -> None:
    for path in ("/videos", "/videos/1", "/videos/1/restore"):
        stand_in.replies[path] = answer


async def fail(device: Device) -> list[Failed]:
    """Do everything that there is to do; return how each of it failed."""
    api, failures = device.api, []
    actions = (
        api.list_videos,
        partial(api.save_video, "https://youtu.be/dQw4w9WgXcQ"),
        partial(api.update_video, 1, title="x"),
        partial(api.restore_video, 1),
    )
    for action in actions:
        with pytest.raises(Failed) as failed:
            await action()
        failures.append(failed.value)
    return failures


@pytest.mark.parametrize(
    ("answer", "kind", "sentence"),
    [
        (reply("<html>Log in to the hotel", Content_Type="text/html"), Failed, NOT_UNDERSTOOD),
        (reply(""), Failed, NOT_UNDERSTOOD),
        (reply("[]"), Failed, NOT_UNDERSTOOD),
        (reply("{"), Failed, NOT_UNDERSTOOD),
        (reply(b"\xff\xfe\xff"), Failed, NOT_UNDERSTOOD),
        (reply("[" * 100_000), Failed, NOT_UNDERSTOOD),
        (reply('{"id": ' + "9" * 5_000 + "}"), Failed, NOT_UNDERSTOOD),
        (reply(NO_VIDEO), Failed, NOT_UNDERSTOOD),
        (reply({"videos": [None], "id": 1}), Failed, NOT_UNDERSTOOD),
        (reply({"videos": 5}), Failed, NOT_UNDERSTOOD),
        (reply({"videos": None}), Failed, NOT_UNDERSTOOD),
        (reply("", 204), Failed, NOT_UNDERSTOOD),
        (reply("", 304), Failed, NOT_UNDERSTOOD),
        (reply("not here", 404), Failed, NOT_UNDERSTOOD),
        (reply("", 302, Location="http://127.0.0.1:1/"), Failed, NOT_UNDERSTOOD),
        (reply("", 999), Offline, "can't answer just now"),
        (reply("<html>Bad gateway", 502), Offline, "can't answer just now"),
        (reply("boom", 500), Offline, "can't answer just now"),
        (reply("", 429, Retry_After="30"), Offline, "Try again in 30 seconds."),
        (reply("", 429, Retry_After="Wed, 21 Oct 2026 07:28:00 GMT"), Offline, "again later."),
        (reply("", 429), Offline, "Core was asked too often. Try again later."),
        (reply({"detail": "It rests."}, 503, **PROBLEM), Refused, "^It rests.$"),
        (reply({"detail": "x" * 9_999}, 403, **PROBLEM), Refused, f"^x{{{answers.MAX_DETAIL}}}$"),
        (reply({"detail": {"a": 1}}, 422, **PROBLEM), Failed, NOT_UNDERSTOOD),
        (reply("<html>", 422, **PROBLEM), Failed, NOT_UNDERSTOOD),
        (CUT_OFF, Offline, "can't be reached"),
        (BROKEN_GZIP, Offline, "can't be reached"),
        (reply(ZEROS, Content_Encoding="gzip"), Failed, "more than this app can take"),
        (b"SSH-2.0-OpenSSH_9.9\r\n", Offline, "can't be reached"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000 + b"\r\n", Offline, "can't be reached"),
        (b"", Offline, "can't be reached"),
    ],
)
async def test_every_answer_ends_in_a_sentence(
    astray: Device, stand_in: StandIn, answer: bytes, kind: type[Failed], sentence: str
):
    everything_answers(stand_in, answer)
    for failure in await fail(astray):
        assert type(failure) is kind
        with pytest.raises(Failed, match=sentence):
            raise failure
    assert astray.auth.person, "nobody is signed out for somebody else's fault"
    assert astray.files == []


async def test_silence_ends(astray: Device, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch):
    assert (services.CONNECT_TIME_S, services.ANSWER_TIME_S) == (5, 20)
    monkeypatch.setattr(services, "ANSWER_TIME_S", 0.1)
    everything_answers(stand_in, None)
    for failure in await fail(astray):
        assert isinstance(failure, Offline)
        assert str(failure) == "Core did not answer in time. Try again in a minute."


@pytest.mark.parametrize(
    "api_url", ["http://127.0.0.1:{}", "https://core.invalid:{}", "https://127.0.0.1:{}"]
)
async def test_nobody_there_is_offline(device: Device, api_url: str):
    await device.sign_in()
    device.open(api_url=api_url.format(free_port()))
    await device.auth.restore()
    for failure in await fail(device):
        assert str(failure) == "Core can't be reached. Are you connected?"
        assert isinstance(failure, Offline)


async def speak_plainly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    writer.close()


async def test_a_connection_that_is_not_secure_is_not_used(device: Device):
    await device.sign_in()
    port = free_port()
    device.open(api_url=f"https://127.0.0.1:{port}")
    await device.auth.restore()
    async with await asyncio.start_server(speak_plainly, "127.0.0.1", port):
        for failure in await fail(device):
            assert str(failure) == "The connection to Core is not secure, so it was not used."


async def test_a_redirect_is_not_followed(astray: Device, stand_in: StandIn):
    async with StandIn() as elsewhere:
        for status in (301, 302, 303, 307, 308):
            everything_answers(stand_in, reply("", status, Location=f"{elsewhere.url}/videos"))
            await fail(astray)
        assert elsewhere.requests == []


async def test_a_list_that_never_ends_is_left(astray: Device, stand_in: StandIn):
    stand_in.replies["/videos"] = reply({"videos": [], "next_cursor": "again"})
    with pytest.raises(Failed, match="larger than the app can show"):
        await astray.api.list_videos()
    assert len(stand_in.requests) == services.MAX_PAGES


@pytest.mark.parametrize("cursor", [5, ["a", "b"], {"a": "b"}, True, "\ud800", "a&limit=1", "\r\n"])
async def test_a_strange_cursor_breaks_nothing(astray: Device, stand_in: StandIn, cursor: Any):
    def answer(request: bytes) -> bytes:
        first = b"/videos HTTP" in request
        return reply({"videos": [], "next_cursor": cursor if first else None})

    stand_in.replies["/videos"] = answer
    try:
        await astray.api.list_videos()
    except Failed:
        assert len(stand_in.requests) == 1
    assert all(b"limit=1 " not in request for request in stand_in.requests)


@pytest.mark.parametrize("etag", ["\xe9", "", '"a" x', "\\"])
async def test_a_strange_etag_breaks_nothing(astray: Device, stand_in: StandIn, etag: str):
    content = json.dumps({"videos": [], "next_cursor": None})
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\nETag: {etag}\r\n\r\n"
    stand_in.replies["/videos"] = (head + content).encode("latin-1")
    assert await astray.api.list_videos() == ()
    assert await astray.api.list_videos() == ()


async def test_a_text_that_can_not_be_sent_is_told(astray: Device):
    with pytest.raises(Failed, match="letters that can't be sent to Core"):
        await astray.api.save_video("half a letter: \ud800")


async def test_nobody_s_cookies_are_kept(stand_in: StandIn):
    """All tabs of a development server share one client."""
    stand_in.replies["/"] = reply("{}", Set_Cookie="who=lily; Path=/")
    async with open_client() as client:
        for _ in range(2):
            await client.get(f"{stand_in.url}/")
    assert not any(b"cookie" in request.lower() for request in stand_in.requests)


async def test_a_proxy_of_the_environment_does_not_read_what_is_for_this_machine(
    stand_in: StandIn, device: Device, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HTTP_PROXY", stand_in.url)
    monkeypatch.setenv("NO_PROXY", "")
    device.client = open_client()
    device.open()
    await device.sign_in()
    assert await device.api.list_videos() is not None
    assert stand_in.requests == []
