"""From the Authorization header to a user, through a small real application."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from structlog import BoundLogger, wrap_logger
from structlog.testing import LogCapture

from core.api.http.problems import install_handlers
from core.api.middleware.response_headers import ResponseHeaders
from core.auth import middleware
from core.auth.middleware import CurrentUser
from core.auth.schemas import Profile
from core.client_ip import Proxies
from core.config import Quota
from core.database.session import Database
from core.errors import Unauthenticated
from core.ratelimit import Limit, Limits, Memory
from core.services import users
from core.services.users import User
from tests.support.auth.forgeries import oauth, session
from tests.support.auth.stand_ins import NOW_S, Scene
from tests.support.tokens import ORIGIN, mint, mint_oauth

pytestmark = pytest.mark.anyio

ANONYMOUS = 'Bearer realm="core"'
INVALID = 'Bearer realm="core", error="invalid_token"'


class Requested:
    """Replaces Profiles and records the users whose profiles are requested."""

    def __init__(self) -> None:
        self.users: list[User] = []

    def want(self, user: User) -> None:
        self.users.append(user)


@dataclass
class Gate:
    """A small application and its parts."""

    scene: Scene
    app: FastAPI
    database: Database
    requested: Requested
    client: httpx.AsyncClient
    logged: list[Any]

    async def get(self, *values: str, **more: Any) -> httpx.Response:
        headers = [("Authorization", value) for value in values]
        return await self.client.get("/me", headers=headers, **more)

    async def get_with(self, **claims: Any) -> httpx.Response:
        return await self.get(f"Bearer {mint(self.scene.our_key, session(**claims))}")


@pytest.fixture
async def gate(
    scene: Scene, database: Database, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Gate]:
    capture = LogCapture()
    monkeypatch.setattr(middleware, "log", wrap_logger(None, [capture], wrapper_class=BoundLogger))
    app = FastAPI()
    app.state.clerk, app.state.database, app.state.profiles = scene.clerk, database, Requested()
    app.state.known_ids = users.KnownIds()
    app.state.limits = Limits(Limit("account", Quota(9, 86400), Memory()), None, ())
    app.add_middleware(ResponseHeaders, proxies=Proxies())
    install_handlers(app)

    @app.get("/me")
    async def read_me(user: CurrentUser) -> Response:
        return Response(user.clerk_id)

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield Gate(scene, app, database, app.state.profiles, client, capture.entries)


async def test_a_user_is_accepted_without_a_rate_limiter(gate: Gate) -> None:
    gate.app.state.limits = Limits(None, None, ())
    answer = await gate.get(f"Bearer {mint(gate.scene.our_key, session())}")
    assert answer.status_code == 200
    assert "RateLimit" not in answer.headers


# ------------------------------------------------------------------------ the header


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
async def test_the_scheme_may_be_written_in_any_case(gate: Gate, scheme: str) -> None:
    answer = await gate.get(f"{scheme} {mint(gate.scene.our_key, session())}")
    assert (answer.status_code, answer.text) == (200, "user_1")
    assert gate.logged == []


async def test_blanks_around_the_token_are_stripped(gate: Gate) -> None:
    answer = await gate.get(f"Bearer   {mint(gate.scene.our_key, session())} ")
    assert answer.status_code == 200


def test_only_blanks_are_stripped_from_a_token() -> None:
    headers = [(b"authorization", b"Bearer  XtokenX ")]
    assert middleware._bearer_token(Request({"type": "http", "headers": headers})) == "XtokenX"


def test_the_challenge_is_spelled_as_in_the_rfc() -> None:
    with pytest.raises(Unauthenticated) as caught:
        middleware._bearer_token(Request({"type": "http", "headers": []}))
    assert caught.value.headers == {"WWW-Authenticate": ANONYMOUS}


async def test_an_oauth_token_is_accepted_in_the_same_header(gate: Gate) -> None:
    answer = await gate.get(f"Bearer {mint_oauth(gate.scene.our_key, oauth('user_9'))}")
    assert (answer.status_code, answer.text) == (200, "user_9")


async def test_a_request_without_a_token_is_asked_to_sign_in(gate: Gate) -> None:
    answer = await gate.get()
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == ANONYMOUS
    detail = "Sign in first: this address needs 'Authorization: Bearer <token>'."
    assert answer.json()["detail"] == detail
    assert gate.logged == []


@pytest.mark.parametrize(
    "value",
    ["", " ", "Basic dXNlcjpwYXNz", "{token}", "Token {token}", "Bearer\t{token}", "Bearer{token}"],
)
async def test_another_scheme_than_bearer_is_refused(gate: Gate, value: str) -> None:
    token = mint(gate.scene.our_key, session())
    answer = await gate.get(value.format(token=token))
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == INVALID
    assert [entry["reason"] for entry in gate.logged] == ["authorization"]


@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "Bearer x", "Bearer Bearer {token}"])
async def test_bearer_without_a_token_is_refused(gate: Gate, value: str) -> None:
    token = mint(gate.scene.our_key, session())
    answer = await gate.get(value.format(token=token))
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == INVALID
    assert [entry["reason"] for entry in gate.logged] == ["malformed"]


async def test_a_second_authorization_header_is_refused(gate: Gate) -> None:
    header = f"Bearer {mint(gate.scene.our_key, session())}"
    answer = await gate.get(header, header)
    assert answer.status_code == 401
    assert [entry["reason"] for entry in gate.logged] == ["authorization"]


@pytest.mark.parametrize(("length", "reason"), [(8192, "malformed"), (8193, "authorization")])
async def test_a_header_over_8_kib_is_not_parsed(gate: Gate, length: int, reason: str) -> None:
    answer = await gate.get("Bearer ".ljust(length, "x"))
    assert answer.status_code == 401
    assert [entry["reason"] for entry in gate.logged] == [reason]


@pytest.mark.parametrize("name", ["__session", "__session_abc", "__clerk_db_jwt", "token"])
async def test_a_token_in_a_cookie_is_refused(gate: Gate, name: str) -> None:
    gate.client.cookies.set(name, mint(gate.scene.our_key, session()))
    answer = await gate.get()
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == ANONYMOUS


@pytest.mark.parametrize("name", ["token", "access_token", "__session", "__clerk_db_jwt"])
async def test_a_token_in_the_query_is_refused(gate: Gate, name: str) -> None:
    answer = await gate.get(params={name: mint(gate.scene.our_key, session())})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == ANONYMOUS


# -------------------------------------------------------------------------- refusals


async def test_a_refusal_is_logged_by_its_reason_only(gate: Gate) -> None:
    answer = await gate.get_with(sub="user_1", email="a@b.test", iss="https://evil.test")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == INVALID
    assert gate.logged == [{"event": "token_refused", "reason": "issuer", "log_level": "info"}]


async def test_without_signing_keys_the_answer_is_503(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate.scene.clerk._key_set, "value", None)
    answer = await gate.get_with()
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert gate.logged == []


async def test_old_tokens_of_an_erased_account_are_refused(gate: Gate) -> None:
    assert (await gate.get_with(iat=1)).status_code == 200
    async with gate.database.write(None) as session:
        await users.erase(session, "user_1")
    assert (await gate.get_with(iat=1)).status_code == 403
    assert gate.logged == []


async def test_a_banned_account_is_refused_immediately(gate: Gate) -> None:
    await gate.get_with()
    async with gate.database.write(None) as session:
        profile = Profile(None, None, banned=True)
        await users.store_profile(session, gate.requested.users[0].id, profile)
    assert (await gate.get_with()).status_code == 403


async def test_a_user_gets_rate_limit_headers_before_the_429(gate: Gate) -> None:
    answers = [await gate.get_with() for _ in range(10)]
    assert [answer.status_code for answer in answers] == [200] * 9 + [429]
    assert ["RateLimit" in answer.headers for answer in answers] == [False] * 8 + [True] * 2
    assert (await gate.get_with(sub="user_2")).status_code == 200


# -------------------------------------------------------------------------- profiles


async def test_a_profile_is_requested_for_a_user_without_one(gate: Gate) -> None:
    await gate.get_with(sub="user_7")
    assert [user.clerk_id for user in gate.requested.users] == ["user_7"]


async def test_no_profile_is_requested_when_the_token_holds_it(gate: Gate) -> None:
    assert (await gate.get_with(email="a@b.test", name="Ann")).status_code == 200
    assert gate.requested.users == []


async def test_no_profile_is_requested_once_it_is_stored(gate: Gate) -> None:
    await gate.get_with()
    async with gate.database.write(None) as session:
        profile = Profile(None, None, banned=False)
        await users.store_profile(session, gate.requested.users[0].id, profile)
    assert (await gate.get_with(iat=NOW_S - 1)).status_code == 200
    assert len(gate.requested.users) == 1


async def test_every_refusal_is_a_problem_document(gate: Gate) -> None:
    for answer in (await gate.get(), await gate.get("Bearer x")):
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.json()["type"] == "docs/problems.md#unauthenticated"
