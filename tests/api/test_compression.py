"""Large answers are compressed for clients that accept gzip, and other users don't wait for it."""

import asyncio
import gzip
import json
import threading
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.types import Message

from core.api.middleware import compression
from core.api.middleware.compression import LEAST_BYTES, Compression
from core.services import exports
from tests.support.factories import Service, import_file

pytestmark = pytest.mark.anyio

VIDEOS = 120
"""More than an export has in one piece; their list takes 40 KB."""
TEXT = [(b"content-type", b"text/csv")]
ACCEPTS_GZIP: dict[str, Any] = {
    "type": "http",
    "headers": [(b"accept-encoding", b"gzip, deflate, br")],
}


async def fill(person: httpx.AsyncClient) -> None:
    videos = [
        {"url": f"https://youtu.be/large-{number:05}", "title": f"Title {number}", "tags": ["a"]}
        for number in range(VIDEOS)
    ]
    report = await import_file(person, json.dumps(videos).encode(), format="json")
    assert report["imported"] == VIDEOS


async def read(
    person: httpx.AsyncClient, path: str, accept_encoding: str = "gzip", **headers: str
) -> tuple[httpx.Response, bytes]:
    """Return the response and its body as it was sent."""
    headers = {"Accept-Encoding": accept_encoding, **headers}
    async with person.stream("GET", path, headers=headers) as answer:
        return answer, b"".join([piece async for piece in answer.aiter_raw()])


@pytest.mark.parametrize("accept", ["gzip", "GZIP", "br;q=1, gzip;q=0.5", "*", "identity;q=0,gzip"])
async def test_a_large_list_is_compressed_for_a_client_that_accepts_it(
    service: Service, accept: str
):
    lily = service.person("lily")
    await fill(lily)
    plain, text = await read(lily, "/videos", "identity")
    answer, sent = await read(lily, "/videos", accept)
    assert gzip.decompress(sent) == text
    assert len(sent) < len(text) / 5
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-length"] == str(len(sent))
    assert answer.headers["vary"] == plain.headers["vary"] == "Authorization, Accept-Encoding"
    assert answer.headers["content-type"] == plain.headers["content-type"]


@pytest.mark.parametrize(
    "accept",
    ["", "identity", "br", "gzip;q=0", "gzip; q=0.000", "*;q=0", "*, gzip;q=0", "gzip," * 200],
)
async def test_a_client_that_does_not_accept_gzip_gets_the_text(service: Service, accept: str):
    lily = service.person("lily")
    await fill(lily)
    answer, sent = await read(lily, "/videos", accept)
    assert "content-encoding" not in answer.headers
    assert len(json.loads(sent)["videos"]) == VIDEOS


async def test_a_small_answer_is_sent_uncompressed(service: Service):
    lily = service.person("lily")
    await fill(lily)
    answer, sent = await read(lily, "/videos?limit=10")
    assert "content-encoding" not in answer.headers
    assert 3_000 < len(sent) < LEAST_BYTES


async def test_a_public_document_varies_by_the_coding(service: Service):
    answer, sent = await read(service.client(), "/openapi.json")
    assert gzip.decompress(sent).startswith(b'{"openapi"')
    assert (answer.headers["content-encoding"], answer.headers["vary"]) == (
        "gzip",
        "Accept-Encoding",
    )


async def test_the_headers_of_head_are_those_of_get(service: Service):
    lily = service.person("lily")
    await fill(lily)
    answers = [await lily.request(method, "/videos") for method in ("GET", "HEAD")]
    for name in ("content-encoding", "content-length", "etag", "vary"):
        assert answers[0].headers[name] == answers[1].headers[name]


# ----------------------------------------------------------------------------- ETags


async def test_each_coding_has_its_own_strong_etag_and_each_is_answered_304(service: Service):
    lily = service.person("lily")
    await fill(lily)
    tags = [
        (await read(lily, "/videos", coding))[0].headers["etag"] for coding in ("gzip", "identity")
    ]
    assert len(set(tags)) == 2
    for tag in tags:
        assert tag.startswith('"')
        for given in (tag, f"W/{tag}", f'"other", {tag}'):
            answer, sent = await read(lily, "/videos", **{"If-None-Match": given})
            assert (answer.status_code, sent) == (304, b"")
            assert answer.headers["etag"] == tag
            assert answer.headers["vary"] == "Authorization, Accept-Encoding"


@pytest.mark.parametrize("suffix", ["-gzip", "-br", "-zstd"])
async def test_if_match_accepts_the_etag_of_a_compressed_answer(service: Service, suffix: str):
    lily = service.person("lily")
    await fill(lily)
    listed = await lily.get("/videos")
    assert listed.headers["content-encoding"] == "gzip"
    seen = listed.headers["etag"].replace("-gzip", suffix)
    path = f"/videos/{listed.json()['videos'][0]['id']}"
    for expected in (200, 412):  # the second comes after a change
        answer = await lily.patch(
            path, json={"title": f"At {expected}"}, headers={"If-Match": seen}
        )
        assert answer.status_code == expected


@pytest.mark.parametrize("suffix", ["-", "-gzi", "-gzip-gzip", "gzip", "-deflate"])
async def test_an_etag_with_another_suffix_matches_nothing(service: Service, suffix: str):
    lily = service.person("lily")
    await fill(lily)
    listed = await lily.get("/videos")
    tag = listed.headers["etag"].replace("-gzip", suffix)
    assert (await lily.get("/videos", headers={"If-None-Match": tag})).status_code == 200
    path = f"/videos/{listed.json()['videos'][0]['id']}"
    answer = await lily.patch(path, json={"title": "x"}, headers={"If-Match": tag})
    assert answer.status_code == 412


# --------------------------------------------------------------------------- streams


@pytest.mark.parametrize("kind", ["json", "csv", "html"])
async def test_an_export_is_compressed_while_it_is_written(service: Service, kind: str):
    assert exports.PAGE < VIDEOS
    lily = service.person("lily")
    await fill(lily)
    _, text = await read(lily, f"/exports?format={kind}", "identity")
    answer, sent = await read(lily, f"/exports?format={kind}")
    assert gzip.decompress(sent) == text
    assert answer.headers["content-encoding"] == "gzip"
    assert "content-length" not in answer.headers


async def test_a_stream_is_not_buffered_until_its_end():
    sent: list[Message] = []
    seen_before_the_end: list[int] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": TEXT})
        for number in range(50):
            row = b"".join(b"%d,%d\n" % (number, row * row) for row in range(2_000))
            await send({"type": "http.response.body", "body": row, "more_body": True})
        seen_before_the_end.append(sum(len(message.get("body", b"")) for message in sent))
        await send({"type": "http.response.body", "body": b""})

    await Compression(app)(ACCEPTS_GZIP, receive, keeping(sent))
    assert [message.get("more_body", False) for message in sent[1:]].count(False) == 1
    packed = b"".join(message["body"] for message in sent[1:])
    assert seen_before_the_end[0] > len(packed) * 0.8
    assert zlib.decompress(packed, 31).endswith(b"49,3996001\n")


# ---------------------------------------------------------------------- other users


async def receive() -> Message:
    raise AssertionError


def keeping(sent: list[Message]) -> Any:
    async def send(message: Message) -> None:
        sent.append(message)

    return send


async def large(_scope: Any, _receive: Any, send: Any) -> None:
    body = b"large" * 40_000
    headers = [*TEXT, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def busy(compressing: Compression) -> AsyncIterator[None]:
    """Keep the thread busy."""
    free = threading.Event()
    compressing._thread._executor.submit(free.wait)
    yield
    free.set()


async def answered(compressing: Compression) -> bool:
    """Return whether an answer was compressed."""
    sent: list[Message] = []
    await compressing(ACCEPTS_GZIP, receive, keeping(sent))
    return (b"content-encoding", b"gzip") in sent[0]["headers"]


async def test_the_event_loop_goes_on_while_a_thread_compresses():
    compressing = Compression(large)
    async with busy(compressing):
        task = asyncio.create_task(answered(compressing))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not task.done()
    assert await task


async def test_an_answer_is_sent_uncompressed_when_many_wait_for_the_thread():
    compressing = Compression(large)
    async with busy(compressing):
        waiting = [
            asyncio.create_task(answered(compressing)) for _ in range(compression._MAX_WAITING)
        ]
        await asyncio.sleep(0)
        assert not await answered(compressing)
    assert await asyncio.gather(*waiting) == [True] * len(waiting)
    assert await answered(compressing)
