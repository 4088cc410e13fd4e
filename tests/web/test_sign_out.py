"""Sign-out removes all of the user's data from the browser; an ended session keeps some."""

import re

import pytest
from playwright.sync_api import FilePayload, expect

from tests.support.web.pages import (
    FOCUS_TAB,
    Held,
    Visitor,
    stored_data,
    wait_for_worker,
    wait_until,
)
from tests.support.web.stories import (
    ABS,
    LEGS,
    LINK,
    YOGA,
    Open,
    note_changes_sent,
    open_hung_tab,
    sees_draft,
    sign_in_new,
    start_draft,
)

pytestmark = pytest.mark.browser

CLERK = re.compile(r"/(config\.json|npm/@clerk/.*|client.*)$")
DANGER = re.compile(r"\bdanger\b")
SIGNED_OUT = "You are signed out. Your library, drafts and changes are no longer on this device."
CACHED = """async () => {
    const urls = [];
    for (const name of await caches.keys()) {
        urls.push(...(await (await caches.open(name)).keys()).map(({ url }) => url));
    }
    return urls.map((url) => new URL(url).pathname);
}"""


def save_unsent(person: Visitor, tags: str = "unsent-tag") -> None:
    """Save a video whose request is aborted."""
    person.page.route("**/videos", lambda route: route.abort())
    person.save(LINK, tags)
    person.sees_toast("Saved here")


def start_endless_import(person: Visitor) -> None:
    """Import a file; the import stays `running`."""
    running = {"state": "running", "total": 3, "imported": 1, "merged": 0, "failed_count": 0}
    person.page.route("**/imports/*", lambda route: route.fulfill(json=running))
    file: FilePayload = {"name": "a.txt", "mimeType": "text/plain", "buffer": LINK.encode()}
    person.open_place("Import and export")
    person.page.get_by_label("Import a file").set_input_files(file)
    expect(person.page.locator(".data")).to_contain_text("1 imported")
    person.button("Close").first.click()


def expect_empty_browser(person: Visitor, *secrets: str) -> None:
    """Wait until no storage of the browser has data of the user."""
    ours = ("user_", "youtu", "/imports/", LEGS, YOGA, ABS, *secrets)
    wait_until(person.page, lambda: not [one for one in ours if one in stored_data(person)])
    assert person.page.evaluate("sessionStorage.length") == 0
    # It holds the wish to leave until Clerk has ended the session.
    wait_until(person.page, lambda: person.page.evaluate("localStorage.length") == 0)
    cached = person.page.evaluate(CACHED)
    assert [url for url in cached if url != "/" and not url.startswith("/assets/")] == []


def test_sign_out_leaves_nothing_of_the_user_in_any_store(visit: Open) -> None:
    person = visit(service_workers="allow")
    person.sign_up("Ada Signout")
    person.save(f"https://youtu.be/{LEGS}", "sent-tag")
    person.sees(LEGS)
    wait_for_worker(person.page)
    wait_until(person.page, lambda: "sent-tag" in stored_data(person))
    start_endless_import(person)
    save_unsent(person)
    start_draft(person)
    person.page.get_by_label("YouTube link").fill(f"https://youtu.be/{ABS}")
    person.button("Close").first.click()
    before = stored_data(person)
    assert [one for one in ("unsent-tag", "half", "/imports/") if one not in before] == []

    person.ask_to_sign_out()
    expect(person.page.locator("dialog")).to_contain_text(
        "1 change is not synced. Sign out and discard it?"
    )
    person.button("Cancel").click()
    expect(person.card(LEGS)).to_be_visible()
    assert "unsent-tag" in stored_data(person)
    person.sign_out(discards=True)
    person.sees_sign_in_notice(SIGNED_OUT)
    expect_empty_browser(person, "sent-tag", "half", "Ada")


def test_sign_out_sends_queued_changes_without_asking(visit: Open) -> None:
    person = sign_in_new(visit, "Ben Signout")
    save_unsent(person)
    person.page.unroute("**/videos")
    person.sign_out()
    person.sees_sign_in_notice(SIGNED_OUT)
    person.button("Ben Signout").click()
    person.sees(YOGA)


def test_sign_out_asks_before_it_discards_a_refused_change(visit: Open) -> None:
    person = sign_in_new(visit, "Cleo Signout")
    held = Held(person.page, "**/videos", "POST")
    person.save("https://example.com/refused")
    held.wait()
    person.button("Close").first.click()
    held.release()
    expect(person.page.locator(".notices")).to_contain_text("Couldn't do this")
    person.ask_to_sign_out()
    expect(person.button("Cancel")).not_to_have_class(DANGER)
    expect(person.button("Discard and sign out")).to_have_class(DANGER)
    person.button("Discard and sign out").click()
    person.sees_sign_in_notice(SIGNED_OUT)
    expect_empty_browser(person, "refused")


def test_sign_out_works_offline_and_reaches_clerk_later(visit: Open) -> None:
    person = visit(service_workers="allow")
    person.sign_up("Dan Signout")
    person.save(f"https://youtu.be/{LEGS}", "sent-tag")
    person.sees(LEGS)
    wait_for_worker(person.page)
    wait_until(person.page, lambda: "sent-tag" in stored_data(person))
    person.go_offline()
    person.load_again()
    person.sees(LEGS)
    person.button("Sign out").click()
    person.sees_sign_in_notice(SIGNED_OUT)
    wait_until(person.page, lambda: LEGS not in stored_data(person))
    person.load_again()  # Clerk's session still exists, but is not shown
    expect(person.button("Try again")).to_be_visible()
    assert person.page.locator("#videos .card").count() == 0

    person.go_online()
    expect(person.button("Dan Signout")).to_be_visible()
    expect(person.page.locator("#videos .card")).to_have_count(0)
    expect_empty_browser(person, "sent-tag")
    person.load_again()
    expect(person.button("Dan Signout")).to_be_visible()


def test_a_sign_out_that_did_not_reach_clerk_completes_before_the_library_is_read(
    visit: Open,
) -> None:
    person = sign_in_new(visit, "Eve Signout", LEGS)
    ending = re.compile(r"/client/sessions\?.*_method=DELETE")
    person.page.route(ending, lambda route: route.abort())
    person.ask_to_sign_out()
    person.sees_sign_in_notice(SIGNED_OUT)
    expect(person.button("Try again")).to_be_visible()
    asked: list[str] = []
    person.page.on("request", lambda request: asked.append(request.url))
    person.page.unroute(ending)
    person.load_again()
    expect(person.button("Eve Signout")).to_be_visible()
    assert [url for url in asked if "/changes?" in url] == []


def test_sign_out_empties_every_tab(visit: Open) -> None:
    person = sign_in_new(visit, "Fay Signout", LEGS)
    other = person.open_tab()
    start_draft(other)
    other.button("Close").first.click()
    assert "half" in stored_data(other)
    person.sign_out()
    expect(other.page.get_by_label("New user")).to_be_visible()
    expect_empty_browser(other, "half")


def test_a_tab_whose_read_is_refused_during_a_sign_out_gets_to_the_sign_in(visit: Open) -> None:
    """The other tab's message arrives when this tab has hidden the library already."""
    person = sign_in_new(visit, "Fox Signout", LEGS)
    person.page.evaluate("localStorage.setItem('core-leaving', 'yes')")
    person.page.evaluate(FOCUS_TAB)
    expect(person.page.get_by_label("The sign-in is loading")).to_be_visible()
    other = person.context.new_page()
    other.goto("/config.json")
    other.evaluate("new BroadcastChannel('core').postMessage({ person: '' })")
    expect(person.page.get_by_label("New user")).to_be_visible()


def test_a_tab_that_missed_the_sign_out_is_cleared_on_reload(visit: Open) -> None:
    person = sign_in_new(visit, "Gil Signout")
    deaf = person.open_tab()
    deaf.page.add_init_script("BroadcastChannel = class { postMessage() {} close() {} }")
    deaf.load_again()
    start_draft(deaf)
    deaf.button("Close").first.click()
    assert "half" in stored_data(deaf)
    person.sign_out()
    person.sees_sign_in_notice(SIGNED_OUT)
    deaf.load_again()
    expect(deaf.page.get_by_label("New user")).to_be_visible()
    assert deaf.page.evaluate("sessionStorage.length") == 0


def test_a_store_that_could_not_be_emptied_is_emptied_at_the_next_start(visit: Open) -> None:
    """Another tab hangs with an open transaction on the changes."""
    person = sign_in_new(visit, "Hal Signout")
    save_unsent(person)
    hung = open_hung_tab(person)
    person.sign_out(discards=True)
    person.sees_sign_in_notice(SIGNED_OUT)
    person.load_again()
    hung.close()
    person.load_again()
    expect_empty_browser(person, "unsent-tag")


def test_changes_of_a_session_that_ended_are_sent_by_its_own_user(visit: Open) -> None:
    person = sign_in_new(visit, "Ida Signout")
    save_unsent(person)
    person.lose_session()
    person.sees_sign_in_notice("1 change is not synced. Sign in again to send it.")
    person.page.unroute("**/changes?**")
    person.page.unroute("**/videos")
    person.button("Ida Signout").click()
    person.sees(YOGA)


def test_changes_of_a_session_that_ended_are_removed_when_another_user_signs_in(
    visit: Open,
) -> None:
    person = sign_in_new(visit, "Jan Signout")
    save_unsent(person, "jans-tag")
    start_draft(person)
    person.button("Close").first.click()
    person.lose_session()
    assert "jans-tag" in stored_data(person)
    person.page.unroute("**/changes?**")
    person.page.unroute("**/videos")
    sent = note_changes_sent(person)
    person.sign_up("Kim Signout")
    expect(person.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    wait_until(person.page, lambda: "jans-tag" not in stored_data(person))
    assert "half" not in stored_data(person)
    person.sign_out()
    person.button("Jan Signout").click()
    expect(person.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    assert sent == []


def test_a_switch_of_users_removes_the_data_of_the_first(visit: Open) -> None:
    person = sign_in_new(visit, "Lea Signout", LEGS)
    save_unsent(person, "leas-tag")
    person.page.evaluate("Clerk.signInAs('Max Signout', {})")
    expect(person.page.locator(".person")).to_contain_text("Max")
    wait_until(person.page, lambda: "leas-tag" not in stored_data(person))


def test_a_tab_that_missed_the_end_of_a_session_stores_no_change(visit: Open) -> None:
    """The change stays in the tab's memory, out of reach of other users of the browser."""
    person = sign_in_new(visit, "Nia Signout", LEGS)
    deaf = person.open_tab()
    deaf.page.add_init_script("BroadcastChannel = class { postMessage() {} close() {} }")
    deaf.load_again()
    deaf.sees(LEGS)
    deaf.wait_for_user("Nia Signout")  # the library is visible before Clerk knows the session
    deaf.page.route("**/videos", lambda route: route.abort())
    person.sign_out()
    person.sign_up("Oda Signout")
    deaf.save(LINK, "late-tag")
    deaf.sees_toast("Saved until you close this page")
    assert "late-tag" not in stored_data(person)
    deaf.page.close(run_before_unload=False)


def test_opening_the_sign_out_address_only_asks(visit: Open) -> None:
    person = sign_in_new(visit, "Pia Signout", LEGS)
    person.page.goto("/#leave")
    person.load_again()
    expect(person.button("Cancel")).to_be_visible()
    person.button("Cancel").click()
    person.sees(LEGS)


def test_a_draft_is_not_offered_after_a_sign_out(visit: Open) -> None:
    person = sign_in_new(visit, "Quin Signout")
    start_draft(person)
    person.button("Close").first.click()
    person.sign_out()
    person.button("Quin Signout").click()
    expect(person.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    sees_draft(person)


def test_sign_out_is_german_in_a_german_browser(visit: Open) -> None:
    person = visit(locale="de-DE")
    page = person.page
    page.get_by_label("New user").fill("Rosa Abmelden")
    person.button("Add and sign in").click()
    expect(page.get_by_role("heading", name="Noch nichts da")).to_be_visible()
    person.button("Erstes Video speichern").click()
    expect(page.get_by_label("YouTube-Link")).to_be_visible()
    person.context.set_offline(True)
    page.get_by_label("YouTube-Link").fill(LINK)
    person.button("Speichern").click()
    expect(page.locator(".toasts")).to_contain_text("Hier gespeichert")
    person.button("Mehr").click()
    person.button("Abmelden").click()
    expect(page.locator("dialog")).to_contain_text("Abmelden und verwerfen?")
    person.button("Verwerfen und abmelden").click()
    person.sees_sign_in_notice("Du bist abgemeldet.")
    person.page.evaluate(FOCUS_TAB)
