"""The app's two services: AuthService signs a person in with Clerk, ApiService speaks with Core.

Whatever happens out there ends as a Failed (errors.py). Nothing else in the app speaks HTTP.
"""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import httpx

from app.answers import Answer
from app.callback import Callbacks
from app.device import LibraryCache, TokenStore
from app.errors import Cancelled, Failed, Offline, Refused, SignedOut
from app.oauth import Attempt, Endpoints, Person, Session
from app.settings import Settings
from app.state import Video

__all__ = [
    "ApiService",
    "AuthService",
    "Cancelled",
    "Client",
    "Failed",
    "Offline",
    "Person",
    "Refused",
    "SignedOut",
    "open_client",
]

Client = httpx.AsyncClient
CONNECT_TIME_S = 5
ANSWER_TIME_S = 20
"""From the question to the last byte."""
REVOKE_TIME_S = 5
MAX_ANSWER = 32 * 2**20
MAX_PAGES = 100
"""A million videos."""

CLERK, CORE = "The sign-in service", "Core"
_ASK_WHO = json.dumps({"prompt": "login"})
"""Kept in place of a session after a sign-out: the browser may still know the person."""
_FINAL = ("invalid_grant", "invalid_client", "unauthorized_client")
"""The errors of RFC 6749 that asking again does not mend."""


class _Denied(Exception):
    """The token endpoint's final no."""


# ---------------------------------------------------------------------------------- HTTP


def open_client() -> httpx.AsyncClient:
    """Make the client that all services of a process share; it keeps nobody's cookies.

    Plain http is for this machine alone: no proxy of the environment gets to read it.
    """
    none = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return httpx.AsyncClient(cookies=none, follow_redirects=False, mounts={"http://": None})


async def _send(
    client: httpx.AsyncClient, who: str, method: str, url: str, **options: Any
) -> Answer:
    """Ask once, following no redirect, for an answer of limited size and time.

    Raises: Offline, Failed
    """
    options |= {"timeout": httpx.Timeout(ANSWER_TIME_S, connect=CONNECT_TIME_S)}
    options |= {"follow_redirects": False}
    try:
        async with (
            asyncio.timeout(ANSWER_TIME_S),
            client.stream(method, url, **options) as response,
        ):
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_ANSWER:
                    raise Failed(f"{who} answered with more than this app can take.")
            return Answer(who, response.status_code, response.headers, bytes(body))
    except (httpx.TimeoutException, TimeoutError):
        raise Offline(f"{who} did not answer in time. Try again in a minute.") from None
    except (httpx.InvalidURL, UnicodeError):
        raise Failed(f"This holds letters that can't be sent to {who}.") from None
    except (httpx.HTTPError, OSError) as error:
        if "SSL" in str(error) or "CERTIFICATE" in str(error):
            raise Offline(f"The connection to {who} is not secure, so it was not used.") from None
        raise Offline(f"{who} can't be reached. Are you connected?") from None


# ------------------------------------------------------------------------------- sign-in


class AuthService:
    """Signs one person in and out, and has a fresh access token for whoever asks.

    `callbacks` are those of the whole process; `clock` gives epoch seconds.
    """

    def __init__(
        self,
        settings: Settings,
        store: TokenStore,
        client: httpx.AsyncClient,
        cache: LibraryCache,
        callbacks: Callbacks,
        *,
        on_phone: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._store = store
        self._client = client
        self._cache = cache
        self._callbacks = callbacks
        self._on_phone = on_phone
        self._clock = clock
        self._session: Session | None = None
        self._asks_who = False
        self._endpoints: Endpoints | None = None
        self._renewals: dict[Session, asyncio.Task[str]] = {}
        self._keeping = asyncio.Lock()

    @property
    def person(self) -> Person | None:
        return self._session.person if self._session else None

    async def restore(self) -> bool:
        """Go on with the session that this device kept; return whether there is one."""
        kept = await self._store.load() or ""
        self._asks_who = kept == _ASK_WHO
        self._session = Session.from_json(kept, self._settings)
        return self._session is not None

    async def sign_in(self, show: Callable[[str], None]) -> None:
        """Hand out the address to open in the system's browser, and wait for what comes back.

        Raises: Failed
        """
        endpoints = await self._discover()
        settings, listen = self._settings, not self._on_phone
        redirect_uri = settings.redirect_uri if listen else settings.phone_redirect_uri
        attempt = Attempt.new(settings, redirect_uri)
        async with self._callbacks.expect(attempt.state, listen=listen) as callback:
            show(attempt.to_url(endpoints, asks_who=self._asks_who))
            form = attempt.to_form(await callback.wait(), endpoints)
            try:
                given = await self._ask_for_tokens(form)
            except _Denied:
                raise Failed(f"{CLERK} did not take its own answer back. Try again.") from None
            self._session = attempt.to_session(given, self._clock())
            self._asks_who = False
            await self._keep()

    def receive(self, url: str) -> None:
        """Take the callback that a phone hands to the app; one that nobody waits for is nothing.

        Flet leaves scheme and host away, so that only the path tells it from a screen of the app;
        whose it is tells `state`.
        """
        with suppress(ValueError):
            given, own = urlsplit(url), urlsplit(self._settings.phone_redirect_uri)
            if given.path == own.path:
                self._callbacks.receive(given.query)

    async def get_token(self, *, renew: bool = False) -> str:
        """Return an access token that is good for a while yet.

        Raises: SignedOut, Offline, Failed
        """
        session = self._session
        if session is None:
            raise SignedOut
        if not renew and self._clock() < session.renew_at:
            return session.access_token
        return await asyncio.shield(self._renewals.get(session) or self._start_renewal(session))

    def _start_renewal(self, session: Session) -> asyncio.Task[str]:
        """Renew in a task: whoever stops waiting must not lose the rotated refresh token."""

        def end(task: asyncio.Task[str]) -> None:
            del self._renewals[session]
            if not task.cancelled():
                task.exception()  # it may be that nobody waits for it any more

        task = self._renewals[session] = asyncio.create_task(self._renew(session))
        task.add_done_callback(end)
        return task

    async def sign_out(self) -> None:
        """Forget the person here, then at Clerk as far as it can be reached."""
        session, self._asks_who = self._session, True
        await self.forget()
        if session:
            await self._revoke(session)

    async def forget(self) -> None:
        """Drop the person, their tokens and what this device keeps of their library."""
        if self._session:
            self._cache.clear(self._session.person.id)
        self._session = None
        await self._keep()

    async def _keep(self) -> None:
        """Keep what holds now; one at a time, so that the last word is the last written."""
        async with self._keeping:
            if self._session:
                await self._store.save(self._session.to_json())
                return
            await self._store.clear()
            if self._asks_who:
                await self._store.save(_ASK_WHO)

    async def _discover(self) -> Endpoints:
        if self._endpoints is None:
            issuer = self._settings.clerk_url
            url = f"{issuer}/.well-known/openid-configuration"
            answer = await _send(self._client, CLERK, "GET", url)
            if answer.status != httpx.codes.OK:
                raise answer.failure()
            self._endpoints = Endpoints.from_discovery(answer.json(), issuer)
        return self._endpoints

    async def _renew(self, session: Session) -> str:
        form = {"grant_type": "refresh_token", "refresh_token": session.refresh_token}
        try:
            given = await self._ask_for_tokens(form)
        except _Denied:
            if self._session is session:
                await self.forget()
            raise SignedOut from None
        renewed = session.with_tokens(given, self._clock())
        if self._session is not session:
            await self._revoke(renewed)
            raise SignedOut
        self._session = renewed
        await self._keep()
        return renewed.access_token

    async def _ask_for_tokens(self, form: dict[str, str]) -> dict[str, Any]:
        endpoints = await self._discover()
        form = form | {"client_id": self._settings.client_id}
        answer = await _send(self._client, CLERK, "POST", endpoints.token, data=form)
        if answer.status == httpx.codes.OK:
            return answer.json()
        if answer.status in (400, 401) and answer.json().get("error") in _FINAL:
            raise _Denied
        raise answer.failure()

    async def _revoke(self, session: Session) -> None:
        """Do the best: a sign-out must be possible without a network."""
        with suppress(Failed, TimeoutError):
            async with asyncio.timeout(REVOKE_TIME_S):
                endpoints = await self._discover()
                form = {"token": session.refresh_token, "token_type_hint": "refresh_token"}
                form["client_id"] = session.client_id
                if endpoints.revoke:
                    await _send(self._client, CLERK, "POST", endpoints.revoke, data=form)


# ----------------------------------------------------------------------------------- Core


class ApiService:
    """Asks Core in the name of whoever is signed in. Everything raises Failed."""

    def __init__(
        self,
        settings: Settings,
        auth: AuthService,
        client: httpx.AsyncClient,
        cache: LibraryCache,
    ) -> None:
        self._api_url = settings.api_url
        self._auth = auth
        self._client = client
        self._cache = cache

    def cached_videos(self) -> tuple[Video, ...] | None:
        """Return what was seen last, if that is known."""
        person = self._auth.person
        kept = self._cache.load(person.id) if person else None
        return kept.videos if kept else None

    async def list_videos(self) -> tuple[Video, ...]:
        """Return the whole library, newest first; one that has not changed is not sent again."""
        person = self._auth.person
        if person is None:
            raise SignedOut
        kept = self._cache.load(person.id)
        headers = {"If-None-Match": kept.etag} if kept and kept.etag else {}
        answer = await self._ask("GET", "/videos", headers=headers)
        if answer.status == httpx.codes.NOT_MODIFIED and kept:
            return kept.videos
        answers = [answer]
        while cursor := answers[-1].json().get("next_cursor"):
            if len(answers) == MAX_PAGES:
                raise Failed("This library is larger than the app can show.")
            answers.append(await self._ask("GET", "/videos", params={"cursor": cursor}))
        rows = [row for page in answers for row in _to_rows(page)]
        videos = _to_videos(answer, rows)
        # Pages of two states are a library that never was: the next time asks for all again.
        etags = {page.headers.get("ETag", "") for page in answers}
        self._cache.save(person.id, etags.pop() if len(etags) == 1 else "", rows)
        return videos

    async def save_video(self, text: str, tags: Sequence[str] = ()) -> Video:
        """Save the video whose link is in the text."""
        return await self._ask_for_video("POST", "/videos", {"url": text, "tags": [*tags]})

    async def update_video(
        self,
        video_id: int,
        *,
        title: str | None = None,
        add_tags: Sequence[str] = (),
        remove_tags: Sequence[str] = (),
    ) -> Video:
        """Change what is given."""
        change: dict[str, Any] = {"add_tags": [*add_tags], "remove_tags": [*remove_tags]}
        if title is not None:
            change["title"] = title
        return await self._ask_for_video("PATCH", f"/videos/{video_id}", change)

    async def delete_video(self, video_id: int) -> None:
        """Move it to the trash."""
        await self._ask("DELETE", f"/videos/{video_id}")

    async def restore_video(self, video_id: int) -> Video:
        """Bring it back from the trash."""
        return await self._ask_for_video("POST", f"/videos/{video_id}/restore", None)

    async def _ask_for_video(self, method: str, path: str, body: dict[str, Any] | None) -> Video:
        answer = await self._ask(method, path, **({"json": body} if body else {}))
        return _to_videos(answer, [answer.json()])[0]

    async def _ask(self, method: str, path: str, **options: Any) -> Answer:
        """Ask as the person who is signed in now; the answer is for nobody else.

        A token that Core does not take is renewed once.
        """
        person, token = self._auth.person, await self._auth.get_token()
        answer = await self._send(method, path, token, options)
        if answer.status == httpx.codes.UNAUTHORIZED and self._auth.person == person:
            refused, token = token, await self._auth.get_token()
            if token == refused:
                token = await self._auth.get_token(renew=True)
            answer = await self._send(method, path, token, options)
            if answer.status == httpx.codes.UNAUTHORIZED and self._auth.person == person:
                await self._auth.forget()
        if self._auth.person != person:
            raise SignedOut
        if answer.status in (200, 201, 204, 304):
            return answer
        raise answer.failure()

    async def _send(self, method: str, path: str, token: str, options: dict[str, Any]) -> Answer:
        headers = {**options.get("headers", {}), "Authorization": f"Bearer {token}"}
        options = options | {"headers": headers}
        return await _send(self._client, CORE, method, f"{self._api_url}{path}", **options)


def _to_rows(page: Answer) -> list[dict[str, Any]]:
    rows = page.json().get("videos")
    if not isinstance(rows, list):
        raise page.failure()
    return rows


def _to_videos(answer: Answer, rows: list[dict[str, Any]]) -> tuple[Video, ...]:
    try:
        return tuple(map(Video.from_json, rows))
    except (LookupError, TypeError, AttributeError, ValueError):
        raise answer.failure() from None
