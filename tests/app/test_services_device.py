"""The session in the device's keychain, and in memory when the keychain fails."""

from typing import Any

import pytest
from flet.controls.context import _context_page

from app.device import NOT_STORED, SecureTokenStore
from tests.support.app.devices import Device

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
    keychain, notices = Keychain(), list[str]()
    store = SecureTokenStore(notices.append, keychain)
    assert await store.load() is None
    await store.save("secret")
    assert await SecureTokenStore(notices.append, keychain).load() == "secret"
    await store.clear()
    assert keychain.secrets == {}
    assert await store.load() is None
    assert notices == []


async def test_a_secret_that_another_window_stored_is_loaded():
    keychain = Keychain()
    one, other = (SecureTokenStore(lambda _: None, keychain) for _ in range(2))
    await one.save("old")
    assert await other.load() == "old"
    await one.save("new")
    assert await other.load() == "new"
    await other.save("newest")
    assert await one.load() == "newest"


async def test_a_locked_keychain_is_reported_once_and_the_session_stays_in_memory():
    keychain, notices = Keychain(), list[str]()
    keychain.locked = True
    store = SecureTokenStore(notices.append, keychain)
    assert await store.load() is None
    await store.save("secret")
    assert await store.load() == "secret"
    await store.clear()
    assert await store.load() is None
    assert notices == [NOT_STORED]
    assert keychain.secrets == {}


async def test_a_keychain_that_locks_later_does_not_restore_an_old_secret():
    keychain = Keychain()
    store = SecureTokenStore(lambda _: None, keychain)
    await store.save("old")
    keychain.locked = True
    await store.save("new")
    keychain.locked = False
    assert await store.load() == "new"


async def test_the_session_works_when_the_real_keychain_fails(device: Device):
    """The package's own class fails here, because there is no Flutter."""
    _context_page.set(None)  # no page of an earlier test, which would never respond
    notices = list[str]()
    device.store = SecureTokenStore(notices.append)
    device.open()
    assert not await device.auth.restore()
    await device.sign_in("Kay Example")
    read = await device.api.read_changes()
    assert read
    assert read.videos == ()
    await device.auth.sign_out()
    assert notices == [NOT_STORED]
