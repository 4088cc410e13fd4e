from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from clerk_backend_api import Clerk, models

from devclerk.keys import Keys
from devclerk.people import People
from devclerk.store import open_folder


@pytest.fixture
def folder(data: Path) -> Path:
    return open_folder(data)


@pytest.fixture
def sdk(folder: Path, issuer: str) -> Iterator[Clerk]:
    """Clerk's own SDK, as the service uses it."""
    with Clerk(bearer_auth=Keys.load(folder).secret_key, server_url=f"{issuer}/v1") as client:
        yield client


def test_clerks_own_sdk_reads_a_user(sdk: Clerk, folder: Path) -> None:
    person = People(folder).add("Lily van der Example")
    user = sdk.users.get(user_id=person.id)
    assert user.id == person.id
    assert (user.first_name, user.last_name) == ("Lily", "van der Example")
    assert user.email_addresses[0].id == user.primary_email_address_id
    assert user.email_addresses[0].email_address == "lily.van.der.example@example.com"
    assert user.created_at == person.created_at_ms
    assert not user.banned


def test_clerks_own_sdk_gets_404_for_an_unknown_user(sdk: Clerk) -> None:
    with pytest.raises(models.ClerkErrors) as error:
        sdk.users.get(user_id="user_missing")
    assert error.value.status_code == 404
    assert error.value.data.errors[0].code == "resource_not_found"


def test_clerks_own_sdk_reads_the_key_set(sdk: Clerk, folder: Path) -> None:
    keys = sdk.jwks.get_jwks().keys
    assert keys
    assert [key.model_dump()["kid"] for key in keys] == [Keys.load(folder).kid]


@pytest.mark.parametrize("path", ["/v1/users/user_anybody", "/v1/jwks"])
@pytest.mark.parametrize("authorization", ["", "Bearer sk_test_wrong", "Bearer é"])
def test_the_backend_api_needs_the_secret_key(
    http: httpx.Client, path: str, authorization: str
) -> None:
    answer = http.get(path, headers=[(b"Authorization", authorization.encode())])
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["code"] == "authorization_invalid"
