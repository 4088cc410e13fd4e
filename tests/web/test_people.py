"""Several users of one browser: a late response shows or sends no other user's data."""

import re
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Route, expect

from tests.support.web.pages import FOCUS_TAB, ONE_VIDEO, Held, Visitor, stored_data, wait_until
from tests.support.web.stories import note_changes_sent

pytestmark = pytest.mark.browser

LEGS, YOGA = "dQw4w9WgXcQ", "BGQWPY4IigY"
SOON_MS = 10_000
"""Half of a request's timeout: no user waits for the request of another user."""
OPEN = """new Promise((resolve) => {
  const opening = indexedDB.open("core");
  opening.onsuccess = () => resolve(opening.result.transaction("libraries", "readwrite"));
}).then((transaction) => transaction.objectStore("libraries"))"""
KEPT = f"""async () => {{
  const store = await {OPEN};
  const [person, reads] = [store.get("person"), store.getAll(IDBKeyRange.lowerBound([]))];
  await new Promise((resolve) => (reads.onsuccess = resolve));
  return {{ person: person.result, reads: reads.result }};
}}"""
SLOW = """if (sessionStorage.getItem("slow")) IDBFactory.prototype.open = () => ({});"""
FULL = "() => { IDBDatabase.prototype.transaction = () => { throw new Error('full'); }; }"
PLANT = f"""async (library) => {{
  const store = await {OPEN};
  store.put(library.person, "person");
  localStorage.setItem("core-person", library.person);
  const puts = library.reads.map((read) => store.put(read, [read.revision]));
  await new Promise((resolve) => (puts.at(-1).onsuccess = resolve));
}}"""

Open = Callable[..., Visitor]


def save(person: Visitor, key: str, tags: str) -> None:
    person.save(f"https://youtu.be/{key}", tags)
    person.sees(key)
    expect(person.page.locator("dialog")).to_be_hidden()


def tag(person: Visitor, key: str, name: str) -> None:
    person.card(key).click()
    person.button("Edit").click()
    person.page.get_by_label("Add a tag").fill(name)
    person.page.get_by_label("Add a tag").press("Enter")
    person.button("Close").first.click()
    expect(person.page.locator("dialog")).to_be_hidden()


def switch_user(person: Visitor, name: str) -> None:
    """Sign out while a change is in flight, and sign the next user in."""
    person.sign_out(discards=True)
    person.sign_up(name)
    first_page = person.page.get_by_role("heading", name="Nothing here yet")
    expect(first_page).to_be_visible(timeout=SOON_MS)


def test_a_late_response_is_dropped(visit: Open) -> None:
    person = visit(user="Anna Late", videos={LEGS: "her-own"})
    person.sees(LEGS)
    held = Held(person.page, ONE_VIDEO, "PATCH")
    tag(person, LEGS, "more")
    held.wait()
    switch_user(person, "Bert Late")
    held.release()
    expect(person.page.locator("#videos .card, .chips .chip")).to_have_count(0)
    person.load_again()
    expect(person.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    assert "her-own" not in stored_data(person)


def test_a_late_refusal_rolls_nothing_back_for_the_next_user(visit: Open) -> None:
    person = visit(user="Anna Refused", videos={LEGS: "her-own"})
    person.sees(LEGS)
    held = Held(person.page, "**/videos/batch", "POST")
    person.card(LEGS).click()
    person.page.get_by_role("button", name="Delete").click()
    held.wait()
    switch_user(person, "Bert Refused")
    held.release(status=403, json={"type": "x#account-closed", "detail": "closed"})
    expect(person.page.locator("#videos .card")).to_have_count(0)
    expect(person.page.locator(".toasts")).to_be_empty()
    person.sign_out()
    person.button("Anna Refused").click()
    expect(person.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    expect(person.page.locator(".notices")).to_be_empty()


def test_a_refused_request_is_not_retried_with_another_user_s_token(visit: Open) -> None:
    person = visit(user="Anna Token")
    held = Held(person.page, "**/videos", "POST")
    person.save(f"https://youtu.be/{LEGS}", "her-own")
    person.button("Close").first.click()
    switch_user(person, "Bert Token")
    sent = note_changes_sent(person)
    held.release(status=401, json={})
    person.load_again()
    expect(person.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    assert sent == []


def test_undo_disappears_with_its_user(visit: Open) -> None:
    person = visit(user="Anna Undo", videos={LEGS: "her-own"})
    person.sees(LEGS)
    person.card(LEGS).click()
    person.page.get_by_role("button", name="Delete").click()
    expect(person.button("Undo")).to_be_visible()
    person.sign_out()
    expect(person.button("Undo")).to_have_count(0)


def test_signing_out_leaves_no_library_behind(visit: Open) -> None:
    person = visit(user="Anna Leaves", videos={LEGS: "her-own"})
    person.sees(LEGS)
    tag(person, LEGS, "more")
    expect(person.card(LEGS).locator(".pill")).to_have_count(2)
    wait_until(person.page, lambda: "more" in str(person.page.evaluate(KEPT)))
    held = Held(person.page, ONE_VIDEO, "PATCH")
    tag(person, LEGS, "yet more")
    held.wait()
    person.sign_out(discards=True)
    held.release()
    assert "her-own" not in stored_data(person)


def test_sign_out_in_one_tab_signs_out_the_others(visit: Open) -> None:
    person = visit(user="Anna Tabs", videos={LEGS: "her-own"})
    person.sees(LEGS)
    other = person.context.new_page()
    other.goto("/")
    expect(other.locator("#videos .card")).to_have_count(1)
    # A tab that receives no messages, for instance since it was frozen.
    deaf = person.context.new_page()
    deaf.add_init_script("BroadcastChannel = class { postMessage() {} close() {} }")
    deaf.goto("/")
    expect(deaf.locator("#videos .card")).to_have_count(1)
    person.sign_out()
    expect(other.get_by_label("New user")).to_be_visible()
    deaf.evaluate(FOCUS_TAB)
    deaf.wait_for_timeout(500)
    assert "her-own" not in stored_data(person)


def test_the_library_of_a_previous_user_is_removed_once_clerk_is_loaded(visit: Open) -> None:
    """The session ended elsewhere; the page only knows it once Clerk is loaded."""
    person = visit(user="Anna Start", videos={LEGS: "her-own"})
    person.sees(LEGS)
    person.load_again()
    person.sees(LEGS)
    hers = person.page.evaluate(KEPT)
    person.page.route("**/videos", lambda route: route.abort())
    person.save(f"https://youtu.be/{YOGA}", "waits")
    person.sees_toast("Saved here")
    switch_user(person, "Bert Start")
    person.page.unroute("**/videos")
    person.page.evaluate(PLANT, hers)
    sent = note_changes_sent(person)
    slow: list[Route] = []
    person.page.route("**/clerk.browser.js", lambda route: slow.append(route))  # noqa: PLW0108  Playwright writes on it
    person.page.reload(wait_until="commit")
    expect(person.card(LEGS)).to_be_visible()
    person.page.keyboard.press("ArrowDown")
    person.page.keyboard.press("Delete")  # this sends the waiting changes too
    wait_until(person.page, lambda: slow)
    slow[0].continue_()
    person.wait_for_user("Bert Start")
    expect(person.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    wait_until(person.page, lambda: "her-own" not in str(person.page.evaluate(KEPT)))
    assert sent == []


def test_a_library_that_could_not_be_removed_is_not_shown(visit: Open) -> None:
    """The disk is full at sign-out; the next start reaches no Clerk."""
    person = visit(user="Anna Full", videos={LEGS: "her-own"})
    person.sees(LEGS)
    wait_until(person.page, lambda: "her-own" in str(person.page.evaluate(KEPT)))
    person.page.evaluate(FULL)
    person.sign_out()
    person.page.route("**/config.json", lambda route: route.abort())
    person.load_again()
    expect(person.button("Try again")).to_be_visible()
    assert "her-own" in str(person.page.evaluate(KEPT))
    expect(person.page.locator("#videos .card")).to_have_count(0)


def test_a_library_that_could_not_be_opened_in_time_is_not_shown_later(visit: Open) -> None:
    """The user signs out while the browser's database hangs; at the next start it responds."""
    person = visit(user="Anna Slow", videos={LEGS: "her-own"})
    person.sees(LEGS)
    wait_until(person.page, lambda: "her-own" in str(person.page.evaluate(KEPT)))
    person.page.evaluate("sessionStorage.setItem('slow', 'yes')")
    person.context.add_init_script(SLOW)
    person.load_again()
    person.sees(LEGS)
    person.sign_out()
    person.page.evaluate("sessionStorage.removeItem('slow')")
    person.page.route("**/config.json", lambda route: route.abort())
    person.load_again()
    expect(person.button("Try again")).to_be_visible()
    assert "her-own" in str(person.page.evaluate(KEPT))
    expect(person.page.locator("#videos .card")).to_have_count(0)


def test_sign_out_removes_a_shared_draft_in_another_tab(visit: Open) -> None:
    person = visit(user="Anna Shares Twice")
    other = person.context.new_page()
    other.goto(f"/save?{urlencode({'text': f'her own words https://youtu.be/{LEGS}'})}")
    link = other.get_by_label("YouTube link")
    expect(link).to_be_visible()
    other.get_by_label("Add a tag").fill("hers,")
    person.sign_out()
    expect(other.get_by_label("New user")).to_be_visible()
    person.sign_up("Bert Shares Twice")
    expect(other.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    expect(link).to_have_count(0)
    assert urlsplit(other.url).path == "/"
    assert "her own" not in stored_data(person)


def test_a_session_that_ends_in_another_tab_keeps_the_draft(visit: Open) -> None:
    person = visit(user="Mia Twice")
    other = person.context.new_page()
    other.goto("/")
    other.get_by_role("button", name="Save your first video").click()
    other.get_by_label("YouTube link").fill(f"https://youtu.be/{LEGS}")
    other.get_by_label("Add a tag").fill("legs,")
    person.lose_session()
    person.page.unroute("**/changes?**")
    other.get_by_role("button", name="Mia Twice").click()
    expect(other.get_by_label("YouTube link")).to_have_value(f"https://youtu.be/{LEGS}")
    expect(other.get_by_role("button", name="Remove the tag legs")).to_be_visible()


def test_the_sign_in_says_that_a_shared_link_waits(visit: Open) -> None:
    person = visit(path="/save?text=https://youtu.be/BGQWPY4IigY")
    waits = person.page.get_by_text("Sign in to save the link.")
    expect(waits).to_be_visible()
    person.page.goto("/save")
    expect(person.page.get_by_role("heading", name="Core")).to_be_visible()
    expect(waits).to_have_count(0)


def test_the_next_user_does_not_see_a_shared_draft(visit: Open) -> None:
    shared = urlencode({"text": f"her own words https://youtu.be/{LEGS}"})
    person = visit(user="Anna Shares")
    person.page.goto(f"/save?{shared}")
    expect(person.page.get_by_label("YouTube link")).to_have_value(
        f"her own words https://youtu.be/{LEGS}"
    )
    person.lose_session()
    person.page.unroute("**/changes?**")
    person.sign_up("Bert Shares")
    expect(person.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    expect(person.page.get_by_label("YouTube link")).to_have_count(0)
    assert urlsplit(person.page.url).query == ""


@pytest.mark.parametrize("link", [f"https://youtu.be/{LEGS}", ""], ids=["link", "tags"])
def test_a_session_that_ended_keeps_the_draft_for_its_user(visit: Open, link: str) -> None:
    name = "Mia Returns" if link else "Mia Tags"
    person = visit(user=name)
    person.open_save_sheet()
    person.page.get_by_label("YouTube link").fill(link)
    person.page.get_by_label("Add a tag").fill("legs,")
    person.lose_session()
    person.page.unroute("**/changes?**")
    person.button(name).click()
    expect(person.page.get_by_label("YouTube link")).to_have_value(link)
    expect(person.button("Remove the tag legs")).to_be_visible()


def test_a_second_refused_sign_in_is_explained(visit: Open) -> None:
    person = visit(user="Noa Returns")
    person.lose_session()
    person.button("Noa Returns").click()
    person.sees_sign_in_notice("Core rejected your new sign-in too")
    person.page.unroute("**/changes?**")
    person.button("Noa Returns").click()
    expect(person.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    person.lose_session()


def test_a_failed_sign_out_is_not_called_a_refused_sign_in(visit: Open) -> None:
    person = visit(user="Xan People")
    cut = re.compile(r"/client/sessions\?.*_method=DELETE")
    person.page.route(cut, lambda route: route.abort())
    person.page.route("**/changes?**", lambda route: route.fulfill(status=401, json={}))
    person.load_again()
    expect(person.page.locator("main")).to_contain_text("Can't reach your library")
    person.page.unroute(cut)
    person.page.evaluate(FOCUS_TAB)
    person.sees_sign_in_notice("Your session has ended")


@pytest.mark.parametrize("typed_before_ms", [0, 600])
def test_a_switch_of_users_clears_the_search(visit: Open, typed_before_ms: int) -> None:
    person = visit(1400, 900, user=f"Yan People {typed_before_ms}", videos={LEGS: "legs"})
    person.sees(LEGS)
    search = person.page.get_by_label("Search")
    search.fill("a private search")
    person.page.wait_for_timeout(typed_before_ms)
    other = f"Zoe People {typed_before_ms}"
    person.page.evaluate("name => Clerk.signInAs(name, {})", other)
    expect(person.page.locator(".person")).to_contain_text("Zoe")
    expect(person.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    person.page.wait_for_timeout(600)
    expect(search).to_have_value("")
    expect(person.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()


def test_a_save_in_flight_when_the_session_ended_is_sent_after_sign_in(visit: Open) -> None:
    person = visit(user="Max Returns")
    person.page.route("**/videos", lambda route: route.fulfill(status=401, json={}))
    person.save(f"https://youtu.be/{LEGS}", "legs")
    person.sees_sign_in_notice("Your session has ended")
    person.page.unroute("**/videos")
    person.button("Max Returns").click()
    person.sees(LEGS)
    expect(person.page.locator("dialog")).to_be_hidden()


def test_deleting_all_data_leaves_nothing_on_the_device(visit: Open) -> None:
    person = visit(user="Anna Erases", videos={LEGS: "her-own"})
    person.sees(LEGS)
    person.page.route("**/videos", lambda route: route.abort())
    person.save(f"https://youtu.be/{YOGA}", "waits")
    person.sees_toast("Saved here")
    person.delete_all_data()
    expect(person.page.locator(".toasts")).to_be_empty()
    left = stored_data(person)
    assert not [secret for secret in ("her-own", "waits", LEGS, YOGA) if secret in left]
