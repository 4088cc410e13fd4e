"""The web app reads changes of the library, in one tab for all tabs."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Response, expect

from tests.support.web.pages import (
    FOCUS_TAB,
    ONE_VIDEO,
    import_library,
    save,
    stored_reads,
    wait_until,
)
from tests.support.web.stories import ABS, LEGS, YOGA, ClientOf, Open

pytestmark = pytest.mark.browser

MAX_BYTES = 8_192
MANY = 300
TOO_NEW = 10**9
CHANGE_STORED = """async (change) => {
  const opening = indexedDB.open("core");
  await new Promise((resolve) => (opening.onsuccess = resolve));
  const transaction = opening.result.transaction("libraries", "readwrite");
  const store = transaction.objectStore("libraries");
  const cursor = store.openCursor(IDBKeyRange.lowerBound([]));
  cursor.onsuccess = () => {
    const at = cursor.result;
    if (!at) return;
    at.update({ ...at.value, ...change, etag: "" });
    at.continue();
  };
  await new Promise((resolve) => (transaction.oncomplete = resolve));
  opening.result.close();
}"""


class Reads:
    """A tab's requests to the change feed from now on, and their responses."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.answers: list[Response] = []
        self.asked: list[str] = []
        page.on("request", lambda request: self._note(request.url, self.asked, request.url))
        page.on("response", lambda answer: self._note(answer.url, self.answers, answer))

    def _note(self, url: str, notes: list[Any], what: Any) -> None:
        if urlsplit(url).path == "/changes":
            notes.append(what)

    @property
    def tokens(self) -> list[str]:
        """The sync tokens of the requests."""
        return [parse_qs(urlsplit(url).query)["since"][0] for url in self.asked]

    def wait(self) -> Response:
        wait_until(self.page, lambda: self.answers)
        return self.answers[-1]


def test_a_save_costs_one_small_read(visit: Open, client_of: ClientOf) -> None:
    with client_of("Ann Sync") as client:
        videos = [{"url": f"https://youtu.be/sync{n:07}", "title": f"T {n}"} for n in range(MANY)]
        import_library(client, videos)
    person = visit(user="Ann Sync")
    expect(person.page.locator(".count")).to_have_text(f"{MANY} videos")
    reads = Reads(person.page)
    person.save(f"https://youtu.be/{LEGS}", "legs")
    expect(person.page.locator(".count")).to_have_text(f"{MANY + 1} videos")
    answer = reads.wait()
    assert [one["video_key"] for one in answer.json()["videos"]] == [LEGS]
    assert len(answer.body()) <= MAX_BYTES
    assert len(reads.asked) == 1


def test_a_rename_on_another_device_arrives_within_a_minute(
    visit: Open, client_of: ClientOf
) -> None:
    with client_of("Ben Sync") as elsewhere:
        video = save(elsewhere, LEGS, "Legs")
        person = visit(user="Ben Sync")
        person.sees("Legs")
        person.page.clock.install()
        reads = Reads(person.page)
        person.page.evaluate(FOCUS_TAB)  # schedules the next read with the test's clock
        reads.wait()
        elsewhere.patch(f"/videos/{video}", json={"title": "Leg day"}).raise_for_status()
        person.page.clock.fast_forward(60_000)
        person.sees("Leg day")


def test_nothing_new_is_304(visit: Open, client_of: ClientOf) -> None:
    with client_of("Cia Sync") as client:
        save(client, LEGS, "Legs")
    person = visit(user="Cia Sync")
    person.sees("Legs")
    for _ in range(2):
        reads = Reads(person.page)
        person.page.evaluate(FOCUS_TAB)
        assert reads.wait().status == 304
        person.load_again()
        person.sees("Legs")


def test_two_tabs_share_one_reader(visit: Open, client_of: ClientOf) -> None:
    with client_of("Dan Sync") as elsewhere:
        legs = save(elsewhere, LEGS, "Legs")
        person = visit(user="Dan Sync")
        person.sees("Legs")
        other = person.open_tab()
        other.sees("Legs")
        other.page.route("**/changes?**", lambda route: route.abort())
        save(elsewhere, YOGA, "Yoga")
        elsewhere.delete(f"/videos/{legs}").raise_for_status()
        person.page.evaluate(FOCUS_TAB)
        person.sees("Yoga")
        other.sees("Yoga")
        other.load_again()  # the other tab opens with what the first has stored
        other.sees("Yoga")
        other.page.unroute("**/changes?**")
        reads = Reads(other.page)
        other.page.evaluate(FOCUS_TAB)
        assert reads.wait().status == 304


def test_a_save_in_one_tab_shows_in_the_other_without_a_read(visit: Open) -> None:
    person = visit(user="Eva Sync", videos={LEGS: "legs"})
    person.sees(LEGS)
    other = person.open_tab()
    other.sees(LEGS)
    for one in (person, other):
        one.page.route("**/changes?**", lambda route: route.abort())
    person.save(f"https://youtu.be/{YOGA}")
    other.sees(YOGA, LEGS)


def test_an_expired_sync_token_causes_a_full_read_and_keeps_unsent_changes(
    visit: Open, client_of: ClientOf
) -> None:
    with client_of("Fay Sync") as elsewhere:
        save(elsewhere, LEGS, "Legs", "one")
        person = visit(user="Fay Sync")
        person.sees("Legs")
        person.page.route(ONE_VIDEO, lambda route: route.abort())
        person.edit("Legs")
        person.page.get_by_label("Add a tag").fill("waits")
        person.page.get_by_label("Add a tag").press("Enter")
        person.button("Close").first.click()
        expect(person.page.locator(".notices")).to_contain_text("1 change not synced.")
        person.page.evaluate(CHANGE_STORED, {"revision": TOO_NEW})
        save(elsewhere, YOGA, "Yoga")
        reads = Reads(person.page)
        person.load_again()
        person.sees("Yoga", "Legs")
        person.sees_tags(Legs="one waits")
        assert reads.tokens[:2] == [str(TOO_NEW), "0"]
        assert [answer.status for answer in reads.answers[:2]] == [410, 200]
        person.page.unroute(ONE_VIDEO)
        with person.page.expect_response(ONE_VIDEO):
            person.button("Send now").click()
        expect(person.page.locator(".notices")).to_be_empty()
        assert elsewhere.get("/videos").json()["videos"][1]["tags"] == "one,waits"


def test_unsent_changes_survive_an_absence_of_a_year(
    visit: Open, client_of: ClientOf, dev_folder: Path
) -> None:
    """Core has removed the tombstones in the meantime."""
    with client_of("Gus Sync") as elsewhere:
        legs = save(elsewhere, LEGS, "Legs")
        save(elsewhere, YOGA, "Yoga", "one")
        person = visit(user="Gus Sync")
        person.sees("Yoga", "Legs")
        person.go_offline()
        person.save(f"https://youtu.be/{ABS}", "mine")
        person.sees_toast("Saved here")
        person.edit("Yoga")
        person.page.get_by_label("Add a tag").fill("mine")
        person.page.get_by_label("Add a tag").press("Enter")
        person.button("Close").first.click()
        elsewhere.delete(f"/videos/{legs}").raise_for_status()
        remove_tombstones(dev_folder / "data" / "core.db", "Gus Sync")
        reads = Reads(person.page)
        person.context.set_offline(False)
        person.sees(ABS, "Yoga")
        person.sees_tags(**{"Yoga": "one mine", ABS: "mine"})
        expect(person.page.locator(".notices")).to_be_empty()
        assert "0" in reads.tokens
        found = {one["video_key"]: one["tags"] for one in elsewhere.get("/videos").json()["videos"]}
        assert found == {ABS: "mine", YOGA: "one,mine"}


def remove_tombstones(database: Path, name: str) -> None:
    """Expire all sync tokens of this user, as after 90 days."""
    with closing(sqlite3.connect(database)) as connection:
        changed = connection.execute(
            "UPDATE users SET synced_from = revision WHERE name = ?", (name,)
        )
        assert changed.rowcount == 1
        connection.commit()


def test_a_stored_library_of_an_older_format_is_shown_and_read_again(
    visit: Open, client_of: ClientOf
) -> None:
    with client_of("Hal Sync") as client:
        save(client, LEGS, "Legs")
    person = visit(user="Hal Sync")
    person.sees("Legs")
    wait_until(person.page, lambda: stored_reads(person.page))
    person.page.evaluate(CHANGE_STORED, {"format": 0})
    reads = Reads(person.page)
    person.page.route("**/changes?**", lambda route: route.abort())
    person.load_again()
    person.sees("Legs")
    person.page.unroute("**/changes?**")
    person.page.evaluate(FOCUS_TAB)
    reads.wait()
    assert reads.answers[0].status == 200
    assert "since=0" in reads.answers[0].url
    wait_until(
        person.page, lambda: re.search('"format": [1-9]', json.dumps(stored_reads(person.page)))
    )
