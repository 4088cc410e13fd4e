"""The client for other servers: no redirect, no compression, a limit on time and size."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import httpx

_HEADERS = {
    "Accept": "application/json",
    # A compressed body may be small and unpack into a large one.
    "Accept-Encoding": "identity",
}


class Document(NamedTuple):
    """The headers and the body of a response with status 200."""

    headers: Mapping[str, str]
    body: bytes


def open_client(**options: Any) -> "httpx.AsyncClient":
    """Import httpx and read the system's certificates: 80 ms, so call it in a thread."""
    import httpx  # noqa: PLC0415  see above

    return httpx.AsyncClient(headers=_HEADERS, follow_redirects=False, **options)


async def fetch(
    url: str, timeout_s: float, most_bytes: int, headers: Mapping[str, str] | None = None
) -> Document:
    """Fetch a document; `timeout_s` is for the whole exchange.

    Raises: TimeoutError; httpx.HTTPError; ValueError: not 200, or more than `most_bytes`.
    """
    client = await asyncio.to_thread(open_client)
    async with (
        asyncio.timeout(timeout_s),
        client,
        client.stream("GET", url, headers=headers) as response,
    ):
        if response.status_code != HTTPStatus.OK:
            raise ValueError(f"status {response.status_code}")
        body = await read_body(response, most_bytes)
        if len(body) > most_bytes:
            raise ValueError("too long")
        return Document(response.headers, body)


async def read_body(response: "httpx.Response", most_bytes: int) -> bytes:
    """Return the body; stop after the piece with which it exceeds `most_bytes`."""
    body = b""
    async for piece in response.aiter_raw():
        body += piece
        if len(body) > most_bytes:
            break
    return body
