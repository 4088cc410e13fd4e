"""The app's copy of a library on a device."""

from pathlib import Path

from app.device import DeviceStorage
from app.state import LibraryState
from app.sync.changes import Change
from app.sync.sync import Sync
from app.video import Video
from tests.support.app.devices import Device

KEYS = ("dQw4w9WgXcQ", "9bZkp7q19f0", "kJQP7kiw5Fk")


def link(key: str) -> str:
    return f"https://youtu.be/{key}"


def open_sync(device: Device) -> Sync:
    """Open the app's copy of the library, as each start of the app does."""
    assert device.auth.person
    sync = Sync(device.api, device.storage, device.auth.person.id)
    sync.open()
    return sync


def videos(sync: Sync) -> tuple[Video, ...]:
    return sync.draw(LibraryState()).videos


def seen(sync: Sync) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.video_key, one.tags) for one in videos(sync)]


async def send(sync: Sync, *changes: Change) -> None:
    for change in changes:
        sync.add(change)
    await sync.flush()
    await sync.look()


async def reread(device: Device) -> Sync:
    """Read the whole library, as a new device does."""
    sync = Sync(device.api, DeviceStorage(Path("/nowhere"), ""), "new")
    await sync.look()
    return sync
