"""Helpers for the tests of workouts and notes."""

import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from playwright.sync_api import FilePayload, Locator, Page, Request, expect

from tests.support.web.pages import Visitor
from tests.support.web.player import serve_players
from tests.support.web.stories import ClientOf, Open

LEGS_20, LEGS_45, ARMS_10 = "legs2000000", "legs4500000", "arms1000000"
TITLES = {LEGS_20: "20 min legs", LEGS_45: "45 min legs", ARMS_10: "10 min arms"}
PHONE: dict[str, Any] = {"has_touch": True, "is_mobile": True}
WORKOUTS = re.compile(r"/workouts(/\d+)?$")


def takeout() -> FilePayload:
    """Build YouTube's Takeout with two playlists."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, keys in {"legs": [LEGS_20, LEGS_45], "arms": [ARMS_10]}.items():
            rows = [f"{key},2023-05-05T05:05:05+00:00" for key in keys]
            text = "\n".join(["Video ID,Playlist Video Creation Timestamp", *rows])
            archive.writestr(f"Takeout/YouTube/playlists/{name}-videos.csv", text)
    return {"name": "takeout.zip", "mimeType": "application/zip", "buffer": packed.getvalue()}


def give_titles(client: httpx.Client) -> dict[str, int]:
    """Set the titles of the videos of `takeout`; return their ids by key."""
    ids = {one["video_key"]: one["id"] for one in client.get("/videos").json()["videos"]}
    for key, title in TITLES.items():
        client.patch(f"/videos/{ids[key]}", json={"title": title}).raise_for_status()
    return ids


def save_titled(client: httpx.Client, key: str, title: str, tags: str = "") -> int:
    body = {"url": f"https://youtu.be/{key}", "title": title, "tags": [tags]}
    answer = client.post("/videos", json=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def log(client: httpx.Client, video_id: int, days_ago: int = 0, **more: object) -> int:
    body = {"video_id": video_id, "day": day(days_ago), **more}
    answer = client.post("/workouts", json=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def logged(client: httpx.Client, field: str) -> list[Any]:
    """Return this field of each workout, newest first."""
    return [one[field] for one in client.get("/workouts").json()["workouts"]]


def day(ago: int = 0) -> str:
    """Return a training day, which begins at 3:00; the browser's clock is in UTC."""
    return (datetime.now(UTC) - timedelta(hours=3, days=ago)).date().isoformat()


def bar(person: Visitor) -> Locator:
    return person.page.locator(".training-bar")


def done(person: Visitor) -> Locator:
    return bar(person).get_by_role("button").first


def mark(person: Visitor) -> Locator:
    return bar(person).get_by_role("button").last


def rows(person: Visitor) -> Locator:
    """Find the entries of the open log."""
    return person.page.locator(".log-row")


def open_log(person: Visitor) -> None:
    person.button("Workout log").click()
    expect(person.page.locator("dialog[data-sheet=log]")).to_be_visible()


def close(person: Visitor) -> None:
    person.button("Close").first.click()
    expect(person.page.locator("dialog")).to_be_hidden()


def posts(page: Page) -> list[str]:
    """Collect the requests that add a workout from now on."""
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST" and WORKOUTS.search(request.url):
            sent.append(request.url)

    page.context.on("request", note)
    return sent


def changed(page: Page, pattern: re.Pattern[str]) -> list[Any]:
    """Collect the bodies of the PATCH and DELETE requests of these addresses from now on."""
    sent: list[Any] = []

    def note(request: Request) -> None:
        if request.method in {"PATCH", "DELETE"} and pattern.search(request.url):
            sent.append(json.loads(request.post_data or "null"))

    page.context.on("request", note)
    return sent


def enter(visit: Open, client_of: ClientOf, name: str, *size: int, **more: Any) -> Visitor:
    """Sign in a new user with three videos, and serve the stand-in player."""
    with client_of(name) as client:
        for key, title in ((ARMS_10, "10 min arms"), (LEGS_45, "45 min legs")):
            save_titled(client, key, title, title.split()[-1])
        legs = save_titled(client, LEGS_20, "20 min legs", "legs")
        log(client, legs, 5, minutes=20)
    person = visit(*(size or (360, 800)), user=name, **more)
    serve_players(person)
    person.sees("20 min legs", "45 min legs", "10 min arms")
    return person
