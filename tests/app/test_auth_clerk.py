"""Invalid responses from Clerk do not sign in: discovery and ID tokens."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest

from app.errors import Failed, Offline
from app.oauth import Endpoints
from tests.support.app.devices import Device, StandIn, begin, query_of, reply, visit

pytestmark = pytest.mark.anyio

DISCOVERY = "/.well-known/openid-configuration"
INVALID = "The sign-in response is not valid"


@pytest.fixture
async def rerouted(device: Device, stand_in: StandIn) -> Device:
    """A device whose app uses the stand-in as Clerk."""
    device.open(clerk_url=stand_in.url)
    return device


@pytest.mark.parametrize(
    ("changes", "works"),
    [
        ({}, True),
        ({"revocation_endpoint": "https://clerk.example.com/revoke"}, True),
        ({"issuer": "https://clerk.example.com"}, False),
        ({"issuer": None}, False),
        ({"token_endpoint": "http://clerk.example.com/token"}, False),
        ({"token_endpoint": "http://127.0.0.1@clerk.example.com/token"}, False),
        ({"token_endpoint": "http://127.0.0.1.example.com/token"}, False),
        ({"token_endpoint": "file:///etc/passwd"}, False),
        ({"token_endpoint": "https://[/token"}, False),
        ({"token_endpoint": None}, False),
        ({"token_endpoint": 5}, False),
        ({"authorization_endpoint": "javascript:alert(1)"}, False),
        ({"authorization_endpoint": "http://clerk.example.com/"}, False),
        ({"authorization_endpoint": ""}, False),
        ({"revocation_endpoint": "http://clerk.example.com/"}, False),
    ],
)
async def test_only_safe_endpoints_of_this_issuer_are_used(
    rerouted: Device, stand_in: StandIn, changes: dict[str, Any], *, works: bool
):
    stand_in.replies[DISCOVERY] = reply(stand_in.discovery(**changes))
    if works:
        _, signing_in = await begin(rerouted.auth)
        signing_in.cancel()
    else:
        with pytest.raises(Failed, match=INVALID):
            await begin(rerouted.auth)
    assert len(stand_in.requests) == 1


def test_an_https_issuer_has_only_https_endpoints():
    issuer = "https://clerk.example.com"
    document = {f"{name}_endpoint": f"{issuer}/{name}" for name in ("authorization", "token")}
    assert Endpoints.from_discovery({"issuer": issuer, **document}, issuer).revoke is None
    for name in (*document, "revocation_endpoint"):
        unsafe = document | {name: "http://127.0.0.1:8010/here"}
        with pytest.raises(Failed, match=INVALID):
            Endpoints.from_discovery({"issuer": issuer, **unsafe}, issuer)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply("<html>"), Failed),
        (reply("", 404), Failed),
        (reply("", 302, Location="/"), Failed),
        (reply("", 503), Offline),
        (b"", Offline),
    ],
)
async def test_an_unreadable_discovery_response_is_an_error(
    rerouted: Device, stand_in: StandIn, answer: bytes, kind: type[Failed]
):
    stand_in.replies[DISCOVERY] = answer
    with pytest.raises(kind, match=r"^(The sign-in service|Server error)"):
        await begin(rerouted.auth)
    stand_in.replies[DISCOVERY] = reply(stand_in.discovery())
    _, signing_in = await begin(rerouted.auth)
    signing_in.cancel()


async def test_a_query_in_the_authorization_endpoint_is_kept(rerouted: Device, stand_in: StandIn):
    address = f"{stand_in.url}/authorize?instance=5"
    stand_in.replies[DISCOVERY] = reply(stand_in.discovery(authorization_endpoint=address))
    url, signing_in = await begin(rerouted.auth)
    signing_in.cancel()
    assert url.startswith(f"{address}&response_type=code&")


def encode(claims: Any) -> str:
    payload = urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2lnbmF0dXJl"


async def sign_in_with(
    device: Device, stand_in: StandIn, given: dict[str, Any], **answer: str
) -> None:
    """Sign in, with a token endpoint that returns these claims or tokens."""
    url, signing_in = await begin(device.auth)
    query = query_of(url)
    claims: dict[str, Any] = {"nonce": query["nonce"], "sub": "user_1"}
    claims |= {"iss": stand_in.url, "aud": "core-app"}
    claims |= {"exp": device.now + 60, "name": "Lily", "email": "lily@example.com"}
    claims |= given.pop("claims", {})
    id_token = encode({name: value for name, value in claims.items() if value is not ...})
    tokens = {"access_token": "a", "refresh_token": "r", "token_type": "Bearer", "expires_in": 60}
    stand_in.replies["/token"] = reply(tokens | {"id_token": id_token} | given)
    back = {"state": query["state"], "code": "c", **answer}
    await visit(f"{device.settings.redirect_uri}?" + "&".join(f"{k}={v}" for k, v in back.items()))
    await signing_in


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"claims": {"aud": ["core-app"]}},
        {"claims": {"exp": 10**400}},
        {"token_type": "bearer"},
        {"expires_in": 60.5},
    ],
)
async def test_a_valid_token_response_signs_in(
    rerouted: Device, stand_in: StandIn, given: dict[str, Any]
):
    stand_in.serve_clerk(b"")
    await sign_in_with(rerouted, stand_in, given)
    assert rerouted.auth.person


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({}, "Lily"),
        ({"name": None}, "lily@example.com"),
        ({"name": ""}, "lily@example.com"),
        ({"name": ..., "email": ...}, "User"),
    ],
)
async def test_a_user_always_has_a_name(
    rerouted: Device, stand_in: StandIn, claims: dict[str, Any], name: str
):
    stand_in.serve_clerk(b"")
    await sign_in_with(rerouted, stand_in, {"claims": claims})
    assert rerouted.auth.person
    assert rerouted.auth.person.name == name


@pytest.mark.parametrize(
    "given",
    [
        {"claims": {"nonce": "another"}},
        {"claims": {"nonce": ...}},
        {"claims": {"iss": "https://clerk.example.com"}},
        {"claims": {"aud": "another-app"}},
        {"claims": {"aud": ["core-app", "another-app"]}},
        {"claims": {"aud": ...}},
        {"claims": {"sub": ""}},
        {"claims": {"sub": 5}},
        {"claims": {"sub": ...}},
        {"claims": {"name": 5}},
        {"claims": {"exp": "soon"}},
        {"claims": {"exp": ...}},
        {"id_token": None},
        {"id_token": "a.b.c"},
        {"id_token": "a"},
        {"id_token": encode([])},
        {"id_token": "a." + "\xe9" * 4 + ".c"},
    ],
    ids=str,
)
async def test_an_invalid_id_token_does_not_sign_in(
    rerouted: Device, stand_in: StandIn, given: dict[str, Any]
):
    stand_in.serve_clerk(b"")
    with pytest.raises(Failed, match=INVALID):
        await sign_in_with(rerouted, stand_in, dict(given))
    assert rerouted.auth.person is None
    assert await rerouted.store.load() is None


@pytest.mark.parametrize(
    "given",
    [
        {"access_token": ""},
        {"access_token": None},
        {"refresh_token": None},
        {"refresh_token": ""},
        {"token_type": "mac"},
        {"token_type": None},
        {"expires_in": "60"},
    ],
    ids=str,
)
async def test_an_incomplete_token_response_does_not_sign_in(
    rerouted: Device, stand_in: StandIn, given: dict[str, Any]
):
    stand_in.serve_clerk(b"")
    with pytest.raises(Failed, match="incomplete response"):
        await sign_in_with(rerouted, stand_in, given)
    assert rerouted.auth.person is None
    assert await rerouted.store.load() is None


async def test_a_clock_far_ahead_is_an_error(rerouted: Device, stand_in: StandIn):
    stand_in.serve_clerk(b"")
    with pytest.raises(Failed, match="clock is wrong"):
        await sign_in_with(rerouted, stand_in, {"claims": {"exp": rerouted.now - 301}})
    await sign_in_with(rerouted, stand_in, {"claims": {"exp": rerouted.now - 299}})
    assert rerouted.auth.person


async def test_a_callback_needs_iss_when_discovery_announces_it(
    rerouted: Device, stand_in: StandIn
):
    stand_in.serve_clerk(b"", authorization_response_iss_parameter_supported=True)
    for iss in ({}, {"iss": "https://clerk.example.com"}):
        with pytest.raises(Failed, match=INVALID):
            await sign_in_with(rerouted, stand_in, {}, **iss)
    await sign_in_with(rerouted, stand_in, {}, iss=stand_in.url)
    assert rerouted.auth.person


async def test_signing_out_works_without_a_revocation_endpoint(rerouted: Device, stand_in: StandIn):
    stand_in.serve_clerk(b"")
    await sign_in_with(rerouted, stand_in, {})
    await rerouted.auth.sign_out()
    assert rerouted.auth.person is None
    assert len(stand_in.requests) == 2
