"""AuthService signs a user in with Clerk. Every failure is raised as Failed (errors.py)."""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from app.callback import Callbacks
from app.device import DeviceStorage, TokenStore
from app.errors import Failed, SignedOut
from app.oauth import Attempt, Endpoints, Person, Session
from app.services.http import Client, send
from app.settings import Settings

REVOKE_TIME_S = 5
CLERK = "clerk"
"""The word for Clerk in sentences."""
_PROMPT_LOGIN = json.dumps({"prompt": "login"})
"""Stored after a sign-out instead of a session: the browser may still have Clerk's session."""
_FINAL = ("invalid_grant", "invalid_client", "unauthorized_client")
"""The errors of RFC 6749 that a retry does not fix."""


class _Denied(Exception):
    """The token endpoint refused for good."""


class AuthService:
    """Signs one user in and out, and provides a fresh access token.

    The process shares one `callbacks`; `clock` returns epoch seconds.
    """

    def __init__(
        self,
        settings: Settings,
        store: TokenStore,
        client: Client,
        storage: DeviceStorage,
        callbacks: Callbacks,
        *,
        on_phone: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._store = store
        self._client = client
        self._storage = storage
        self._callbacks = callbacks
        self._on_phone = on_phone
        self._clock = clock
        self._session: Session | None = None
        self._prompt_login = False
        self._endpoints: Endpoints | None = None
        self._renewals: dict[Session, asyncio.Task[str]] = {}
        self._storing = asyncio.Lock()

    @property
    def person(self) -> Person | None:
        return self._session.person if self._session else None

    async def restore(self) -> bool:
        """Continue the session stored on this device; return whether there is one."""
        stored = await self._store.load() or ""
        self._prompt_login = stored == _PROMPT_LOGIN
        self._session = Session.from_json(stored, self._settings)
        if self._session:
            self._storage.keep_only(self._session.person.id)
        elif self._prompt_login:
            self._storage.keep_only(None)
        else:
            self._storage.remove_libraries()
        return self._session is not None

    async def sign_in(self, show: Callable[[str], None]) -> None:
        """Pass the URL for the system's browser to `show`, and wait for the callback.

        Raises: Failed
        """
        endpoints = await self._discover()
        settings, listen = self._settings, not self._on_phone
        redirect_uri = settings.redirect_uri if listen else settings.phone_redirect_uri
        attempt = Attempt.new(settings, redirect_uri)
        async with self._callbacks.expect(attempt.state, listen=listen) as callback:
            show(attempt.to_url(endpoints, prompt_login=self._prompt_login))
            form = attempt.to_form(await callback.wait(), endpoints)
            try:
                given = await self._request_tokens(form)
            except _Denied:
                raise Failed("code rejected", server=CLERK) from None
            self._session = attempt.to_session(given, self._clock())
            self._prompt_login = False
            self._storage.keep_only(self._session.person.id)
            await self._store_session()

    def receive(self, url: str) -> None:
        """Handle the callback URL from the phone's system; ignore one without a pending sign-in.

        Flet removes scheme and host, so only the path distinguishes it from a route of the app.
        `state` identifies the sign-in.
        """
        with suppress(ValueError):
            given, own = urlsplit(url), urlsplit(self._settings.phone_redirect_uri)
            if given.path == own.path:
                self._callbacks.receive(given.query)

    async def get_token(self, *, renew: bool = False) -> str:
        """Return an access token that does not expire soon.

        Raises: SignedOut, Offline, Failed
        """
        session = self._session
        if session is None:
            raise SignedOut
        if not renew and self._clock() < session.renew_at:
            return session.access_token
        return await asyncio.shield(self._renewals.get(session) or self._start_renewal(session))

    def _start_renewal(self, session: Session) -> asyncio.Task[str]:
        """Renew in a task: a cancelled caller must not lose the rotated refresh token."""

        def end(task: asyncio.Task[str]) -> None:
            del self._renewals[session]
            if not task.cancelled():
                task.exception()  # no warning if every caller was cancelled

        task = self._renewals[session] = asyncio.create_task(self._renew(session))
        task.add_done_callback(end)
        return task

    async def sign_out(self) -> None:
        """Sign out here, then revoke the tokens at Clerk if it can be reached."""
        session, self._prompt_login = self._session, True
        self._storage.keep_only(None)
        await self.forget()
        if session:
            await self._revoke(session)

    async def forget(self) -> None:
        """Remove the user, their tokens and their library from this device.

        Unsent changes stay for the same user, because a session may end in the background.
        """
        self._session = None
        self._storage.remove_libraries()
        await self._store_session()

    async def _store_session(self) -> None:
        """Store the current state; one write at a time, so that the latest state comes last."""
        async with self._storing:
            if self._session:
                await self._store.save(self._session.to_json())
                return
            await self._store.clear()
            if self._prompt_login:
                await self._store.save(_PROMPT_LOGIN)

    async def _discover(self) -> Endpoints:
        if self._endpoints is None:
            issuer = self._settings.clerk_url
            url = f"{issuer}/.well-known/openid-configuration"
            response = await send(self._client, CLERK, "GET", url)
            if response.status != HTTPStatus.OK:
                raise response.failure()
            self._endpoints = Endpoints.from_discovery(response.json(), issuer)
        return self._endpoints

    async def _renew(self, session: Session) -> str:
        form = {"grant_type": "refresh_token", "refresh_token": session.refresh_token}
        try:
            given = await self._request_tokens(form)
        except _Denied:
            return await self._continue_stored(session)
        renewed = session.with_tokens(given, self._clock())
        if self._session is not session:
            await self._revoke(renewed)
            raise SignedOut
        self._session = renewed
        await self._store_session()
        return renewed.access_token

    async def _continue_stored(self, ended: Session) -> str:
        """Continue the session that another window has renewed, else end this one.

        Raises: SignedOut
        """
        stored = await self._store.load() or ""
        renewed = Session.from_json(stored, self._settings)
        if self._session is not ended:
            raise SignedOut
        if renewed is None or renewed == ended:
            self._prompt_login = stored == _PROMPT_LOGIN  # another window has signed out
            await self.forget()
            raise SignedOut
        if renewed.person.id != ended.person.id:  # another window has signed in its user
            self._session = None
            raise SignedOut
        self._session = renewed
        return renewed.access_token

    async def _request_tokens(self, form: dict[str, str]) -> dict[str, Any]:
        endpoints = await self._discover()
        form = form | {"client_id": self._settings.client_id}
        response = await send(self._client, CLERK, "POST", endpoints.token, data=form)
        if response.status == HTTPStatus.OK:
            return response.json()
        if response.status in (400, 401) and response.json().get("error") in _FINAL:
            raise _Denied
        raise response.failure()

    async def _revoke(self, session: Session) -> None:
        """Try to revoke the refresh token; a sign-out must work without a network."""
        with suppress(Failed, TimeoutError):
            async with asyncio.timeout(REVOKE_TIME_S):
                endpoints = await self._discover()
                form = {"token": session.refresh_token, "token_type_hint": "refresh_token"}
                form["client_id"] = session.client_id
                if endpoints.revoke:
                    await send(self._client, CLERK, "POST", endpoints.revoke, data=form)
