"""Which profiles are requested and retried, and how Clerk's Backend API answers are read."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from clerk_backend_api import Clerk as BackendApi
from structlog import BoundLogger, wrap_logger
from structlog.testing import LogCapture

from core.auth import clerk as clerk_module
from core.auth import profiles as profiles_module
from core.auth.clerk import Clerk, ProfileUnavailable
from core.auth.profiles import Profiles
from core.auth.schemas import Identity, Profile
from core.config import Settings
from core.database import create_database
from core.database.session import Database
from core.services import users
from core.services.users import User
from tests.support.auth.stand_ins import NOW_S, FakeClock, HttpServer, settings_with
from tests.support.tokens import SigningKey

pytestmark = pytest.mark.anyio

SECRET = "sk_test_secret"

profile = partial(Profile, updated_at_ms=1)


def clerks_user(**changes: Any) -> dict[str, Any]:
    """Return a user as `GET /v1/users/{id}` answers."""
    address = {
        "object": "email_address",
        "reserved": False,
        "verification": None,
        "linked_to": [],
        "created_at": 1,
        "updated_at": 1,
    }
    addresses = [
        address | {"id": "idn_1", "email_address": "old@b.test"},
        address | {"id": "idn_2", "email_address": "ann@b.test"},
    ]
    lists = ("phone_numbers", "web3_wallets", "passkeys", "external_accounts", "saml_accounts")
    flags = ("has_image", "password_enabled", "two_factor_enabled", "totp_enabled", "locked")
    more_flags = ("backup_code_enabled", "delete_self_enabled", "create_organization_enabled")
    nothings = (
        *("external_id", "primary_phone_number_id", "primary_web3_wallet_id", "username"),
        *("mfa_enabled_at", "mfa_disabled_at", "last_sign_in_at", "lockout_expires_in_seconds"),
        *("verification_attempts_remaining", "last_active_at", "legal_accepted_at"),
    )
    return {
        "id": "user_1",
        "object": "user",
        "first_name": "Ann",
        "last_name": "Lee",
        "primary_email_address_id": "idn_2",
        "email_addresses": addresses,
        "enterprise_accounts": [],
        "public_metadata": {},
        "banned": False,
        "created_at": 1,
        "updated_at": 1,
        **{name: [] for name in lists},
        **dict.fromkeys((*flags, *more_flags), False),
        **dict.fromkeys(nothings),
    } | changes


@pytest.fixture
async def backend() -> AsyncIterator[HttpServer]:
    """Clerk's Backend API."""
    async with HttpServer() as server:
        server.answer_json(clerks_user())
        yield server


@pytest.fixture
async def clerk(backend: HttpServer, signing_key: SigningKey) -> AsyncIterator[Clerk]:
    clerk = clerk_for(backend.url, signing_key)
    yield clerk
    await clerk.close()


def clerk_for(api_url: str, key: SigningKey) -> Clerk:
    pem, api = {"CLERK_JWT_KEY": key.public_pem}, {"CLERK_API_URL": api_url}
    return Clerk(settings_with(CLERK_SECRET_KEY=SECRET, **pem, **api))


# ----------------------------------------------------------------- the Backend API


async def test_a_profile_is_the_primary_address_and_the_full_name(
    clerk: Clerk, backend: HttpServer
) -> None:
    assert await clerk.fetch_profile("user_1") == profile("ann@b.test", "Ann Lee", banned=False)
    assert len(backend.requests) == 1
    request = backend.requests[0].lower()
    assert request.startswith("get /v1/users/user_1 http/1.1")
    assert f"authorization: bearer {SECRET}\r\n" in request


@pytest.mark.parametrize(
    ("changes", "profile"),
    [
        ({"banned": True}, profile("ann@b.test", "Ann Lee", banned=True)),
        ({"last_name": None}, profile("ann@b.test", "Ann", banned=False)),
        ({"first_name": "", "last_name": "Lee"}, profile("ann@b.test", "Lee", banned=False)),
        ({"first_name": None, "last_name": None}, profile("ann@b.test", None, banned=False)),
        ({"first_name": "A\nn"}, profile("ann@b.test", None, banned=False)),
        ({"primary_email_address_id": None}, profile(None, "Ann Lee", banned=False)),
        ({"primary_email_address_id": "idn_9"}, profile(None, "Ann Lee", banned=False)),
        ({"email_addresses": []}, profile(None, "Ann Lee", banned=False)),
    ],
)
async def test_a_profile_has_what_clerk_knows(
    clerk: Clerk, backend: HttpServer, changes: dict[str, Any], profile: Profile
) -> None:
    backend.answer_json(clerks_user(**changes))
    assert await clerk.fetch_profile("user_1") == profile


@pytest.mark.parametrize(
    ("status", "name"),
    [(301, "SDKError"), (401, "ClerkErrors"), (404, "ClerkErrors"), (500, "SDKError")],
)
async def test_a_failed_lookup_has_a_reason_and_is_not_retried(
    clerk: Clerk, backend: HttpServer, status: int, name: str
) -> None:
    errors = [{"code": "x", "message": "ann@b.test", "long_message": "x", "meta": {}}]
    backend.answer_json({"errors": errors}, status, Location=f"{backend.url}/elsewhere")
    with pytest.raises(ProfileUnavailable, match=f"^{name}$"):
        await clerk.fetch_profile("user_1")
    assert len(backend.requests) == 1


async def test_a_user_without_a_field_that_the_sdk_expects_is_read(
    clerk: Clerk, backend: HttpServer
) -> None:
    user = clerks_user()
    del user["two_factor_enabled"]
    backend.answer_json(user)
    assert await clerk.fetch_profile("user_1") == profile("ann@b.test", "Ann Lee", banned=False)


async def test_a_response_that_is_no_user_is_a_failure(clerk: Clerk, backend: HttpServer) -> None:
    backend.answer(b"<html>")
    with pytest.raises(ProfileUnavailable, match=r"^JSONDecodeError$"):
        await clerk.fetch_profile("user_1")


async def test_a_lookup_times_out_after_two_seconds(
    clerk: Clerk, backend: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert clerk_module._BACKEND_TIMEOUT_S == 2
    monkeypatch.setattr(clerk_module, "_BACKEND_TIMEOUT_S", 0.05)
    backend.fall_silent()
    with pytest.raises(ProfileUnavailable, match=r"^TimeoutError$"):
        await clerk.fetch_profile("user_1")


async def test_a_lookup_without_a_secret_key_sends_no_authorization(
    backend: HttpServer, signing_key: SigningKey
) -> None:
    pem = signing_key.public_pem
    clerk = Clerk(settings_with(CLERK_JWT_KEY=pem, CLERK_API_URL=backend.url))
    await clerk.fetch_profile("user_1")
    await clerk.close()
    assert "authorization" not in backend.requests[0].lower()


async def test_a_backend_that_is_down_is_a_failure(
    backend: HttpServer, signing_key: SigningKey
) -> None:
    async with HttpServer() as gone:
        url = gone.url
    clerk = clerk_for(url, signing_key)
    with pytest.raises(ProfileUnavailable, match=r"^ConnectError$"):
        await clerk.fetch_profile("user_1")
    await clerk.close()
    assert backend.requests == []


async def test_the_http_client_is_opened_once_and_closed_at_shutdown(
    clerk: Clerk, backend: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[BackendApi] = []
    open_backend = clerk_module._open_backend

    def open_and_count(settings: Settings) -> BackendApi:
        opened.append(open_backend(settings))
        assert "users" in vars(opened[-1])  # no request waits for this import
        return opened[-1]

    monkeypatch.setattr(clerk_module, "_open_backend", open_and_count)
    await asyncio.gather(*(clerk.fetch_profile(f"user_{n}") for n in range(3)))
    await clerk.close()
    assert len(opened) == 1
    client = opened[0].sdk_configuration.async_client
    assert isinstance(client, httpx.AsyncClient)
    assert client.is_closed
    assert len(backend.requests) == 3


# ------------------------------------------------------------------ in the background


@pytest.fixture
async def profiles(clerk: Clerk, database: Database, clock: FakeClock) -> AsyncIterator[Profiles]:
    profiles = Profiles(clerk, database, clock.clock.steady)
    yield profiles
    await profiles.close()


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    capture = LogCapture()
    monkeypatch.setattr(
        profiles_module, "log", wrap_logger(None, [capture], wrapper_class=BoundLogger)
    )
    return capture.entries


async def sign_in(database: Database, clerk_id: str = "user_1") -> User:
    return await users.identify(database, Identity(clerk_id, NOW_S), users.KnownIds())


async def work_of(profiles: Profiles) -> None:
    await asyncio.gather(*profiles._under_way.values())


async def test_a_requested_profile_is_stored(
    profiles: Profiles, database: Database, backend: HttpServer
) -> None:
    profiles.want(await sign_in(database))
    await work_of(profiles)
    assert not (await sign_in(database)).wants_profile
    assert backend.requests[0].startswith("GET /v1/users/user_1 ")


async def test_a_user_has_one_lookup_at_a_time(
    profiles: Profiles, database: Database, backend: HttpServer
) -> None:
    user = await sign_in(database)
    for _ in range(3):
        profiles.want(user)
    await work_of(profiles)
    assert len(backend.requests) == 1
    profiles.want(user)
    await work_of(profiles)
    assert len(backend.requests) == 2


async def test_at_most_eight_lookups_run_concurrently(
    profiles: Profiles, database: Database, backend: HttpServer
) -> None:
    users_ = [await sign_in(database, f"user_{number}") for number in range(9)]
    for user in users_:
        profiles.want(user)
    await work_of(profiles)
    assert len(backend.requests) == 8


async def test_no_lookup_starts_without_a_secret_key(
    database: Database, signing_key: SigningKey
) -> None:
    clerk = Clerk(settings_with(CLERK_JWT_KEY=signing_key.public_pem))
    profiles = Profiles(clerk, database)
    profiles.want(await sign_in(database))
    assert not profiles._under_way


async def test_the_backoff_doubles_up_to_an_hour(
    profiles: Profiles, database: Database, backend: HttpServer, clock: FakeClock
) -> None:
    backend.answer(b"", 500)
    user = await sign_in(database)
    profiles.want(user)
    await work_of(profiles)
    for tries, pause_s in enumerate([30, 60, 120, 240, 480, 960, 1920, 3600, 3600], 1):
        clock.advance(pause_s - 1)
        profiles.want(user)
        assert not profiles._under_way
        clock.advance(1)
        profiles.want(user)
        await work_of(profiles)
        assert len(backend.requests) == tries + 1


async def test_a_success_resets_the_backoff(
    profiles: Profiles, database: Database, backend: HttpServer, clock: FakeClock
) -> None:
    user = await sign_in(database)
    backend.answer(b"", 500)
    profiles.want(user)
    await work_of(profiles)
    clock.advance(30)
    backend.answer_json(clerks_user())
    profiles.want(user)
    await work_of(profiles)
    assert not profiles._failures


async def test_a_failure_is_logged_without_a_name(
    profiles: Profiles, database: Database, backend: HttpServer, logged: list[Any]
) -> None:
    backend.answer(b"", 500)
    user = await sign_in(database)
    profiles.want(user)
    await work_of(profiles)
    told = {"event": "profile_not_fetched", "user_id": user.id, "error": "ProfileUnavailable"}
    assert logged == [told | {"log_level": "warning"}]


async def test_a_database_error_counts_as_a_failure(
    clerk: Clerk, database: Database, tmp_path: Path, clock: FakeClock, logged: list[Any]
) -> None:
    user = await sign_in(database)
    profiles = Profiles(
        clerk, create_database(f"sqlite:///{tmp_path}/empty.db"), clock.clock.steady
    )
    profiles.want(user)
    await work_of(profiles)
    assert [entry["error"] for entry in logged] == ["DatabaseUnavailable"]
    assert profiles._failures


async def test_the_oldest_failure_is_evicted_at_the_limit(
    profiles: Profiles, database: Database, backend: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert profiles_module._FAILURES_LIMIT == 10_000
    monkeypatch.setattr(profiles_module, "_FAILURES_LIMIT", 2)
    backend.answer(b"", 500)
    people = [await sign_in(database, f"user_{number}") for number in range(3)]
    for user in people:
        profiles.want(user)
        await work_of(profiles)
    assert list(profiles._failures) == [user.id for user in people[1:]]


async def test_closing_cancels_running_lookups(
    profiles: Profiles, database: Database, backend: HttpServer
) -> None:
    backend.fall_silent()
    profiles.want(await sign_in(database))
    (task,) = profiles._under_way.values()
    await backend.heard(1)
    await profiles.close()
    assert task.cancelled()
    assert not profiles._under_way
