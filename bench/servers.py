"""The servers that are compared: the service, the floor, the peer and the ceiling.

Each function starts one on the server's core, saves 50 videos through it where it can save, and
says how its list is asked and how a video is saved. All run with their own defaults.
"""

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from bench import pocketbase as peer
from bench.harness import Ask, Room, free_port
from bench.library import Saved, fill
from bench.tokens import ISSUER, PARTY, Signer

PAGE = 50
VIDEO = {"url": "https://www.youtube.com/watch?v=KEY", "title": "A bench video", "tags": ["a", "b"]}
CORE = (sys.executable, "-c", "from core.cli import main; main()")
UVICORN = ("--host", "127.0.0.1", "--loop", "uvloop", "--http", "httptools", "--no-access-log")


@dataclass(frozen=True)
class Party:
    """One running server: how its newest 50 are asked, and how a video is saved in it."""

    newest: Ask
    save: Ask


def service(room: Room, database_url: str, signer: Signer, **more: str) -> Party:
    """Start the service on a new database."""
    base_url = serve(room, prepare(room, database_url, signer) | more)
    while httpx.get(f"{base_url}/health/ready").status_code != HTTPStatus.OK:
        time.sleep(0.01)  # it may have to fetch the signing keys
    return _filled(base_url, signer.token())


def prepare(room: Room, database_url: str, signer: Signer) -> dict[str, str]:
    """Migrate a new database and return the settings that serve it."""
    settings = {
        "CORE_ENV": "development",
        "CORE_HOST": "127.0.0.1",
        "CORE_PORT": str(free_port()),
        "DATABASE_URL": database_url,
        # Counted as ever, and never reached.
        "CORE_RATE_LIMIT_USER": "999999999/minute",
        "CORE_RATE_LIMIT_ADDRESS": "999999999/minute",
        "CORE_METADATA": "false",  # YouTube has not made these videos up
        **clerk_settings(signer),
    }
    room.run([*CORE, "db", "upgrade"], settings)
    return settings


def serve(room: Room, settings: dict[str, str]) -> str:
    """Run `core serve` and return its address."""
    room.start([*CORE, "serve"], settings, int(settings["CORE_PORT"]))
    return f"http://127.0.0.1:{settings['CORE_PORT']}"


def clerk_settings(signer: Signer) -> dict[str, str]:
    return {
        "CLERK_FRONTEND_API_URL": ISSUER,
        "CLERK_JWT_KEY": signer.public_pem(),
        "CLERK_AUTHORIZED_PARTIES": PARTY,
    }


def floor(room: Room, database_url: str, signer: Signer) -> Party:
    """Start the first design under the service's own kind of server."""
    env = {"DATABASE_URL": database_url, **clerk_settings(signer)}
    return _filled(_uvicorn(room, "bench.floor.main:app", env), signer.token())


def _filled(base_url: str, token: str) -> Party:
    """Save 50 videos, see them listed, and say how it goes on; the service and the floor agree."""
    headers = {"Authorization": f"Bearer {token}"}
    newest = Ask(f"{base_url}/videos?limit={PAGE}", headers)
    save = _save(f"{base_url}/videos", headers, VIDEO)
    _fill(save)
    _expect_full(newest, "videos")
    return Party(newest, save)


def _save(url: str, headers: Mapping[str, str], video: Mapping[str, object]) -> Ask:
    """Post a video whose `KEY` is another one in every request."""
    before, _, after = json.dumps(video).partition("KEY")
    headers = {**headers, "Content-Type": "application/json"}
    return Ask(url, headers, "save.lua", (before, after))


def _fill(save: Ask) -> None:
    for number in range(PAGE):
        body = f"fillvideo{number:02}".join(save.arguments)
        httpx.post(save.url, content=body, headers=save.headers).raise_for_status()


def _expect_full(newest: Ask, key: str) -> None:
    listed = httpx.get(newest.url, headers=newest.headers).raise_for_status().json()[key]
    if len(listed) != PAGE:
        sys.exit(f"{newest.url} listed {len(listed)} videos instead of {PAGE}")


def ceiling(room: Room, signer: Signer) -> Ask:
    """Start the bare function on a file of the service's own; it can only list."""
    file = room.path / "ceiling.db"
    prepare(room, f"sqlite:///{file}", signer)
    fill(file, 1, [Saved(number, "A bench video", ("a", "b")) for number in range(PAGE)])
    newest = Ask(_uvicorn(room, "bench.ceiling:app", {"CEILING_DATABASE": str(file)}), {})
    _expect_full(newest, "videos")
    return newest


def _uvicorn(room: Room, app: str, env: dict[str, str]) -> str:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", app, *UVICORN, "--port", str(port)]
    room.start(command, env, port)
    return f"http://127.0.0.1:{port}"


def pocketbase(room: Room) -> Party:
    """Start PocketBase as it comes, with a `videos` collection under owner rules."""
    folder = room.path / "pocketbase"
    peer.add_superuser(folder)
    address = f"127.0.0.1:{(port := free_port())}"
    room.start([peer.program(), "--dir", str(folder), "serve", "--http", address], {}, port)
    login = peer.set_up(f"http://{address}")
    headers = {"Authorization": login.token}
    records = f"http://{address}/api/collections/videos/records"
    newest = Ask(f"{records}?perPage={PAGE}&sort=-created", headers)
    save = _save(records, headers, VIDEO | {"owner": login.user_id})
    _fill(save)
    _expect_full(newest, "items")
    return Party(newest, save)
