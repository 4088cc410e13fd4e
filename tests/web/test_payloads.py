"""More than 200 XSS payloads in each place where the web app shows text.

`make test` tries every third payload, `make soak` all.
`RUN` in tests/data/payloads.json becomes a call that the test detects. A payload that only the
policy blocked, or that sent a request to another host, counts as run.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import FilePayload, Request, expect

from core.transfer.csv_files import FORMULA_STARTS
from tests.support.soak import size
from tests.support.web.pages import Visitor, import_library, save, wait_until
from tests.support.web.stories import LEGS, ClientOf

pytestmark = [pytest.mark.browser, pytest.mark.soak]

DATA = Path(__file__).parents[1] / "data"
GIVEN = json.loads((DATA / "payloads.json").read_text(encoding="utf-8"))
PAYLOADS = [
    text.replace("RUN", f"ran({number})") for number, text in enumerate(GIVEN[:: size(3, soak=1)])
]
WALK = Path(__file__).with_name("payloads.js")
MAX_TOLD = 100
MAX_REPORTED = 100
MAX_NOTES = 60
MAX_SEARCHES = 20

Open = Callable[..., Visitor]


def tag_of(payload: str) -> str:
    return " ".join(payload.replace(",", " ").split())[:60].strip()


@pytest.fixture(scope="session")
def eve(client_of: ClientOf) -> Iterator[httpx.Client]:
    """A user whose titles, channels and tags are all payloads."""
    videos = [
        {
            "url": f"https://youtu.be/evil{number:07}",
            "title": payload,
            "channel": payload,
            "tags": [tag_of(payload)],
        }
        for number, payload in enumerate(PAYLOADS)
    ]
    with client_of("Eve Example") as eve:
        import_library(eve, videos)
        yield eve


def watch(person: Visitor) -> list[str]:
    """From the next page on, collect payloads that run, violate the policy or send requests."""
    noted: list[str] = []

    def note(what: str) -> None:
        noted.append(what)

    def note_stranger(request: Request) -> None:
        if "evil.test" in request.url:
            noted.append(request.url)

    person.context.expose_function("noted", note)
    person.context.add_init_script(path=WALK)
    person.context.on("request", note_stranger)
    return noted


@pytest.fixture
def watched(visit: Open, eve: httpx.Client) -> Iterator[Visitor]:
    """Eve with her library open; a payload that runs fails the test."""
    person = visit(1400, 900, path="/config.json")
    noted = watch(person)
    person.page.goto("/")
    person.sign_in("Eve Example")
    expect(person.page.locator(".count")).to_contain_text(f"{len(stored(eve))}")
    yield person
    assert noted == []


def stored(eve: httpx.Client) -> list[dict[str, Any]]:
    videos: list[dict[str, Any]] = eve.get("/videos?limit=500").json()["videos"]
    assert len(videos) == len(set(PAYLOADS)) >= size(70, soak=200)
    return videos


def tags_of(videos: list[dict[str, Any]]) -> set[str]:
    return {tag for one in videos for tag in one["tags"].split(",")}


def test_the_watch_detects_a_payload_that_runs(visit: Open) -> None:
    person = visit(path="/config.json")
    noted = watch(person)
    body = f"{PAYLOADS[0]}<img src=https://evil.test/>"
    person.page.route(
        "**/config.json", lambda route: route.fulfill(content_type="text/html", body=body)
    )
    person.page.goto("/config.json")
    assert sorted(noted) == ["https://evil.test/", "ran 0"]


def test_nothing_in_the_library_runs(watched: Visitor, eve: httpx.Client) -> None:
    page, videos = watched.page, stored(eve)
    titles = {one["title"] for one in videos}
    tags = tags_of(videos)
    for layout in ("Show as a list", "Show as a grid"):
        watched.button(layout).click()
        script = "walk.read('#videos .card-title', '#videos .card-sub', '#videos .pill')"
        assert [set(texts) for texts in page.evaluate(script)] == [titles, titles, tags]
    assert set(page.evaluate("videos => walk.open(videos)", videos)) == tags
    page.keyboard.press("Escape")
    chip = page.locator(".chips .chip").first
    chip.click()
    expect(page.locator(".count")).to_contain_text(f"1 of {len(videos)}")
    chip.click()
    page.evaluate("texts => walk.search(texts)", PAYLOADS)
    expect(page.locator(".count")).to_contain_text(f"of {len(videos)}")


def test_nothing_that_is_shared_typed_or_imported_runs(watched: Visitor, eve: httpx.Client) -> None:
    page, videos = watched.page, stored(eve)
    shared = page.evaluate("videos => walk.share(videos)", videos)
    for video, shown in zip(videos, shared, strict=True):
        assert video["title"] in shown["link"]
        assert video["tags"] in shown["offered"]
        assert [video["tags"]] == shown["chosen"]
    watched.open_save_sheet()
    page.get_by_label("YouTube link").fill(PAYLOADS[0])
    watched.button("Save").click()
    expect(page.get_by_role("alert").first).not_to_be_empty()
    page.keyboard.press("Escape")

    watched.open_place("Import and export")
    for start in range(0, len(PAYLOADS), MAX_REPORTED):
        rows = PAYLOADS[start : start + MAX_REPORTED]
        page.get_by_label("Import a file").set_input_files([as_csv(rows)])
        report = page.locator(".report li")
        expect(report).to_have_count(len(rows))
        assert rows[-1][:20] in (report.last.text_content() or "")

    for name in ("title", "text", "url"):
        page.goto(f"/save?{urlencode({name: PAYLOADS[0]})}")
        expect(page.get_by_label("YouTube link")).to_have_value(PAYLOADS[0])


def as_csv(links: list[str]) -> FilePayload:
    text = io.StringIO()
    csv.writer(text).writerows([["url", "title"], *([link, link] for link in links)])
    return {"name": "rows.csv", "mimeType": "text/csv", "buffer": text.getvalue().encode()}


def test_nothing_queued_or_refused_runs(watched: Visitor, eve: httpx.Client) -> None:
    page = watched.page
    page.route("**/videos", lambda route: route.abort())
    me = eve.get("/me").json()
    texts = ["\n".join(PAYLOADS[start : start + 4]) for start in range(0, len(PAYLOADS), 4)]
    page.evaluate("([me, texts]) => walk.leave(me, texts)", [me["clerk_id"], texts])
    page.reload()
    expect(page.locator(".waiting").first).to_be_visible()
    assert set(page.evaluate("walk.read('.waiting .card-title')")[0]) == set(texts)
    page.unroute("**/videos")
    page.reload()
    notices = page.locator(".notice").filter(has_text="Couldn't do this")
    expect(notices).to_have_count(len(texts))
    quoted = "".join(notices.all_text_contents())
    assert all(text[:MAX_TOLD] in quoted for text in texts)


def test_nothing_in_an_export_runs(watched: Visitor, eve: httpx.Client) -> None:
    exported = eve.get("/exports?format=html")
    watched.page.route(
        "**/config.json",
        lambda route: route.fulfill(content_type="text/html", body=exported.content),
    )
    watched.page.goto("/config.json")
    links = watched.page.get_by_role("link").all_text_contents()
    assert set(links) == {one["title"] for one in stored(eve)}
    rows = csv.reader(io.StringIO(eve.get("/exports?format=csv").text))
    assert not [cell for row in rows for cell in row if cell.startswith(FORMULA_STARTS)]


def test_nothing_in_the_tag_list_or_a_selection_runs(watched: Visitor, eve: httpx.Client) -> None:
    page, videos = watched.page, stored(eve)
    watched.open_place("Edit tags")
    expect(page.locator(".tag-name")).to_have_count(len(tags_of(videos)))
    assert set(page.locator(".tag-name").all_text_contents()) == tags_of(videos)
    watched.button("Close").click()
    watched.button("Select").click()
    watched.button("Select all").click()
    watched.button("Tags").click()
    on_some = page.locator(".some-tags .pill")
    expect(on_some).to_have_count(len(tags_of(videos)))
    assert {text[:-1] for text in on_some.all_text_contents()} == tags_of(videos)  # and a count


def test_nothing_in_notes_workouts_and_saved_searches_runs(
    visit: Open, client_of: ClientOf
) -> None:
    texts = [payload.strip() for payload in PAYLOADS[:MAX_NOTES]]
    names = [text[:30].strip() for text in texts[:MAX_SEARCHES]]
    with client_of("Nora Payload") as nora:
        video = save(nora, LEGS, "Legs", "legs")
        log = {"video_id": video, "day": "2026-01-02"}
        for text in texts:
            nora.post(f"/videos/{video}/notes", json={"text": text}).raise_for_status()
            nora.post("/workouts", json={**log, "comment": text}).raise_for_status()
        for name in names:
            query = urlencode({"q": name})
            nora.post("/searches", json={"name": name, "query": query}).raise_for_status()
    person = visit(1400, 900, path="/config.json")
    noted = watch(person)
    person.page.goto("/")
    person.sign_in("Nora Payload")
    chips = person.page.locator(".search-chip")
    expect(chips).to_have_text(names)
    chips.first.get_by_role("button").first.click()
    expect(person.page.get_by_role("searchbox")).to_have_value(names[0])
    person.card("Legs").click()
    assert set(person.page.locator(".note-text").all_text_contents()) == set(texts)
    person.button("Close").first.click()
    person.open_place("Workout log")
    comments = person.page.locator(".log-row .soft")
    expect(comments).to_have_count(len(texts))
    assert {text.partition(" · ")[2] or text for text in comments.all_text_contents()} <= set(texts)
    assert noted == []


def test_nothing_in_the_trash_runs(watched: Visitor, eve: httpx.Client) -> None:
    page, videos = watched.page, stored(eve)
    everything = {"ids": [one["id"] for one in videos]}
    assert eve.post("/videos/batch", json={**everything, "action": "delete"}).is_success
    watched.open_place("Trash")
    rows = page.locator(".trash-row .card-title")
    expect(rows.first).to_be_visible()

    def scrolled_to_the_end() -> bool:
        page.locator("dialog").evaluate("dialog => dialog.scrollTo(0, 1e6)")
        return rows.count() == len(videos)

    wait_until(page, scrolled_to_the_end)
    assert set(rows.all_text_contents()) == {one["title"] for one in videos}
    watched.button(f"Restore all {len(videos)}").click()
    watched.sees_toast(f"{len(videos)} videos restored")
