"""Filtered or selected videos play one after the other."""

import pytest
from playwright.sync_api import expect

from tests.support.web.pages import FOCUS_TAB, ONE_VIDEO, Visitor, import_library, wait_until
from tests.support.web.player import EnterPlayer, FakePlayer
from tests.support.web.stories import ABS, LEGS, YOGA, ClientOf, Open
from tests.support.web.training import done, mark

pytestmark = pytest.mark.browser

PLAYING = 1
RUN = "jNQXAC9IVRw"


def play_these(person: Visitor, way: str = "Play in this order") -> FakePlayer:
    person.button("Play these videos").click()
    person.button(way).click()
    return FakePlayer(person)


def heading(person: Visitor, key: str) -> None:
    expect(person.page.locator("dialog h2")).to_have_text(f"YouTube {key}")


def test_the_shown_videos_play_in_order_in_one_frame(enter_player: EnterPlayer) -> None:
    person, _ = enter_player("Lea Player", LEGS, YOGA, ABS)
    player = play_these(person)
    player.shows(ABS)
    expect(person.page.locator(".video-sub")).to_contain_text("1 of 3")
    expect(person.button("Previous video")).to_be_disabled()
    player.play(60)
    player.shows(YOGA)
    heading(person, YOGA)
    assert player.ask("player.loads") == 2
    assert player.ask("player.seconds") == 0
    person.button("Next video").click()
    player.shows(LEGS)
    heading(person, LEGS)
    expect(person.button("Next video")).to_be_disabled()
    expect(person.button("Next video")).to_be_focused()
    keys = person.page.keyboard
    keys.press("k")
    player.shows(YOGA)
    heading(person, YOGA)
    keys.press("j")
    player.shows(LEGS)
    heading(person, LEGS)
    keys.press("j")
    player.play(60)
    player.is_in_state(0)
    heading(person, LEGS)

    person.button("Close").first.click()
    person.card(YOGA).click()
    heading(person, YOGA)
    expect(person.button("Next video")).to_be_hidden()
    person.page.go_back()
    expect(person.page.locator("dialog")).to_be_hidden()
    person.sees(ABS, YOGA, LEGS)


def test_the_next_video_begins_at_its_own_start(
    enter_player: EnterPlayer,
) -> None:
    person, _ = enter_player("Mia Player", LEGS, YOGA, start_s=5, end_s=10)
    player = play_these(person)
    player.shows(YOGA)
    player.play(6)  # to its end
    player.shows(LEGS)
    player.is_at(5)
    player.play(2)
    player.is_at(7)
    player.is_in_state(PLAYING)


def test_only_filtered_or_selected_videos_play(
    enter_player: EnterPlayer,
) -> None:
    person, _ = enter_player("Nia Player", LEGS, YOGA, ABS)
    person.page.get_by_role("searchbox").fill(YOGA)
    person.sees(YOGA)
    play_these(person).shows(YOGA)
    expect(person.page.locator(".video-sub")).to_contain_text("1 of 1")
    expect(person.button("Next video")).to_be_hidden()
    person.button("Close").first.click()
    person.page.get_by_role("searchbox").fill("")
    person.sees(ABS, YOGA, LEGS)
    person.button("Select").click()
    person.card(LEGS).click()
    person.card(ABS).click()
    person.page.locator(".select-bar").get_by_role("button", name="Play").click()
    expect(person.page.locator("dialog")).to_contain_text("2 videos")
    person.button("Shuffle").click()
    FakePlayer(person)
    expect(person.page.locator(".video-sub")).to_contain_text("1 of 2")
    person.button("Close").first.click()
    expect(person.page.locator(".select-count")).to_have_text("2 selected")


def test_unavailable_videos_are_not_played(visit: Open, client_of: ClientOf) -> None:
    with client_of("Sia Player") as client:
        import_library(client, [{"url": f"https://youtu.be/{LEGS}", "availability": "private"}])
    person = visit(user="Sia Player")
    expect(person.card("Private on YouTube")).to_be_visible()
    person.button("Play these videos").click()
    expect(person.page.locator("dialog")).to_contain_text("Nothing to play")
    person.button("Back to the library").click()
    expect(person.page.locator("dialog")).to_be_hidden()


def test_a_video_that_fails_or_was_deleted_is_skipped(
    enter_player: EnterPlayer, client_of: ClientOf
) -> None:
    person, _ = enter_player("Ola Player", LEGS, YOGA, ABS)
    player = play_these(person)
    player.shows(ABS)
    with client_of("Ola Player") as client:
        gone = client.get("/videos").json()["videos"][1]
        assert gone["video_key"] == YOGA
        client.delete(f"/videos/{gone['id']}").raise_for_status()
    person.page.evaluate(FOCUS_TAB)
    expect(person.page.locator("#videos .card")).to_have_count(2)
    player.ask("player.post('onError', 150)")
    player.shows(LEGS)


def test_playback_does_not_advance_while_editing(enter_player: EnterPlayer) -> None:
    person, _ = enter_player("Pam Player", LEGS, YOGA, duration_s=60)
    player = play_these(person)
    person.button("Edit").click()
    person.page.get_by_role("textbox", name="Title").fill("Mine")
    player.play(60)
    player.is_in_state(0)
    heading(person, YOGA)
    with person.page.expect_response(ONE_VIDEO) as sent:
        person.page.locator(".video-editor").get_by_role("button", name="Finish").click()
    assert sent.value.json()["title"] == "Mine"
    heading(person, LEGS)
    expect(person.page.get_by_role("textbox", name="Title")).to_have_count(0)


def test_the_next_video_waits_until_a_comment_or_the_text_of_a_note_is_finished(
    enter_player: EnterPlayer, client_of: ClientOf
) -> None:
    person, _ = enter_player("Tia Player", LEGS, YOGA, ABS, RUN)
    player = play_these(person)
    mark(person).click()  # without a text
    player.play(60)
    player.shows(ABS)
    done(person).click()
    person.page.get_by_label("Comment").click()
    end_while_typing(player, ["Both ", "sides and knees"])
    person.button("Finish").click()
    player.shows(YOGA)
    mark(person).click()
    end_while_typing(player, ["Both ", "knees and elbows"])  # k, n, d and e are shortcuts
    person.button("Finish").click()
    player.shows(LEGS)
    expect(person.page.locator(".training-form")).to_have_count(0)
    expect(done(person)).to_have_text("Done")
    with client_of("Tia Player") as client:
        wait_until(person.page, lambda: "Both sides and knees" in client.get("/workouts").text)
        wait_until(person.page, lambda: "Both knees and elbows" in client.get("/notes").text)


def test_a_video_that_is_played_again_goes_on_after_a_note(enter_player: EnterPlayer) -> None:
    person, _ = enter_player("Ria Player", LEGS, YOGA)
    player = play_these(person)
    mark(person).click()
    end_while_typing(player, ["Both ", "knees"])
    player.drag_to(5)
    player.play(3)
    player.is_in_state(PLAYING)
    person.button("Finish").click()
    expect(person.page.locator(".note-text")).to_have_text("Both knees")
    person.page.wait_for_timeout(300)
    heading(person, YOGA)
    player.is_at(8)


def end_while_typing(player: FakePlayer, words: list[str]) -> None:
    """Type a text; the video ends in between."""
    player.person.page.keyboard.type(words[0])
    player.play(60)
    player.is_in_state(0)
    player.person.page.keyboard.type(words[1])
