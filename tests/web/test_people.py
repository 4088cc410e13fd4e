"""Several people at one device: whatever comes late, nobody sees or sends what is another's."""

import re
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Request, Route, expect

from tests.web.pages import LOOK_AGAIN, Held, Visitor, kept_by, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.isolation]

LEGS, YOGA = "dQw4w9WgXcQ", "BGQWPY4IigY"
SOON_MS = 10_000
"""Half of what a request may take: nobody waits for another's."""
OPEN = """new Promise((resolve) => {
  const opening = indexedDB.open("core");
  opening.onsuccess = () => resolve(opening.result.transaction("libraries", "readwrite"));
}).then((transaction) => transaction.objectStore("libraries"))"""
KEPT = f"""async () => {{
  const library = (await {OPEN}).get("last");
  return await new Promise((resolve) => (library.onsuccess = () => resolve(library.result)));
}}"""
SLOW = """if (sessionStorage.getItem("slow")) IDBFactory.prototype.open = () => ({});"""
FULL = "() => { IDBDatabase.prototype.transaction = () => { throw new Error('full'); }; }"
PLANT = f"""async (library) => {{
  const store = await {OPEN};
  store.put(library.person, "person");
  localStorage.setItem("core-person", library.person);
  const put = store.put(library, "last");
  await new Promise((resolve) => (put.onsuccess = resolve));
}}"""

Open = Callable[..., Visitor]


def save(person: Visitor, key: str, tags: str) -> None:
    person.save(f"https://youtu.be/{key}", tags)
    person.sees(key)
    expect(person.page.locator("dialog")).to_be_hidden()


def tag(person: Visitor, key: str, name: str) -> None:
    person.card(key).click()
    person.page.get_by_label("Add a tag").fill(name)
    person.page.get_by_label("Add a tag").press("Enter")
    person.button("Close").first.click()
    expect(person.page.locator("dialog")).to_be_hidden()


def changes_sent(person: Visitor) -> list[str]:
    """Note every change of a video that is sent from now on."""
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method != "GET" and "/videos" in request.url:
            sent.append(request.url)

    person.page.on("request", note)
    return sent


def change_place(person: Visitor, name: str) -> None:
    person.sign_out()
    person.join(name)
    first_page = person.page.get_by_role("heading", name="Nothing here yet")
    expect(first_page).to_be_visible(timeout=SOON_MS)


def test_an_answer_that_comes_late_is_told_to_nobody(visit: Open) -> None:
    person = visit()
    person.join("Anna Late")
    save(person, LEGS, "her-own")
    held = Held(person.page, "**/videos/*", "PATCH")
    tag(person, LEGS, "more")
    held.wait()
    change_place(person, "Bert Late")
    held.release()
    expect(person.page.locator("#videos .card, .chips .chip")).to_have_count(0)
    person.page.reload()
    expect(person.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    assert "her-own" not in kept_by(person)


def test_a_refusal_that_comes_late_puts_nothing_back(visit: Open) -> None:
    person = visit()
    person.join("Anna Refused")
    save(person, LEGS, "her-own")
    held = Held(person.page, "**/videos/batch", "POST")
    person.card(LEGS).click()
    person.page.get_by_role("button", name="Delete").click()
    held.wait()
    change_place(person, "Bert Refused")
    held.release(status=403, json={"type": "x#account-closed", "detail": "closed"})
    expect(person.page.locator("#videos .card")).to_have_count(0)
    expect(person.page.locator(".toasts")).to_be_empty()
    person.sign_out()
    person.button("Anna Refused").click()
    expect(person.page.locator(".notices")).to_contain_text(LEGS)


def test_a_refused_token_is_never_replaced_by_another_s(visit: Open) -> None:
    person = visit()
    person.join("Anna Token")
    held = Held(person.page, "**/videos", "POST")
    person.save(f"https://youtu.be/{LEGS}", "her-own")
    person.button("Close").first.click()
    change_place(person, "Bert Token")
    sent = changes_sent(person)
    held.release(status=401, json={})
    person.page.reload()
    expect(person.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    assert sent == []


def test_undo_goes_with_whoever_could_undo(visit: Open) -> None:
    person = visit()
    person.join("Anna Undo")
    save(person, LEGS, "her-own")
    person.card(LEGS).click()
    person.page.get_by_role("button", name="Delete").click()
    expect(person.button("Undo")).to_be_visible()
    person.sign_out()
    expect(person.button("Undo")).to_have_count(0)


def test_signing_out_leaves_no_library_behind(visit: Open) -> None:
    person = visit()
    person.join("Anna Leaves")
    save(person, LEGS, "her-own")
    tag(person, LEGS, "more")
    expect(person.card(LEGS).locator(".pill")).to_have_count(2)
    wait_until(person.page, lambda: "more" in str(person.page.evaluate(KEPT)))
    held = Held(person.page, "**/videos/*", "PATCH")
    tag(person, LEGS, "yet more")
    held.wait()
    person.sign_out()
    held.release()
    assert "her-own" not in kept_by(person)


def test_another_tab_leaves_with_its_person(visit: Open) -> None:
    person = visit()
    person.join("Anna Tabs")
    save(person, LEGS, "her-own")
    other = person.context.new_page()
    other.goto("/")
    expect(other.locator("#videos .card")).to_have_count(1)
    # A tab that hears nothing: frozen, or of a browser that was offline.
    deaf = person.context.new_page()
    deaf.add_init_script("BroadcastChannel = class { postMessage() {} }")
    deaf.goto("/")
    expect(deaf.locator("#videos .card")).to_have_count(1)
    person.sign_out()
    expect(other.get_by_label("Somebody new")).to_be_visible()
    deaf.evaluate(LOOK_AGAIN)
    deaf.wait_for_timeout(500)
    assert "her-own" not in kept_by(person)


def test_another_s_library_is_gone_once_it_is_known_who_is_here(visit: Open) -> None:
    """Their session ended elsewhere; until Clerk is there, the page can't know."""
    person = visit()
    person.join("Anna Start")
    save(person, LEGS, "her-own")
    person.page.reload()
    person.sees(LEGS)
    hers = person.page.evaluate(KEPT)
    person.page.route("**/videos", lambda route: route.abort())
    person.save(f"https://youtu.be/{YOGA}", "waits")
    person.told("Kept on this device")
    person.page.unroute("**/videos")
    change_place(person, "Bert Start")
    person.page.evaluate(PLANT, hers)
    sent = changes_sent(person)
    slow: list[Route] = []
    person.page.route("**/clerk.browser.js", lambda route: slow.append(route))  # noqa: PLW0108  Playwright writes on it
    person.page.reload(wait_until="commit")
    expect(person.card(LEGS)).to_be_visible()
    person.page.keyboard.press("ArrowDown")
    person.page.keyboard.press("Delete")  # somebody is quick, and sends what waits with it
    wait_until(person.page, lambda: slow)
    slow[0].continue_()
    expect(person.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    person.page.wait_for_timeout(300)
    assert sent == []
    assert "her-own" not in str(person.page.evaluate(KEPT))


def test_a_library_that_could_not_be_taken_away_is_not_shown(visit: Open) -> None:
    """The disk is full when its person leaves; the next one has no network, and no Clerk."""
    person = visit()
    person.join("Anna Full")
    save(person, LEGS, "her-own")
    wait_until(person.page, lambda: "her-own" in str(person.page.evaluate(KEPT)))
    person.page.evaluate(FULL)
    person.sign_out()
    person.page.route("**/config.json", lambda route: route.abort())
    person.page.reload()
    expect(person.button("Try again")).to_be_visible()
    assert "her-own" in str(person.page.evaluate(KEPT))
    expect(person.page.locator("#videos .card")).to_have_count(0)


def test_a_library_that_could_not_be_opened_in_time_is_not_shown_later(visit: Open) -> None:
    """Its person leaves while the browser's database says nothing; the next time it is quick."""
    person = visit()
    person.join("Anna Slow")
    save(person, LEGS, "her-own")
    wait_until(person.page, lambda: "her-own" in str(person.page.evaluate(KEPT)))
    person.page.evaluate("sessionStorage.setItem('slow', 'yes')")
    person.context.add_init_script(SLOW)
    person.page.reload()
    person.sees(LEGS)
    person.sign_out()
    person.page.evaluate("sessionStorage.removeItem('slow')")
    person.page.route("**/config.json", lambda route: route.abort())
    person.page.reload()
    expect(person.button("Try again")).to_be_visible()
    assert "her-own" in str(person.page.evaluate(KEPT))
    expect(person.page.locator("#videos .card")).to_have_count(0)


def test_what_was_shared_with_another_tab_is_its_person_s(visit: Open) -> None:
    person = visit()
    person.join("Anna Shares Twice")
    other = person.context.new_page()
    other.goto(f"/save?{urlencode({'text': f'her own words https://youtu.be/{LEGS}'})}")
    link = other.get_by_label("YouTube link")
    expect(link).to_be_visible()
    other.get_by_label("Add a tag").fill("hers,")
    person.sign_out()
    expect(other.get_by_label("Somebody new")).to_be_visible()
    person.join("Bert Shares Twice")
    expect(other.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    expect(link).to_have_count(0)
    assert urlsplit(other.url).path == "/"
    assert "her own" not in kept_by(person)


def test_a_session_that_ends_in_another_tab_keeps_what_was_typed(visit: Open) -> None:
    person = visit()
    person.join("Mia Twice")
    other = person.context.new_page()
    other.goto("/")
    other.get_by_role("button", name="Save your first video").click()
    other.get_by_label("YouTube link").fill(f"https://youtu.be/{LEGS}")
    other.get_by_label("Add a tag").fill("legs,")
    person.sign_out()
    other.get_by_role("button", name="Mia Twice").click()
    expect(other.get_by_label("YouTube link")).to_have_value(f"https://youtu.be/{LEGS}")
    expect(other.get_by_role("button", name="Remove the tag legs")).to_be_visible()


def test_what_was_shared_is_not_the_next_person_s(visit: Open) -> None:
    shared = urlencode({"text": f"her own words https://youtu.be/{LEGS}"})
    person = visit()
    person.join("Anna Shares")
    person.page.goto(f"/save?{shared}")
    expect(person.page.get_by_label("YouTube link")).to_have_value(
        f"her own words https://youtu.be/{LEGS}"
    )
    person.is_taken_no_longer()
    person.page.unroute("**/videos?**")
    person.join("Bert Shares")
    expect(person.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    expect(person.page.get_by_label("YouTube link")).to_have_count(0)
    assert urlsplit(person.page.url).query == ""


@pytest.mark.parametrize("link", [f"https://youtu.be/{LEGS}", ""], ids=["link", "tags"])
def test_a_session_that_ended_keeps_what_was_typed_for_its_person(visit: Open, link: str) -> None:
    name = "Mia Returns" if link else "Mia Tags"
    person = visit()
    person.join(name)
    person.begin_to_save()
    person.page.get_by_label("YouTube link").fill(link)
    person.page.get_by_label("Add a tag").fill("legs,")
    person.is_taken_no_longer()
    person.page.unroute("**/videos?**")
    person.button(name).click()
    expect(person.page.get_by_label("YouTube link")).to_have_value(link)
    expect(person.button("Remove the tag legs")).to_be_visible()


def test_whoever_signs_in_in_vain_is_told_so(visit: Open) -> None:
    person = visit()
    person.join("Noa Returns")
    person.is_taken_no_longer()
    person.button("Noa Returns").click()
    person.is_told_at_the_door("Core did not accept your new sign-in either")
    person.page.unroute("**/videos?**")
    person.button("Noa Returns").click()
    expect(person.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    person.is_taken_no_longer()


def test_who_could_not_even_sign_in_anew_is_told_of_no_new_sign_in(visit: Open) -> None:
    person = visit()
    person.join("Xan People")
    cut = re.compile(r"/client/sessions\?.*_method=DELETE")
    person.page.route(cut, lambda route: route.abort())
    person.page.route("**/videos?**", lambda route: route.fulfill(status=401, json={}))
    person.page.reload()
    expect(person.page.locator("main")).to_contain_text("can't be reached")
    person.page.unroute(cut)
    person.page.evaluate(LOOK_AGAIN)
    person.is_told_at_the_door("Your session has ended")


@pytest.mark.parametrize("typed_before_ms", [0, 600])
def test_what_one_person_looks_for_is_not_looked_for_by_the_next(
    visit: Open, typed_before_ms: int
) -> None:
    person = visit(1400, 900)
    person.join(f"Yan People {typed_before_ms}")
    save(person, LEGS, "legs")
    search = person.page.get_by_label("Search")
    search.fill("nobody else's business")
    person.page.wait_for_timeout(typed_before_ms)
    other = f"Zoe People {typed_before_ms}"
    person.page.evaluate("name => Clerk.signInAs(name, {})", other)
    expect(person.page.locator(".person")).to_contain_text("Zoe")
    expect(person.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    person.page.wait_for_timeout(600)
    expect(search).to_have_value("")
    expect(person.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()


def test_what_was_on_its_way_when_the_session_ended_is_sent_once(visit: Open) -> None:
    person = visit()
    person.join("Max Returns")
    person.page.route("**/videos", lambda route: route.fulfill(status=401, json={}))
    person.save(f"https://youtu.be/{LEGS}", "legs")
    person.is_told_at_the_door("Your session has ended")
    person.page.unroute("**/videos")
    person.button("Max Returns").click()
    person.sees(LEGS)
    expect(person.page.locator("dialog")).to_be_hidden()


def test_deleting_everything_leaves_nothing_on_the_device(visit: Open) -> None:
    person = visit()
    person.join("Anna Erases")
    save(person, LEGS, "her-own")
    person.page.route("**/videos", lambda route: route.abort())
    person.save(f"https://youtu.be/{YOGA}", "waits")
    person.told("Kept on this device")
    person.deletes_everything()
    expect(person.page.locator(".toasts")).to_be_empty()
    left = kept_by(person)
    assert not [secret for secret in ("her-own", "waits", LEGS, YOGA) if secret in left]
