"""The web app in Chromium, from the first sign-in to the next user."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from tests.support.web.pages import Visitor, stored_data, wait_for_worker

pytestmark = pytest.mark.browser

LEGS, YOGA = "dQw4w9WgXcQ", "BGQWPY4IigY"

Open = Callable[..., Visitor]


def test_a_user_saves_finds_plays_deletes_and_leaves_no_data_after_sign_out(visit: Open) -> None:
    lily = visit()
    lily.sign_in("Lily")
    save_two(lily)
    find(lily)
    play_and_tag(lily)

    delete(lily, LEGS)
    lily.sees(YOGA)
    lily.button("Undo").click()
    lily.sees_toast("Restored")
    lily.sees(YOGA, LEGS)
    delete(lily, YOGA)
    lily.sees(LEGS)

    lily.sign_out()
    lars = lily
    lars.sign_in("Lars")
    expect(lars.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    assert LEGS not in stored_data(lars)
    again = visit()
    again.sign_in("Lily")
    again.sees(LEGS)


def save_two(lily: Visitor) -> None:
    expect(lily.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()

    lily.save("https://example.com/cooking", "legs, workout")
    expect(lily.page.get_by_role("alert").first).to_contain_text("YouTube")
    expect(lily.button("Remove the tag legs")).to_be_visible()
    lily.page.get_by_label("YouTube link").fill(f"https://youtu.be/{LEGS}?si=x&t=42")
    lily.button("Save").click()
    lily.sees_toast("Saved")
    lily.sees(LEGS)
    lily.save(f"https://youtu.be/{YOGA}", "yoga, workout")
    lily.sees(YOGA, LEGS)


def find(lily: Visitor) -> None:
    lily.chip("workout").click()
    lily.sees(YOGA, LEGS)
    lily.chip("legs").click()
    lily.sees(LEGS)
    expect(lily.chip("workout")).to_have_text("workout1")
    expect(lily.chip("yoga")).to_have_count(0)
    lily.chip("workout").click()
    lily.chip("legs").click()
    lily.page.get_by_role("searchbox", name="Search").fill("nothing has this")
    expect(lily.page.get_by_role("heading", name="No matches")).to_be_visible()
    lily.button("Show all videos").click()
    lily.page.get_by_role("searchbox", name="Search").fill("YOG")
    lily.sees(YOGA)
    lily.page.get_by_role("searchbox", name="Search").fill("")
    lily.page.get_by_label("Sort by").select_option("oldest")
    lily.sees(LEGS, YOGA)
    lily.page.get_by_label("Sort by").select_option("newest")


def play_and_tag(lily: Visitor) -> None:
    lily.card(LEGS).click()
    player = lily.page.locator("iframe").get_attribute("src") or ""
    assert urlsplit(player)[:3] == ("https", "www.youtube-nocookie.com", f"/embed/{LEGS}")
    assert parse_qs(urlsplit(player).query)["start"] == ["42"]
    on_youtube = lily.page.get_by_role("link", name="Open on YouTube")
    expect(on_youtube).to_have_attribute("href", f"https://www.youtube.com/watch?v={LEGS}&t=42s")
    lily.button("Edit").click()
    lily.page.get_by_label("Add a tag").fill("favourite")
    lily.page.get_by_label("Add a tag").press("Enter")
    lily.button("Remove the tag workout").click()
    lily.button("Close").first.click()
    expect(lily.card(LEGS).locator(".pill")).to_have_text(["legs", "favourite"])
    lily.reload()
    expect(lily.card(LEGS).locator(".pill")).to_have_text(["legs", "favourite"])


def delete(person: Visitor, key: str) -> None:
    person.card(key).click()
    person.page.get_by_role("button", name="Delete").click()
    person.sees_toast("Deleted")


def test_a_shared_link_is_saved_in_two_taps(visit: Open) -> None:
    shared = {"title": "Leg day", "text": f"Look at this https://youtu.be/{LEGS}?si=abc"}
    zoe = visit(path=f"/save?{urlencode(shared)}")
    zoe.sign_up("Zoe Example")
    expect(zoe.page.get_by_label("YouTube link")).to_have_value(f"{shared['text']}\nLeg day")
    zoe.button("Save").click()
    zoe.sees_toast("Saved")
    zoe.sees("Leg day")
    assert urlsplit(zoe.page.url).path == "/"


def test_a_refused_token_is_renewed_and_the_save_retried(visit: Open) -> None:
    person = visit()
    person.sign_up("Tom Example")
    refused: list[str] = []

    def refuse_once(route: object) -> None:
        if refused:
            route.continue_()  # type: ignore[attr-defined]  # Playwright's own Route
        else:
            refused.append("once")
            route.fulfill(status=401, json={})  # type: ignore[attr-defined]  # same

    person.page.route("**/videos", refuse_once)
    person.save(f"https://youtu.be/{YOGA}")
    person.sees_toast("Saved")
    assert refused == ["once"]


def test_an_offline_save_is_queued_and_sent_when_online(visit: Open) -> None:
    person = visit()
    person.sign_up("Ana Example")
    person.save(f"https://youtu.be/{LEGS}", "legs")
    person.sees_toast("Saved")
    person.go_offline()
    person.save(f"https://youtu.be/{YOGA}", "yoga")
    person.sees_toast("Saved here")
    expect(person.card("Not synced yet")).to_contain_text(YOGA)
    person.context.set_offline(False)
    person.sees(YOGA, LEGS)
    expect(person.card("Not synced yet")).to_have_count(0)


def test_a_phone_session_from_share_to_sign_out(visit: Open) -> None:
    """Share, filter, play, save offline, sync, sign out; the next user sees no data."""
    shared = {"text": f"https://youtu.be/{LEGS}"}
    phone = {"has_touch": True, "is_mobile": True, "service_workers": "allow"}
    lily = visit(path=f"/save?{urlencode(shared)}", **phone)
    lily.sign_up("Lily Phone")
    lily.page.get_by_label("Add a tag").fill("legs, at home")
    lily.button("Save").click()
    lily.sees_toast("Saved")
    lily.chip("at home").click()
    lily.sees(LEGS)
    lily.card(LEGS).click()
    player = urlsplit(lily.page.locator("iframe").get_attribute("src") or "")
    assert (player.netloc, player.path) == ("www.youtube-nocookie.com", f"/embed/{LEGS}")
    lily.button("Close").first.click()
    lily.chip("at home").click()
    wait_for_worker(lily.page)

    lily.go_offline()
    lily.load_again()
    lily.save(f"https://youtu.be/{YOGA}", "yoga")
    lily.sees_toast("Saved here")
    expect(lily.card(YOGA)).to_contain_text("Not synced yet")
    lily.context.set_offline(False)
    lily.sees(YOGA, LEGS)
    expect(lily.card("Not synced yet")).to_have_count(0)

    lily.sign_out()
    lars = lily
    lars.sign_up("Lars Phone")
    expect(lars.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    left = stored_data(lars)
    assert LEGS not in left
    assert YOGA not in left
