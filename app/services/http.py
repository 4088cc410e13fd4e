"""Sends every HTTP request of the app, and raises network errors as sentences for the user."""

import asyncio
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from app.errors import Failed, Offline
from app.responses import Response

Client = httpx.AsyncClient
CONNECT_TIME_S = 5
RESPONSE_TIME_S = 20
"""From the request to the last byte of the response."""
MAX_RESPONSE = 32 * 2**20


def open_client() -> Client:
    """Make the client that all services of a process share; it stores no cookies.

    Plain http is only for this machine, so it bypasses the environment's proxy.
    """
    none = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return Client(cookies=none, follow_redirects=False, mounts={"http://": None})


async def send(client: Client, server: str, method: str, url: str, **options: Any) -> Response:
    """Send one request, without redirects, with limits on size and time (`time_s`).

    Raises: Offline, Failed
    """
    time_s = options.pop("time_s", RESPONSE_TIME_S)
    options |= {"timeout": httpx.Timeout(time_s, connect=CONNECT_TIME_S)}
    options |= {"follow_redirects": False}
    try:
        async with (
            asyncio.timeout(time_s),
            client.stream(method, url, **options) as response,
        ):
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_RESPONSE:
                    raise Failed("too much data", server=server)
            return Response(server, response.status_code, response.headers, bytes(body))
    except (httpx.TimeoutException, TimeoutError):
        raise Offline("no response", server=server) from None
    except (httpx.InvalidURL, UnicodeError):
        raise Failed("unsendable", server=server) from None
    except (httpx.HTTPError, OSError) as error:
        if "SSL" in str(error) or "CERTIFICATE" in str(error):
            raise Offline("insecure", server=server) from None
        raise Offline("unreachable", server=server) from None
