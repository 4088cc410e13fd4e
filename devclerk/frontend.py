"""The part of Clerk's Frontend API that signs users in and out, and renews tokens.

A browser is identified by `__clerk_db_jwt` in the query, as in development instances, or by the
cookie `__client`. Sessions live in memory until the process ends.

Source: https://clerk.com/docs/reference/frontend-api
"""

import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route

from devclerk.backend import error_answer
from devclerk.guard import LOOPBACK_ORIGIN, Refused
from devclerk.people import People, Person
from devclerk.resources import (
    ENVIRONMENT,
    SIGNED_OUT,
    Session,
    describe_client,
    describe_session,
    describe_sign_in,
)
from devclerk.store import new_id
from devclerk.tokens import Signer

SCRIPTS = Path(__file__).parent / "scripts"
"""The stand-in's own scripts, in the same folders as Clerk's in `node_modules/@clerk`."""
SCRIPT_VERSIONS = {"clerk-js": "6", "ui": "1"}
_COOKIE_AGE_S = 365 * 86_400
_NO_STORE = {"Cache-Control": "no-store"}


class FrontendApi:
    """The endpoints that a page's scripts call, and the scripts."""

    def __init__(self, people: People, signer: Signer, lifetime_s: int, scripts: Path) -> None:
        self.people = people
        self.signer = signer
        self.lifetime_s = lifetime_s
        self.scripts = scripts.resolve()
        self.sessions: dict[str, Session] = {}
        """The session of each browser; a browser has at most one."""

    def routes(self) -> Mount:
        """Return the routes, which pages on this machine may call."""
        cors = Middleware(
            CORSMiddleware, allow_origin_regex=LOOPBACK_ORIGIN.pattern, allow_credentials=True
        )
        routes = [
            Route("/npm/@clerk/{package}@{version}/dist/{path:path}", self.script),
            Route("/people", self.list_people),
            Route("/v1/dev_browser", self.dev_browser, methods=["POST"]),
            Route("/v1/environment", self.environment, methods=["GET", "POST"]),
            Route("/v1/client", self.client),
            Route("/v1/client/sign_ins", self.sign_in, methods=["POST"]),
            Route("/v1/client/sessions", self.sign_out, methods=["POST"]),
            Route("/v1/client/sessions/{session_id}/tokens", self.token, methods=["POST"]),
            Route("/v1/client/sessions/{session_id}/touch", self.touch, methods=["POST"]),
            Route("/v1/client/sessions/{session_id}/end", self.sign_out, methods=["POST"]),
            Route("/v1/client/sessions/{session_id}/remove", self.sign_out, methods=["POST"]),
        ]
        return Mount("/", routes=routes, middleware=[cors])

    async def script(self, request: Request) -> Response:
        """Return a script; the browser revalidates it each time.

        Clerk's own scripts load their parts under the full version, as in `ui@1.36.0`.
        """
        package, version = request.path_params["package"], request.path_params["version"]
        folder = self.scripts / package / "dist"
        file = (folder / request.path_params["path"]).resolve()
        known = SCRIPT_VERSIONS.get(package) == version.partition(".")[0]
        if not known or not file.is_relative_to(folder) or not file.is_file():
            return error_answer(404, "resource_not_found")
        return FileResponse(file, headers={"Cache-Control": "no-cache"})

    async def list_people(self, _: Request) -> Response:
        """Return the users of the sign-in form; Clerk has no such endpoint."""
        people = [{"id": person.id, "name": person.name} for person in self.people.all()]
        return JSONResponse(people, headers=_NO_STORE)

    async def dev_browser(self, _: Request) -> Response:
        """Return a new id for a browser."""
        return JSONResponse({"id": new_id("dvb_")}, headers=_NO_STORE)

    async def environment(self, _: Request) -> Response:
        """Return the settings of the sign-in form."""
        return _answer(ENVIRONMENT)

    async def client(self, request: Request) -> Response:
        """Return the signed-in user."""
        session = self.sessions.get(_browser(request))
        return _answer(describe_client(session) if session else None)

    async def sign_in(self, request: Request) -> Response:
        """Sign a user in by id, e-mail or name, without a password; an unknown name is added."""
        form = parse_qs((await request.body()).decode(errors="replace"))
        try:
            person = self._find_or_add(form.get("identifier", [""])[0])
        except Refused as refusal:
            return error_answer(422, "person_not_found", str(refusal))
        browser = _browser(request) or new_id("client_")
        session = Session(new_id("sess_"), person, int(time.time() * 1000))
        self.sessions[browser] = session
        answer = _answer(describe_sign_in(session), describe_client(session))
        answer.set_cookie("__client", browser, _COOKIE_AGE_S, path="/v1", httponly=True)
        return answer

    async def sign_out(self, request: Request) -> Response:
        """End the session of this browser."""
        self.sessions.pop(_browser(request), None)
        return _answer(SIGNED_OUT, SIGNED_OUT)

    async def token(self, request: Request) -> Response:
        """Sign a session token for the page that sends the request."""
        session = self._session(request)
        if session is None:
            return error_answer(401, "authentication_invalid")
        origin = request.headers.get("origin", "")
        token = self.signer.session_token(session.person.id, origin, self.lifetime_s, session.id)
        return JSONResponse({"object": "token", "jwt": token}, headers=_NO_STORE)

    async def touch(self, request: Request) -> Response:
        """Return the session; Clerk also records its last use."""
        session = self._session(request)
        if session is None:
            return error_answer(401, "authentication_invalid")
        return _answer(describe_session(session), describe_client(session))

    def _session(self, request: Request) -> Session | None:
        session = self.sessions.get(_browser(request))
        return session if session and session.id == request.path_params["session_id"] else None

    def _find_or_add(self, identifier: str) -> Person:
        for person in self.people.all():
            if identifier in (person.id, person.email):
                return person
        if "@" in identifier:
            raise Refused(f"Unknown e-mail: {identifier}.")
        return self.people.find(identifier) or self.people.add(identifier)


def _browser(request: Request) -> str:
    return request.query_params.get("__clerk_db_jwt") or request.cookies.get("__client", "")


def _answer(response: dict[str, Any] | None, client: dict[str, Any] | None = None) -> Response:
    return JSONResponse({"response": response, "client": client}, headers=_NO_STORE)
