"""What a device keeps: the session in its keychain, and what happens when there is none."""

from typing import Any

import pytest

from app.device import NOT_KEPT, SecureTokenStore
from tests.app.devices import Device

pytestmark = pytest.mark.anyio


class Keychain:
    """A platform's keychain, which may be locked."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.locked = False

    async def get(self, key: str) -> str | None:
        self._open()
        return self.secrets.get(key)

    async def set(self, key: str, value: Any) -> None:
        self._open()
        self.secrets[key] = value

    async def remove(self, key: str) -> None:
        self._open()
        self.secrets.pop(key, None)

    def _open(self) -> None:
        if self.locked:
            raise RuntimeError("errSecInteractionNotAllowed")


async def test_a_secret_is_kept_in_the_keychain():
    keychain, said = Keychain(), list[str]()
    store = SecureTokenStore(said.append, keychain)
    assert await store.load() is None
    await store.save("secret")
    assert await SecureTokenStore(said.append, keychain).load() == "secret"
    await store.clear()
    assert keychain.secrets == {}
    assert await store.load() is None
    assert said == []


async def test_a_locked_keychain_is_told_once_and_the_session_lives_on():
    keychain, said = Keychain(), list[str]()
    keychain.locked = True
    store = SecureTokenStore(said.append, keychain)
    assert await store.load() is None
    await store.save("secret")
    assert await store.load() == "secret"
    await store.clear()
    assert await store.load() is None
    assert said == [NOT_KEPT]
    assert keychain.secrets == {}


async def test_a_keychain_that_locks_later_does_not_bring_an_old_secret_back():
    keychain = Keychain()
    store = SecureTokenStore(lambda _: None, keychain)
    await store.save("old")
    keychain.locked = True
    await store.save("new")
    keychain.locked = False
    assert await store.load() == "new"


async def test_without_flutter_the_real_keychain_fails_and_nobody_notices(device: Device):
    """The library's own class, which has no device to speak to here."""
    said = list[str]()
    device.store = SecureTokenStore(said.append)
    device.open()
    assert not await device.auth.restore()
    await device.sign_in("Kay Example")
    assert await device.api.list_videos() == ()
    await device.auth.sign_out()
    assert said == [NOT_KEPT]
