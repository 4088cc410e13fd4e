"""Workouts and notes in the page: choosing a video, logging, and notes."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.support.web.pages import Held, Visitor, stored_data, wait_for_worker, wait_until
from tests.support.web.player import FakePlayer, serve_players
from tests.support.web.stories import ClientOf, Open
from tests.support.web.training import (
    ARMS_10,
    LEGS_20,
    PHONE,
    WORKOUTS,
    bar,
    close,
    day,
    done,
    enter,
    give_titles,
    log,
    logged,
    mark,
    open_log,
    posts,
    rows,
    takeout,
)

pytestmark = pytest.mark.browser


def test_a_user_filters_trains_takes_notes_and_logs_offline_in_private(
    visit: Open, client_of: ClientOf
) -> None:
    lily = visit(360, 800, user="Lily Trains", service_workers="allow", **PHONE)
    serve_players(lily)
    import_takeout(lily)
    with client_of("Lily Trains") as client:
        ids = give_titles(client)
        log(client, ids[ARMS_10], 2)
    lily.load_again()
    choose_what_to_do(lily)
    train_and_note(lily)
    wait_for_worker(lily.page)
    log_offline(lily)
    expect(lily.card("20 min legs")).to_contain_text("today · ×1")
    expect(lily.card("45 min legs")).to_contain_text("today · ×1")
    with client_of("Lily Trains") as client:
        titles = logged(client, "title")
        notes = client.get("/notes").json()["notes"]
    assert titles == ["45 min legs", "20 min legs", "10 min arms"]
    assert [(one["at_s"], one["text"]) for one in notes] == [(3, "Knees out")]
    open_log(lily)
    expect(rows(lily)).to_have_text([re.compile(title) for title in titles])
    close(lily)

    lily.sign_out()
    lars = lily
    lars.sign_in("Lars")
    expect(lars.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    left = stored_data(lars)
    assert not [text for text in ("Knees out", LEGS_20, "core-away") if text in left]
    with client_of("Lars") as client:
        assert client.get("/workouts").json()["count"] == 0
        assert client.get("/notes").json()["count"] == 0


def import_takeout(lily: Visitor) -> None:
    lily.open_place("Import and export")
    lily.page.get_by_label("Import a file").set_input_files(takeout())
    expect(lily.page.locator(".data")).to_contain_text("3 imported")
    lily.page.keyboard.press("Escape")


def choose_what_to_do(lily: Visitor) -> None:
    lily.chip("legs").click()
    lily.page.get_by_label("Length").select_option("≤ 20 min")
    lily.page.get_by_label("Last done").select_option("Not for 7 days")
    lily.sees("20 min legs")
    expect(lily.page.locator(".count")).to_have_text("1 of 3")
    expect(lily.page.locator(".chips .chip[aria-pressed]").first).to_have_text("legs· –")
    lily.button("What today?").click()
    expect(lily.page.locator(".suggestion")).to_contain_text("20 min legs")
    expect(lily.page.locator(".suggestion")).to_contain_text("not done yet")
    lily.button("Play").click()


def train_and_note(lily: Visitor) -> None:
    FakePlayer(lily).play(3)
    expect(mark(lily)).to_have_text("0:03")
    mark(lily).click()
    lily.page.get_by_label("Note", exact=True).fill("Knees out")
    lily.button("Finish").click()
    expect(lily.page.locator(".note")).to_have_text("0:03Knees out")
    done(lily).click()
    lily.sees_toast("Done · ")
    expect(lily.button("Undo")).to_be_visible()
    close(lily)
    expect(lily.page.get_by_role("heading", name="No matches")).to_be_visible()
    lily.button("Show all videos").click()


def log_offline(lily: Visitor) -> None:
    lily.go_offline()
    lily.load_again()
    lily.card("45 min legs").click()
    done(lily).click()
    close(lily)
    expect(lily.card("45 min legs")).to_contain_text("today · ×1")
    lily.load_again()
    expect(lily.card("45 min legs")).to_contain_text("today · ×1")
    with lily.page.expect_response(lambda one: bool(WORKOUTS.search(one.url))):
        lily.go_online()
    expect(lily.page.locator(".notice")).to_have_count(0)


def test_a_workout_is_sent_once_if_its_tab_closes_before_the_response(
    visit: Open, client_of: ClientOf
) -> None:
    person = enter(visit, client_of, "Cora Crashes")
    held = Held(person.page, WORKOUTS, "POST")
    person.card("45 min legs").click()
    done(person).click()
    held.wait()
    other = person.open_tab()
    person.page.close()
    held.released = True
    sent = posts(other.page)
    other.page.evaluate("dispatchEvent(new Event('online'))")
    expect(other.card("45 min legs")).to_contain_text("today · ×1")
    with client_of("Cora Crashes") as client:
        wait_until(other.page, lambda: logged(client, "day") == [day(), day(5)])
        other.page.wait_for_timeout(500)
        assert len(sent) <= 1
        assert logged(client, "day") == [day(), day(5)]


def test_two_tabs_show_the_same_log(visit: Open, client_of: ClientOf) -> None:
    person = enter(visit, client_of, "Tess Tabs")
    other = person.open_tab()
    expect(other.card("20 min legs")).to_contain_text("5 days ago · ×1")
    sent = posts(person.page)
    person.page.bring_to_front()
    person.card("20 min legs").click()
    done(person).click()
    expect(other.card("20 min legs")).to_contain_text("today · ×2")
    open_log(other)
    expect(rows(other)).to_have_count(2)
    person.button("Undo").click()
    expect(rows(other)).to_have_count(1)
    expect(done(person)).to_have_text("Done")
    assert len(sent) == 1


def test_done_logs_minutes_and_takes_details(visit: Open, client_of: ClientOf) -> None:
    person = enter(visit, client_of, "Dora Details")
    person.card("20 min legs").click()
    FakePlayer(person)
    person.page.keyboard.press("d")
    person.sees_toast("min")
    person.page.keyboard.press("d")  # the second press logs no second workout
    person.button("Hard").click()
    expect(person.button("Hard")).to_have_attribute("aria-pressed", "true")
    person.page.get_by_label("Date").fill(day(1))
    person.page.get_by_label("Minutes").fill("0")
    person.button("Finish").click()
    expect(person.page.get_by_role("alert").last).to_have_text("Enter 1 to 1,440 minutes.")
    person.page.get_by_label("Minutes").fill("23")
    person.page.get_by_label("Comment").fill("\u202e</script>=1+1 💪")
    person.button("Finish").click()
    expect(person.page.locator(".training-form")).to_have_count(0)
    expect(done(person)).to_have_text("Done · 23 min")
    close(person)
    expect(person.card("20 min legs")).to_contain_text("yesterday · ×2")
    open_log(person)
    expect(rows(person).first).to_contain_text("23 min · Hard · \u202e</script>=1+1 💪")
    with client_of("Dora Details") as client:
        wait_until(person.page, lambda: logged(client, "minutes")[0] == 23)
        first, second = client.get("/workouts").json()["workouts"]
    assert (first["day"], first["effort"], first["minutes"]) == (day(1), "hard", 23)
    assert second["day"] == day(5)


def test_the_log_edits_deletes_and_restores_workouts(visit: Open, client_of: ClientOf) -> None:
    person = enter(visit, client_of, "Lola Logs")
    open_log(person)
    rows(person).first.click()
    person.page.get_by_label("Date").fill(day())
    person.button("Finish").click()
    expect(person.page.locator(".log-day h3")).to_have_text("Today")
    expect(person.page.locator(".dot.full")).to_have_count(1)
    expect(person.page.locator("[aria-current=date] .dot")).to_have_class("dot full")
    rows(person).first.click()
    with person.page.expect_response(WORKOUTS):
        person.button("Delete").click()
    expect(person.page.get_by_role("heading", name="No workouts yet")).to_be_visible()
    person.button("Undo").click()
    expect(rows(person)).to_have_text(["20 min legs20 min"])
    close(person)
    expect(person.card("20 min legs")).to_contain_text("today · ×1")


def test_the_done_button_fills_the_bar_near_the_end(visit: Open, client_of: ClientOf) -> None:
    person = enter(visit, client_of, "Edda Ends")
    person.card("20 min legs").click()
    player = FakePlayer(person)
    player.play(10)
    expect(bar(person)).to_have_class("training-bar")
    player.drag_to(55)
    expect(bar(person)).to_have_class("training-bar full")
    with client_of("Edda Ends") as client:
        assert client.get("/workouts").json()["count"] == 1  # playing alone logs nothing
    done(person).click()
    expect(bar(person)).to_have_class("training-bar")


def test_notes_seek_repeat_and_are_searchable(visit: Open, client_of: ClientOf) -> None:
    person = enter(visit, client_of, "Nele Notes")
    person.card("20 min legs").click()
    player = FakePlayer(person)
    player.play(12)
    person.page.keyboard.press("n")
    expect(person.page.get_by_label("Note", exact=True)).to_be_focused()
    mark(person).click()  # as the second tap of a double tap
    expect(person.page.get_by_label("Note", exact=True)).to_be_focused()
    person.button("5 seconds earlier").click()
    player.play(3)
    person.button("Until here").click()
    person.page.get_by_label("Note", exact=True).fill("Éponge")
    person.button("Finish").click()
    segment = person.button("0:07–0:15")
    segment.click()
    expect(segment).to_have_attribute("aria-pressed", "true")
    player.is_at(7)
    player.play(20)
    assert 7 <= player.ask("player.seconds") < 27  # it repeated
    segment.click()
    expect(segment).to_have_attribute("aria-pressed", "false")
    close(person)
    person.page.get_by_role("searchbox").fill("eponge legs")
    person.sees("20 min legs")
    person.card("20 min legs").click()
    person.button("Éponge").click()
    person.button("Finish").click()
    expect(person.button("Éponge")).to_be_focused()
    person.button("Éponge").click()
    person.page.get_by_label("Note", exact=True).fill("Éponges")
    person.button("Finish").click()
    expect(person.button("Éponges")).to_be_focused()
    person.button("Éponges").click()
    person.button("Delete").last.click()
    expect(person.page.locator(".note")).to_have_count(0)
    expect(mark(person)).to_be_focused()
    person.button("Undo").click()
    expect(person.page.locator(".note")).to_have_text("0:07–0:15Éponges")


def test_without_player_messages_note_times_are_typed(visit: Open, client_of: ClientOf) -> None:
    person = enter(visit, client_of, "Tom Types")
    person.context.unroute_all()
    person.context.route(re.compile("^https://"), lambda route: route.fulfill(body=""))
    person.card("20 min legs").click()
    expect(mark(person)).to_have_text("Note")
    mark(person).click()
    person.page.get_by_label("Note", exact=True).fill("Warm up")
    person.page.get_by_label("At", exact=True).fill("1:05")
    person.page.get_by_label("Until", exact=True).fill("0:30")
    person.button("Finish").click()
    expect(person.page.locator(".training-form").get_by_role("alert")).to_contain_text("1:05")
    person.page.get_by_label("Until", exact=True).fill("1:30")
    person.button("Finish").click()
    expect(person.page.locator(".note")).to_have_text("1:05–1:30Warm up")
    done(person).click()
    expect(done(person)).to_have_text("Done · 20 min")


def test_after_a_visit_to_youtube_the_page_asks_even_if_it_was_reloaded(
    visit: Open, client_of: ClientOf
) -> None:
    person = enter(visit, client_of, "Yara Youtube")
    person.button("More for 45 min legs").click()
    open_youtube(person)
    expect(person.page.locator("dialog")).to_be_hidden()
    let_pass(person, minutes=23)
    expect(person.page.locator(".notices")).to_contain_text("Did it? 45 min legs")
    person.button("Done · 23 min").click()
    expect(person.card("45 min legs")).to_contain_text("today · ×1")
    expect(person.page.locator(".notice")).to_have_count(0)

    person.card("10 min arms").click()
    open_youtube(person)
    let_pass(person, minutes=30)
    person.page.locator(".training-question").get_by_role("button", name="No").click()
    expect(person.page.locator(".training-question")).to_have_count(0)
    with client_of("Yara Youtube") as client:
        wait_until(person.page, lambda: logged(client, "minutes") == [23, 20])


def open_youtube(person: Visitor) -> None:
    with person.context.expect_page() as opened:
        person.page.get_by_role("link", name="Open on YouTube").click()
    opened.value.close()


def let_pass(person: Visitor, minutes: int) -> None:
    """Let minutes pass since the user opened YouTube, and reload the page."""
    person.page.evaluate(
        """minutes => {
            const kept = JSON.parse(localStorage.getItem("core-away"));
            kept.since -= minutes * 60_000;
            localStorage.setItem("core-away", JSON.stringify(kept));
        }""",
        minutes,
    )
    person.load_again()


def test_due_videos_come_first_and_another_suggests_the_next(
    visit: Open, client_of: ClientOf
) -> None:
    person = enter(visit, client_of, "Wanda What")
    person.page.get_by_label("Sort by").select_option("title")
    person.page.get_by_label("Length").select_option("20")
    person.sees("10 min arms", "20 min legs")
    expect(person.page.get_by_label("Sort by")).to_have_value("due")
    expect(person.page.locator(".chips .chip[aria-pressed]")).to_have_text(["arms· –", "legs· 5 d"])
    person.button("What today?").click()
    suggestion = person.page.locator(".suggestion")
    expect(suggestion).to_contain_text("10 min arms")
    person.button("Another").click()
    expect(suggestion).to_contain_text("20 min legs")
    person.button("Another").click()
    expect(suggestion).to_contain_text("10 min arms")
    close(person)
    person.page.get_by_label("Last done").select_option("7")
    person.sees("10 min arms")
    person.page.get_by_label("Last done").select_option("0")
    person.page.get_by_label("Length").select_option("0")
    expect(person.page.get_by_label("Sort by")).to_have_value("title")
    expect(person.button("Any of these tags")).to_be_hidden()
    person.chip("legs").click()
    person.sees("20 min legs", "45 min legs")
    person.button("Any of these tags").click()
    person.chip("arms").click()
    person.sees("10 min arms", "20 min legs", "45 min legs")
    expect(person.page.locator(".chips .chip[aria-pressed]")).to_have_text(["legs2", "arms1"])
    person.button("Any of these tags").click()
    expect(person.page.get_by_role("heading", name="No matches")).to_be_visible()
    person.button("Show all videos").click()
    person.page.get_by_label("Kind").select_option("Untagged")
    expect(person.page.get_by_text("No video fits these filters.")).to_be_visible()
    person.button("Show all videos").click()
    person.sees("10 min arms", "20 min legs", "45 min legs")


def test_a_refused_workout_is_rolled_back(visit: Open, client_of: ClientOf) -> None:
    person = enter(visit, client_of, "Rita Refused")

    def refuse(route: Route) -> None:
        problem = {"type": "about:blank#not-found", "detail": "Not found."}
        if route.request.method == "POST":
            route.fulfill(status=404, json=problem)
        else:
            route.fallback()

    person.page.route(WORKOUTS, refuse)
    person.card("45 min legs").click()
    done(person).click()
    person.sees_toast("It no longer exists.")
    expect(done(person)).to_have_text("Done")
    close(person)
    expect(person.card("45 min legs")).to_contain_text("not done yet")
