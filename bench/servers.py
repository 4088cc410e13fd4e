"""The servers that are compared: the service, the floor, the peer and the ceiling.

Each function starts one on the server's core, saves 50 videos where it can save, and returns its
requests for the list and for a save. All run with their own defaults.
"""

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from bench import pocketbase as peer
from bench.harness import Ask, Sandbox, free_port
from bench.library import Saved, fill
from bench.tokens import ISSUER, PARTY, Signer

PAGE = 50
VIDEO = {"url": "https://www.youtube.com/watch?v=KEY", "title": "A bench video", "tags": ["a", "b"]}
CORE = (sys.executable, "-c", "from core.cli import main; main()")
UVICORN = ("--host", "127.0.0.1", "--loop", "uvloop", "--http", "httptools", "--no-access-log")


@dataclass(frozen=True)
class RunningServer:
    """One running server: its request for the newest 50, and its request for a save."""

    newest: Ask
    save: Ask


def service(sandbox: Sandbox, database_url: str, signer: Signer, **more: str) -> RunningServer:
    """Start the service on a new database."""
    base_url = serve(sandbox, prepare(sandbox, database_url, signer, **more))
    while httpx.get(f"{base_url}/health/ready").status_code != HTTPStatus.OK:
        time.sleep(0.01)  # it may have to fetch the signing keys
    return _filled(base_url, signer.token())


def prepare(sandbox: Sandbox, database_url: str, signer: Signer, **more: str) -> dict[str, str]:
    """Migrate a new database and return the settings that serve it."""
    settings = {
        "CORE_ENV": "development",
        "CORE_HOST": "127.0.0.1",
        "CORE_PORT": str(free_port()),
        "DATABASE_URL": database_url,
        # Requests are counted as usual, but the limit is never reached.
        "CORE_RATE_LIMIT_USER": "999999999/minute",
        "CORE_RATE_LIMIT_ADDRESS": "999999999/minute",
        "CORE_MAX_VIDEOS": "10000000",  # one user saves for half a minute
        "CORE_METADATA": "false",  # these videos do not exist on YouTube
        **clerk_settings(signer),
        **more,
    }
    sandbox.run([*CORE, "db", "upgrade"], settings)
    return settings


def serve(sandbox: Sandbox, settings: dict[str, str]) -> str:
    """Run `core serve` and return its address."""
    sandbox.start([*CORE, "serve"], settings, int(settings["CORE_PORT"]))
    return f"http://127.0.0.1:{settings['CORE_PORT']}"


def clerk_settings(signer: Signer) -> dict[str, str]:
    return {
        "CLERK_FRONTEND_API_URL": ISSUER,
        "CLERK_JWT_KEY": signer.public_pem(),
        "CLERK_AUTHORIZED_PARTIES": PARTY,
    }


def floor(sandbox: Sandbox, database_url: str, signer: Signer) -> RunningServer:
    """Start the first design under uvicorn."""
    env = {"DATABASE_URL": database_url, **clerk_settings(signer)}
    return _filled(_uvicorn(sandbox, "bench.floor.main:app", env), signer.token())


def _filled(base_url: str, token: str) -> RunningServer:
    """Save 50 videos, check the list, and return both requests, which service and floor share."""
    headers = {"Authorization": f"Bearer {token}"}
    newest = Ask(f"{base_url}/videos?limit={PAGE}", headers)
    save = _save(f"{base_url}/videos", headers, VIDEO)
    _fill(save)
    _expect_full(newest, "videos")
    return RunningServer(newest, save)


def _save(url: str, headers: Mapping[str, str], video: Mapping[str, object]) -> Ask:
    """Return a request that saves a video with a new `KEY` each time."""
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


def ceiling(sandbox: Sandbox, signer: Signer) -> Ask:
    """Start the bare function on a file of the service's own; it can only list."""
    file = sandbox.path / "ceiling.db"
    prepare(sandbox, f"sqlite:///{file}", signer)
    fill(file, 1, [Saved(number, "A bench video", ("a", "b")) for number in range(PAGE)])
    newest = Ask(_uvicorn(sandbox, "bench.ceiling:app", {"CEILING_DATABASE": str(file)}), {})
    _expect_full(newest, "videos")
    return newest


def ceiling_postgresql(sandbox: Sandbox, superuser_url: str) -> Ask:
    """Start the bare function on the service's own database, which has 50 videos of one user."""
    env = {"CEILING_DATABASE": superuser_url}
    newest = Ask(_uvicorn(sandbox, "bench.ceiling_postgresql:app", env), {})
    _expect_full(newest, "videos")
    return newest


def _uvicorn(sandbox: Sandbox, app: str, env: dict[str, str]) -> str:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", app, *UVICORN, "--port", str(port)]
    sandbox.start(command, env, port)
    return f"http://127.0.0.1:{port}"


def pocketbase(sandbox: Sandbox) -> RunningServer:
    """Start PocketBase with its defaults and a `videos` collection under owner rules."""
    folder = sandbox.path / "pocketbase"
    peer.add_superuser(folder)
    address = f"127.0.0.1:{(port := free_port())}"
    sandbox.start([peer.program(), "--dir", str(folder), "serve", "--http", address], {}, port)
    login = peer.set_up(f"http://{address}")
    headers = {"Authorization": login.token}
    records = f"http://{address}/api/collections/videos/records"
    newest = Ask(f"{records}?perPage={PAGE}&sort=-created", headers)
    save = _save(records, headers, VIDEO | {"owner": login.user_id})
    _fill(save)
    _expect_full(newest, "items")
    return RunningServer(newest, save)
