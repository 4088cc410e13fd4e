"""Devices with the app, a user's browser, and a server with canned responses."""

import asyncio
import json
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from app.callback import Callbacks
from app.device import DeviceStorage, MemoryTokenStore, TokenStore
from app.services import ApiService, AuthService, open_client
from app.settings import Settings
from tests.support.loopback import LoopbackServer
from tests.support.servers import free_port

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Without certificate authorities: loading them takes longer than most tests."""


@dataclass(frozen=True)
class Servers:
    core: str
    clerk: str


class Device:
    """A device: its keychain, its disk and its clock, and the app's services."""

    def __init__(self, servers: Servers, folder: Path, *, on_phone: bool = False) -> None:
        redirect_uri = f"http://127.0.0.1:{free_port()}/callback"
        self.settings = Settings(
            api_url=servers.core, clerk_url=servers.clerk, redirect_uri=redirect_uri
        )
        self.store: TokenStore = MemoryTokenStore()
        self.folder = folder / "app"
        self.now = time.time()
        self.on_phone = on_phone
        self.has_network = True
        self.responses: list[httpx.Response] = []
        """The responses over the network, oldest first."""
        self.client = open_client()
        self.client.event_hooks = {"request": [self._route_request], "response": [self._record]}
        self.callbacks = Callbacks(redirect_uri)
        self.open()

    def open(self, **settings: str) -> None:
        """Open or restart the app with these settings."""
        self.settings = replace(self.settings, **settings)
        self.storage = DeviceStorage(self.folder, self.settings.api_url)
        self.auth = self.new_auth(self.store)
        self.api = ApiService(self.settings, self.auth, self.client)

    def new_auth(self, store: TokenStore) -> AuthService:
        return AuthService(
            self.settings,
            store,
            self.client,
            self.storage,
            self.callbacks,
            on_phone=self.on_phone,
            clock=lambda: self.now,
        )

    async def sign_in(self, name: str = "Lily") -> httpx.Response:
        """Sign in through a browser; return its last page."""
        url, signing_in = await begin(self.auth)
        page = await follow_sign_in(url, name)
        await signing_in
        return page

    def statuses(self, path: str) -> list[int]:
        """Return the status of every response from this path."""
        return [one.status_code for one in self.responses if one.request.url.path == path]

    @property
    def files(self) -> list[Path]:
        return list(self.folder.iterdir()) if self.folder.exists() else []

    @contextmanager
    def failing(self, path: str, stand_in: "StandIn") -> Iterator[None]:
        """Let the stand-in answer the requests to this path, with 500."""
        stand_in.replies[path] = reply("boom", 500)

        async def route(request: httpx.Request) -> None:
            if request.url.path == path:
                request.url = request.url.copy_with(port=httpx.URL(stand_in.url).port)

        self.client.event_hooks["request"].append(route)
        yield
        self.client.event_hooks["request"].remove(route)

    async def _route_request(self, request: httpx.Request) -> None:
        if not self.has_network:
            request.url = request.url.copy_with(port=free_port())

    async def _record(self, response: httpx.Response) -> None:
        self.responses.append(response)


async def begin(auth: AuthService) -> tuple[str, asyncio.Task[None]]:
    """Begin a sign-in; return the URL for the browser, and the task of the sign-in."""
    shown: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    signing_in = asyncio.create_task(auth.sign_in(shown.set_result))
    either: list[asyncio.Future[Any]] = [shown, signing_in]
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if not shown.done():
        await signing_in
    return shown.result(), signing_in


def new_browser() -> httpx.AsyncClient:
    return httpx.AsyncClient(trust_env=False, timeout=30, verify=NO_TLS)


async def pick(url: str, name: str = "Lily") -> str:
    """Pick a user on Clerk's page; return the URL that the browser is redirected to."""
    async with new_browser() as browser:
        page = await browser.get(url)
        assert page.status_code == 200, unescape(page.text)
        sent = await browser.post(url, data={"name": name})
        return sent.headers["Location"]


async def visit(url: str, **headers: str) -> httpx.Response:
    async with new_browser() as browser:
        return await browser.get(url, headers=headers)


async def follow_sign_in(url: str, name: str = "Lily") -> httpx.Response:
    """Sign in on Clerk's page and follow the redirect; return the last page."""
    return await visit(await pick(url, name))


def query_of(url: str) -> dict[str, str]:
    return {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}


def reply(body: bytes | str | dict[str, Any], status: int = 200, **headers: str) -> bytes:
    """Return a raw HTTP response."""
    text = json.dumps(body) if isinstance(body, dict) else body
    content = text.encode() if isinstance(text, str) else text
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    fields = {"Content-Type": "application/json", "Content-Length": str(len(content))} | given
    lines = [f"HTTP/1.1 {status} -", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + content


Reply = bytes | Callable[[bytes], bytes]


class StandIn(LoopbackServer):
    """A real server that sends the given bytes for each path; None means no response."""

    def __init__(self) -> None:
        super().__init__()
        self.replies: dict[str, Reply | None] = {}
        self.requests: list[bytes] = []

    def discovery(self, **changes: Any) -> dict[str, Any]:
        """Return a valid discovery document of this server, with the changes."""
        endpoints = {
            f"{name}_endpoint": f"{self.url}/{name}" for name in ("authorization", "token")
        }
        return {"issuer": self.url, **endpoints, **changes}

    def serve_clerk(self, token: Reply, **discovery: Any) -> None:
        self.replies["/.well-known/openid-configuration"] = reply(self.discovery(**discovery))
        self.replies["/token"] = token

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            request = await reader.readuntil(b"\r\n\r\n")
            fields = dict(line.split(b": ", 1) for line in request.split(b"\r\n")[1:-2])
            names = {name.lower(): value for name, value in fields.items()}
            request += await reader.readexactly(int(names.get(b"content-length", b"0")))
            self.requests.append(request)
            path = request.split(b" ", 2)[1].decode().partition("?")[0]
            given = self.replies.get(path, reply("", 404))
            if given is None:
                await asyncio.Event().wait()
            writer.write(given(request) if callable(given) else given or b"")
            await writer.drain()
