"""Tokens: renewed once before they expire, and removed at sign-out."""

import asyncio
import json
from dataclasses import replace

import httpx
import pytest

from app.device import MemoryTokenStore
from app.errors import Failed, Offline, SignedOut
from app.oauth import Session
from tests.support.app.devices import Device, StandIn, begin, new_browser, query_of, reply

pytestmark = pytest.mark.anyio

DAY_S = 86_400


def session_of(device: Device) -> Session:
    assert device.auth._session
    return device.auth._session


async def stored_session(device: Device) -> Session | None:
    return Session.from_json(await device.store.load() or "", device.settings)


async def at_clerk(device: Device, path: str, **form: str) -> httpx.Response:
    """Send a request to Clerk with this client id, without the app."""
    async with new_browser() as client:
        url = f"{device.settings.clerk_url}/oauth/{path}"
        return await client.post(url, data={"client_id": "core-app", **form})


async def is_valid(device: Device, refresh_token: str) -> bool:
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return (await at_clerk(device, "token", **form)).is_success


async def test_a_token_is_used_until_a_minute_before_it_expires(device: Device):
    await device.sign_in()
    first = await device.auth.get_token()
    device.now += DAY_S - 61
    assert await device.auth.get_token() == first
    device.now += 1
    second = await device.auth.get_token()
    assert second != first
    assert await device.auth.get_token() == second
    assert device.statuses("/oauth/token") == [200, 200]


async def test_a_short_lived_token_is_renewed_after_three_quarters(device: Device):
    await device.sign_in()
    given = {"access_token": "a", "token_type": "Bearer", "expires_in": 40}
    assert session_of(device).with_tokens(given, 1000).renew_at == 1030
    assert session_of(device).with_tokens(given | {"expires_in": 0}, 1000).renew_at == 1000


async def test_ten_concurrent_callers_renew_once(device: Device):
    await device.sign_in()
    device.now += DAY_S
    tokens = await asyncio.gather(*(device.auth.get_token() for _ in range(10)))
    assert len(set(tokens)) == 1
    assert device.statuses("/oauth/token") == [200, 200]


async def test_the_new_refresh_token_is_stored(device: Device):
    await device.sign_in()
    old = session_of(device)
    await device.auth.get_token(renew=True)
    assert await stored_session(device) == session_of(device)
    assert session_of(device).refresh_token != old.refresh_token
    assert session_of(device).person == old.person
    device.open()
    assert await device.auth.restore()
    await device.auth.get_token(renew=True)
    assert device.statuses("/oauth/token") == [200, 200, 200]


async def test_a_cancelled_caller_does_not_lose_the_new_refresh_token(device: Device):
    await device.sign_in()
    old = session_of(device)
    asking = asyncio.create_task(device.auth.get_token(renew=True))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait([asking, *device.auth._renewals.values()])
    assert asking.cancelled()
    assert session_of(device).refresh_token != old.refresh_token
    assert await stored_session(device) == session_of(device)


async def store_library(device: Device) -> None:
    """Store the user's library on the device, as the app does."""
    read, person = await device.api.read_changes(), device.auth.person
    assert read
    assert person
    device.storage.replace_reads(person.id, read)
    assert device.files != []


async def test_a_refused_renewal_signs_out_and_removes_all_data(device: Device):
    await device.sign_in()
    await store_library(device)
    await at_clerk(device, "token/revoke", token=session_of(device).refresh_token)
    device.now += DAY_S
    with pytest.raises(SignedOut):
        await device.auth.get_token()
    assert device.auth.person is None
    assert await device.store.load() is None
    assert device.files == []
    with pytest.raises(SignedOut):
        await device.auth.get_token()
    assert device.statuses("/oauth/token") == [200, 400]


async def test_a_window_continues_the_session_that_another_one_renewed(device: Device):
    await device.sign_in()
    other = device.new_auth(device.store)
    await other.restore()
    device.now += DAY_S
    renewed = await device.auth.get_token()
    assert await other.get_token() == renewed
    await other.get_token(renew=True)
    assert other.person == device.auth.person
    stored = await stored_session(device)
    assert stored
    assert stored.access_token == await device.auth.get_token(renew=True)
    assert device.statuses("/oauth/token") == [200, 200, 400, 200, 400]


async def test_an_ended_session_does_not_sign_out_another_window_s_user(device: Device):
    await device.sign_in("Lily")
    other = device.new_auth(device.store)
    await other.restore()
    await device.auth.sign_out()
    await device.sign_in("Chris")
    await store_library(device)
    with pytest.raises(SignedOut):
        await other.get_token(renew=True)
    assert other.person is None
    assert await stored_session(device) == session_of(device)
    assert device.files != []


async def test_an_ended_session_keeps_the_sign_out_of_another_window(device: Device):
    await device.sign_in()
    other = device.new_auth(device.store)
    await other.restore()
    await device.auth.sign_out()
    with pytest.raises(SignedOut):
        await other.get_token(renew=True)
    assert json.loads(await device.store.load() or "") == {"prompt": "login"}


async def test_the_tokens_are_kept_offline(device: Device):
    await device.sign_in()
    session = session_of(device)
    device.now += DAY_S
    device.has_network = False
    for _ in range(2):
        with pytest.raises(Offline):
            await device.auth.get_token()
    assert session_of(device) == await stored_session(device) == session
    device.has_network = True
    assert await device.auth.get_token() != session.access_token


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (reply("<html>", 502), Offline),
        (reply({"error": "invalid_grant"}, 500), Offline),
        (reply("<html>", 400), Failed),
        (reply({"error": "temporarily_unavailable"}, 400), Failed),
        (reply({"error": "invalid_grant"}, 403), Failed),
        (reply("slow down", 429, Retry_After="30"), Offline),
        (reply("{"), Failed),
        (reply({}), Failed),
        (reply({"access_token": "a", "token_type": "mac"}), Failed),
        (reply({"access_token": 5, "token_type": "bearer"}), Failed),
        (reply({"access_token": "a b", "token_type": "bearer"}), Failed),
        (reply({"access_token": "\ud800", "token_type": "bearer"}), Failed),
        (reply({"access_token": "a", "token_type": "bearer", "expires_in": "1"}), Failed),
        (reply({"access_token": "a", "token_type": "bearer", "expires_in": -1}), Failed),
        (reply({"access_token": "a", "token_type": "bearer", "expires_in": 1e400}), Failed),
        (reply({"access_token": "a", "token_type": "bearer", "refresh_token": ""}), Failed),
        (reply("", 302, Location="/elsewhere"), Failed),
    ],
)
async def test_an_unusable_response_keeps_the_session(
    device: Device, stand_in: StandIn, answer: bytes, failure: type[Failed]
):
    await device.sign_in()
    session = replace(session_of(device), issuer=stand_in.url)
    stand_in.serve_clerk(answer)
    device.open(clerk_url=stand_in.url)
    await device.store.save(session.to_json())
    assert await device.auth.restore()
    with pytest.raises(failure):
        await device.auth.get_token(renew=True)
    assert session_of(device) == await stored_session(device) == session
    assert len(stand_in.requests) == 2


async def test_a_refresh_token_that_is_not_rotated_is_kept(device: Device, stand_in: StandIn):
    await device.sign_in()
    session = replace(session_of(device), issuer=stand_in.url)
    stand_in.serve_clerk(reply({"access_token": "new", "token_type": "Bearer", "expires_in": 60}))
    device.open(clerk_url=stand_in.url)
    await device.store.save(session.to_json())
    await device.auth.restore()
    assert await device.auth.get_token(renew=True) == "new"
    assert session_of(device).refresh_token == session.refresh_token


async def test_signing_out_revokes_the_token_and_removes_all_data(device: Device):
    await device.sign_in()
    await store_library(device)
    session = session_of(device)
    assert device.files != []
    await device.auth.sign_out()
    assert device.auth.person is None
    assert device.files == []
    assert session.refresh_token not in (await device.store.load() or "")
    assert not await is_valid(device, session.refresh_token)
    with pytest.raises(SignedOut):
        await device.auth.get_token()
    device.open()
    assert not await device.auth.restore()


async def test_a_refresh_token_is_valid_until_it_is_revoked(device: Device):
    await device.sign_in()
    assert await is_valid(device, session_of(device).refresh_token)


async def test_after_signing_out_clerk_shows_its_sign_in_again(device: Device):
    await device.sign_in()
    await device.auth.sign_out()
    for _ in ("immediately", "after a restart"):
        url, signing_in = await begin(device.auth)
        signing_in.cancel()
        assert query_of(url)["prompt"] == "login"
        device.open()
        await device.auth.restore()
    await device.sign_in()
    url, signing_in = await begin(device.auth)
    signing_in.cancel()
    assert "prompt" not in query_of(url)


async def test_signing_out_works_offline(device: Device):
    await device.sign_in()
    device.has_network = False
    await device.auth.sign_out()
    assert device.auth.person is None
    assert json.loads(await device.store.load() or "") == {"prompt": "login"}


async def test_signing_out_completes_locally_before_clerk_responds(
    device: Device, stand_in: StandIn
):
    await device.sign_in()
    session = replace(session_of(device), issuer=stand_in.url)
    stand_in.replies["/.well-known/openid-configuration"] = None
    device.open(clerk_url=stand_in.url)
    await device.store.save(session.to_json())
    await device.auth.restore()
    signing_out = asyncio.create_task(device.auth.sign_out())
    await asyncio.sleep(0.05)
    assert not signing_out.done()
    assert device.auth.person is None
    assert session.refresh_token not in (await device.store.load() or "")
    signing_out.cancel()


async def test_a_renewal_after_the_sign_out_does_not_sign_in_again(device: Device):
    await device.sign_in()
    asking = asyncio.create_task(device.auth.get_token(renew=True))
    await asyncio.sleep(0)
    await device.auth.forget()
    with pytest.raises(SignedOut):
        await asking
    assert device.auth.person is None
    assert await device.store.load() is None
    revoked = [one.request for one in device.responses if one.request.url.path.endswith("/revoke")]
    assert len(revoked) == 1, "the unused new token"


async def test_a_renewal_for_the_previous_user_is_not_awaited(device: Device):
    await device.sign_in("Lily")
    asking = asyncio.create_task(device.auth.get_token(renew=True))
    await asyncio.sleep(0)
    await device.auth.forget()
    await device.sign_in("Chris")
    token = await device.auth.get_token(renew=True)
    assert token == session_of(device).access_token
    with pytest.raises(SignedOut):
        await asking


async def test_tabs_do_not_share_a_user(device: Device):
    await device.sign_in("Lily")
    tab = device.new_auth(MemoryTokenStore())
    assert tab.person is None
    with pytest.raises(SignedOut):
        await tab.get_token()


async def test_the_repr_of_a_session_has_no_token(device: Device):
    await device.sign_in()
    session = session_of(device)
    assert session.access_token not in repr(session)
    assert session.refresh_token not in repr(session)
