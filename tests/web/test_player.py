"""The player in the video sheet: its messages, the start and end of a video, its duration."""

import re
from http import HTTPStatus

import pytest
from playwright.sync_api import Frame, Request, expect

from tests.support.web.pages import ONE_VIDEO, wait_until
from tests.support.web.player import PLAYERS, EnterPlayer, FakePlayer, open_player
from tests.support.web.stories import LEGS, YOGA, ClientOf, Open

pytestmark = pytest.mark.browser

PAUSED = 2
SILENCE_MS = 5_000


def test_the_player_gets_the_origin_of_the_page(enter_player: EnterPlayer) -> None:
    person, _ = enter_player("Ada Player")
    player = open_player(person)
    assert player.query["enablejsapi"] == ["1"]
    assert player.query["origin"] == [person.page.evaluate("location.origin")]
    wait_until(person.page, lambda: len(player.ask("player.commands")) > 1)
    assert [one[0] for one in player.ask("player.commands")] == ["addEventListener"] * 2


def test_messages_of_other_windows_and_origins_are_ignored(enter_player: EnterPlayer) -> None:
    person, _ = enter_player("Bea Player")
    player = open_player(person)
    player.play(2)
    person.page.evaluate("""() => {
        const data = JSON.stringify({ event: "infoDelivery", info: { currentTime: 59 } });
        postMessage(data, "*");
        const strange = { data, source: frames[0], origin: "https://x.test" };
        dispatchEvent(new MessageEvent("message", strange));
        const origin = "https://www.youtube-nocookie.com";
        dispatchEvent(new MessageEvent("message", { data, source: window, origin }));
    }""")
    person.button("Edit").click()
    person.button("Start here: the video's current position").click()
    expect(person.page.get_by_label("Start", exact=True)).to_have_value("0:02")


def test_start_and_end_buttons_take_the_time_of_the_player(enter_player: EnterPlayer) -> None:
    person, sent = enter_player("Cleo Player", duration_s=60)
    player = open_player(person)
    player.drag_to(12.7)
    person.button("Edit").click()
    person.button("Start here: the video's current position").click()
    player.drag_to(20)
    person.button("End here: the video's current position").click()
    person.button("Finish").click()
    wait_until(person.page, lambda: sent)
    assert sent == [{"start_s": 12, "end_s": 20}]
    player.ask("player.playVideo()")
    player.is_in_state(PAUSED)  # it is already at its end
    player.ask("player.playVideo()")
    player.is_at(12)


def test_an_invalid_time_stays_in_the_field_with_the_reason(enter_player: EnterPlayer) -> None:
    person, sent = enter_player("Dora Player", duration_s=60)
    person.edit(LEGS)
    start, end = (person.page.get_by_label(name, exact=True) for name in ("Start", "End"))
    fault = person.page.locator("#time-fault")
    start.fill("1:xx")
    start.press("Enter")
    expect(fault).to_have_text("Write a time such as 1:05.")
    expect(start).to_be_focused()
    expect(end).to_have_attribute("aria-invalid", "false")
    start.fill("1.30")
    end.fill("1:05")
    person.button("Finish").click()
    expect(fault).to_have_text("The end must be after the start.")
    end.fill("1:00:00")
    end.press("Enter")
    expect(end).to_have_count(0)
    wait_until(person.page, lambda: sent)
    assert sent == [{"start_s": 90, "end_s": 3_600}]
    person.button("Edit").click()
    expect(start).to_have_value("1:30")
    expect(end).to_have_value("1:00:00")


def test_a_replay_stops_at_the_end_time_too(enter_player: EnterPlayer) -> None:
    person, _ = enter_player("Flo Player", start_s=5, end_s=10)
    player = open_player(person)
    assert (player.query["start"], player.query["end"]) == (["5"], ["10"])
    for _ in range(2):
        player.play(20)
        player.is_in_state(PAUSED)
        assert 10 <= player.ask("player.seconds") < 25
        player.ask("player.playVideo()")
        player.is_at(5)


def test_a_later_end_time_lets_the_player_continue(enter_player: EnterPlayer) -> None:
    person, _ = enter_player("Gwen Player", end_s=10)
    player = open_player(person)
    player.play(4)
    person.button("Edit").click()
    person.page.get_by_label("End", exact=True).fill("30")
    person.button("Finish").click()
    expect(person.page.locator("iframe")).to_have_attribute("src", has("end=30", "start=4"))
    wait_until(person.page, lambda: "end=30" in player.frame.url)  # the old one listens too
    again = FakePlayer(person)
    again.play(10)
    again.is_at(14)


def has(*parts: str) -> re.Pattern[str]:
    return re.compile("".join(f"(?=.*{part})" for part in parts))


def test_the_duration_of_each_video_is_sent_once(enter_player: EnterPlayer) -> None:
    person, sent = enter_player("Hal Player", LEGS, YOGA)
    player = open_player(person)
    player.play(1)
    wait_until(person.page, lambda: sent)
    player.play(2)
    person.button("Close").first.click()
    player = open_player(person)
    player.play(1)
    person.button("Close").first.click()
    open_player(person, YOGA).play(1)
    wait_until(person.page, lambda: len(sent) > 1)
    assert sent == [{"duration_s": 60}, {"duration_s": 60}]


def test_the_service_stores_start_end_and_duration(
    enter_player: EnterPlayer, client_of: ClientOf
) -> None:
    person, sent = enter_player("Jil Player")
    open_player(person).play(1)
    wait_until(person.page, lambda: sent)
    person.button("Edit").click()
    person.page.get_by_label("Start", exact=True).fill("0:10")
    person.page.get_by_label("End", exact=True).fill("0:50")
    with person.page.expect_response(ONE_VIDEO) as changed:
        person.button("Finish").click()
    assert changed.value.status == HTTPStatus.OK
    with client_of("Jil Player") as client:
        [video] = client.get("/videos").json()["videos"]
    times = {name: video[name] for name in ("start_s", "end_s", "duration_s")}
    assert times == {"start_s": 10, "end_s": 50, "duration_s": 60}


def test_a_known_duration_is_not_sent(enter_player: EnterPlayer) -> None:
    person, sent = enter_player("Ida Player", duration_s=61)
    player = open_player(person)
    player.play(2)
    player.is_at(2)
    person.button("Close").first.click()
    expect(person.page.locator("dialog")).to_be_hidden()
    assert sent == []


def test_without_player_messages_videos_play_and_times_are_typed(visit: Open) -> None:
    person = visit(user="Jon Player", videos={LEGS: "one"})
    person.page.clock.install()
    person.card(LEGS).click()
    expect(person.page.locator("iframe")).to_have_attribute("src", has("autoplay=1"))
    person.page.clock.run_for(SILENCE_MS + 1_000)
    person.button("Edit").click()
    expect(person.button("Start here: the video's current position")).to_be_hidden()
    person.page.get_by_label("Start", exact=True).fill("42")
    with person.page.expect_response(ONE_VIDEO) as sent:
        person.button("Finish").click()
    assert sent.value.json()["start_s"] == 42
    person.button("Close").first.click()
    person.card(LEGS).click()
    expect(person.page.locator("iframe")).to_have_attribute("src", has("start=42"))


def test_a_redraw_does_not_reload_the_player(
    enter_player: EnterPlayer,
) -> None:
    person, _ = enter_player("Kim Player")
    player = open_player(person)
    loaded: list[str] = []

    def note(frame: Frame) -> None:
        if PLAYERS.match(frame.url):
            loaded.append(frame.url)

    person.page.on("framenavigated", note)
    person.button("Edit").click()
    person.page.get_by_role("textbox", name="Title").fill("Leg day")
    person.button("Finish").click()
    expect(person.page.locator("iframe")).to_have_attribute("title", "YouTube player: Leg day")
    person.page.set_viewport_size({"width": 740, "height": 360})
    person.page.set_viewport_size({"width": 360, "height": 740})
    assert loaded == []
    assert player.ask("player.loads") == 1


def test_closing_the_sheet_removes_the_player_and_youtube_gets_no_other_request(
    enter_player: EnterPlayer,
) -> None:
    person, _ = enter_player("Rob Player")
    asked: list[str] = []

    def note(request: Request) -> None:
        if "youtube" in request.url and not PLAYERS.match(request.url):
            asked.append(request.url)

    person.page.on("request", note)
    open_player(person).play(2)
    person.button("Close").first.click()
    expect(person.page.locator("iframe")).to_have_count(0)
    assert asked == []
