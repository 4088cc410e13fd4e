"""Signing in, against the stand-in for Clerk that `core dev` runs."""

import asyncio
import socket
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from app import callback
from app.device import MemoryTokenStore
from app.errors import Cancelled, Failed, Offline, SignedOut
from app.oauth import Person, Session
from tests.support.app.devices import Device, Servers, begin, follow_sign_in, pick, query_of, visit

pytestmark = pytest.mark.anyio


def answer_to(device: Device, **query: str) -> str:
    return f"{device.settings.redirect_uri}?{urlencode(query)}"


def has_listener(device: Device) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", urlsplit(device.settings.redirect_uri).port)) == 0


async def test_a_user_signs_in(device: Device):
    page = await device.sign_in("Sig Example")
    person = device.auth.person
    assert person
    assert (person.name, person.email) == ("Sig Example", "sig.example@example.com")
    assert person.id.startswith("user_")
    assert "You are signed in. You can close this window." in page.text
    assert await device.api.read_changes()


async def test_the_authorization_url_has_fresh_secrets_for_each_attempt(device: Device):
    (url, first), (again, second) = await begin(device.auth), await begin(device.auth)
    query, other = query_of(url), query_of(again)
    first.cancel(), second.cancel()
    assert url.startswith(f"{device.settings.clerk_url}/oauth/authorize?")
    assert query["client_id"] == "core-app"
    assert query["redirect_uri"] == device.settings.redirect_uri
    assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
    assert query["scope"] == "openid profile email offline_access"
    assert "prompt" not in query
    for secret in ("state", "nonce", "code_challenge"):
        assert len(query[secret]) >= 43
        assert query[secret] != other[secret]


async def test_the_token_request_has_the_verifier_of_the_challenge(device: Device):
    sent: list[bytes] = []

    async def note(request: httpx.Request) -> None:
        sent.append(request.read())

    device.client.event_hooks["request"].append(note)
    url, signing_in = await begin(device.auth)
    await follow_sign_in(url)
    await signing_in
    form = query_of(f"?{sent[-1].decode()}")
    digest = sha256(form["code_verifier"].encode()).digest()
    assert urlsafe_b64encode(digest).decode().rstrip("=") == query_of(url)["code_challenge"]


async def test_the_session_is_restored_when_the_app_opens_again(device: Device):
    await device.sign_in()
    person, answers = device.auth.person, len(device.responses)
    device.open()
    assert device.auth.person is None
    assert await device.auth.restore()
    assert device.auth.person == person
    assert len(device.responses) == answers, "restoring needs no network"


async def test_a_new_device_has_no_session(device: Device):
    assert not await device.auth.restore()
    with pytest.raises(SignedOut):
        await device.auth.get_token()


@pytest.mark.parametrize("change", [{"clerk_url": "http://127.0.0.1:1"}, {"client_id": "other"}])
async def test_a_session_of_another_clerk_instance_is_not_restored(
    device: Device, change: dict[str, str]
):
    await device.sign_in()
    device.open(**change)
    assert not await device.auth.restore()


CLERK = "http://127.0.0.1:8010"
GOOD = Session(CLERK, "core-app", Person("user_1", "Lily", ""), "a", "r", 1.5).to_json()


@pytest.mark.parametrize(
    "kept",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"person": 5}',
        "[" * 100_000,
        GOOD.replace("1.5", '"soon"'),
        GOOD.replace('"r"', "null"),
        GOOD.replace('"a"', '""'),
        GOOD.replace("user_1", ""),
        GOOD.replace('"Lily"', "null"),
    ],
)
async def test_a_broken_stored_session_is_ignored(servers: Servers, tmp_path: Path, kept: str):
    device = Device(servers, tmp_path)
    device.open(clerk_url=CLERK)
    await device.store.save(GOOD)
    assert await device.auth.restore()
    await device.store.save(kept)
    assert not await device.auth.restore()
    await device.client.aclose()


async def test_a_callback_with_another_state_is_ignored(device: Device):
    url, signing_in = await begin(device.auth)
    for other in ({"state": "x" * 43}, {"state": ""}, {}):
        page = await visit(answer_to(device, code="stolen", **other))
        assert page.status_code == 400
        assert "This sign-in is unknown or has expired." in page.text
    assert not signing_in.done()
    await follow_sign_in(url)
    await signing_in
    assert device.auth.person


async def test_a_callback_works_once(device: Device):
    url, signing_in = await begin(device.auth)
    keeps_listening = await begin(device.new_auth(MemoryTokenStore()))
    back = await pick(url)
    assert (await visit(back)).status_code == 200
    await signing_in
    person = device.auth.person
    assert (await visit(back)).status_code == 400
    assert device.auth.person == person
    keeps_listening[1].cancel()


async def test_one_of_two_concurrent_callbacks_is_accepted(device: Device):
    url, signing_in = await begin(device.auth)
    back = await pick(url)
    pages = await asyncio.gather(visit(back), visit(back))
    await signing_in
    assert sorted(page.status_code for page in pages) == [200, 400]


async def test_a_cancelled_sign_in_is_reported(device: Device):
    url, signing_in = await begin(device.auth)
    page = await visit(answer_to(device, error="access_denied", state=query_of(url)["state"]))
    with pytest.raises(Cancelled, match=r"You cancelled the sign-in\."):
        await signing_in
    assert "You are not signed in" in page.text
    assert device.auth.person is None
    assert await device.store.load() is None


@pytest.mark.parametrize(
    "answer",
    [
        {"error": "server_error"},
        {"error": "access_denied", "iss": "http://127.0.0.1:1"},
        {"code": ""},
        {},
        {"code": "made-up"},
        {"code": "made-up", "iss": "http://127.0.0.1:1"},
    ],
)
async def test_a_callback_without_a_valid_code_does_not_sign_in(
    device: Device, answer: dict[str, str]
):
    url, signing_in = await begin(device.auth)
    page = await visit(answer_to(device, state=query_of(url)["state"], **answer))
    with pytest.raises(Failed) as failed:
        await signing_in
    assert not isinstance(failed.value, Cancelled)
    assert "You are not signed in" in page.text
    assert device.auth.person is None
    assert not has_listener(device)


async def test_a_code_of_another_attempt_is_refused(device: Device):
    """PKCE stops the injection of an attacker's code into this user's sign-in."""
    mine, signing_in = await begin(device.auth)
    theirs, other = await begin(device.new_auth(MemoryTokenStore()))
    code = query_of(await pick(theirs, "Chris"))["code"]
    await visit(answer_to(device, code=code, state=query_of(mine)["state"]))
    with pytest.raises(Failed):
        await signing_in
    assert device.auth.person is None
    other.cancel()


async def test_a_repeated_parameter_is_refused(device: Device):
    url, signing_in = await begin(device.auth)
    back = await pick(url)
    await visit(f"{back}&code={query_of(back)['code']}")
    with pytest.raises(Failed):
        await signing_in
    assert device.auth.person is None


async def test_signing_in_fails_offline(device: Device):
    device.has_network = False
    with pytest.raises(Offline):
        await begin(device.auth)
    assert not has_listener(device)


async def test_signing_in_fails_offline_after_the_callback(device: Device):
    url, signing_in = await begin(device.auth)
    back = await pick(url)
    device.has_network = False
    page = await visit(back)
    with pytest.raises(Offline):
        await signing_in
    assert "You are not signed in" in page.text
    assert device.auth.person is None
    assert await device.store.load() is None


async def test_cancelling_a_sign_in_closes_the_listener(device: Device):
    _, signing_in = await begin(device.auth)
    assert has_listener(device)
    signing_in.cancel()
    with pytest.raises(asyncio.CancelledError):
        await signing_in
    assert not has_listener(device)
    await device.sign_in()
    assert device.auth.person


async def test_a_sign_in_times_out(device: Device, monkeypatch: pytest.MonkeyPatch):
    assert callback.ATTEMPT_TIME_S == 600
    monkeypatch.setattr(callback, "ATTEMPT_TIME_S", 0.01)
    _, signing_in = await begin(device.auth)
    with pytest.raises(Cancelled, match="too long"):
        await signing_in
    assert not has_listener(device)


async def test_several_tabs_sign_in_concurrently_through_one_port(device: Device):
    names = ["Chris", "Lily", "Lars"]
    tabs = [device.new_auth(MemoryTokenStore()) for _ in names]
    begun = await asyncio.gather(*map(begin, tabs))
    pages = await asyncio.gather(
        *(follow_sign_in(url, name) for (url, _), name in zip(begun, names, strict=True))
    )
    await asyncio.gather(*(signing_in for _, signing_in in begun))
    assert [page.status_code for page in pages] == [200] * 3
    assert [tab.person.name for tab in tabs if tab.person] == names
    assert not has_listener(device)


async def test_a_port_in_use_is_reported(device: Device):
    port = int(device.settings.redirect_uri.split(":")[2].split("/")[0])
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port):
        with pytest.raises(Failed, match=f"port {port} of this device, but another program"):
            await begin(device.auth)
    await device.sign_in()
    assert device.auth.person


async def test_a_phone_gets_the_callback_by_its_own_scheme(servers: Servers, tmp_path: Path):
    phone = Device(servers, tmp_path, on_phone=True)
    url, signing_in = await begin(phone.auth)
    assert query_of(url)["redirect_uri"] == "core-app://auth/callback"
    assert not has_listener(phone)
    query = (await pick(url, "Lars")).partition("?")[2]
    for other in (
        "/callback?code=x&state=y",
        f"/elsewhere?{query}",
        f"/?{query}",
        "//[/callback",
        "",
    ):
        phone.auth.receive(other)
        await asyncio.sleep(0)
        assert not signing_in.done()
    phone.auth.receive(f"/callback?{query}")  # Flet removes scheme and host
    await signing_in
    assert phone.auth.person
    assert phone.auth.person.name == "Lars"
    phone.auth.receive(f"/callback?{query}")
    await phone.client.aclose()
