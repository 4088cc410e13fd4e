"""The screens of training at each size: width, contrast, and touch targets."""

import os

import pytest
from playwright.sync_api import Locator, expect

from tests.support.web.pages import axe_faults, overflowing
from tests.support.web.player import FakePlayer
from tests.support.web.stories import ClientOf, Open
from tests.support.web.touch import FINGER_PX, MISSED
from tests.support.web.training import PHONE, close, done, enter, mark, open_log, rows

pytestmark = pytest.mark.browser

SIZES = [(320, 568), (360, 800), (1400, 900)]
LOOKS = [(size, scheme) for size in SIZES for scheme in ("dark", "light")]
TRIED = LOOKS if os.environ.get("SOAK") else [LOOKS[0], LOOKS[-1]]
"""`make test` tries the smallest phone in the dark and a light laptop."""


@pytest.mark.soak
@pytest.mark.parametrize(("size", "scheme"), TRIED)
def test_every_training_screen_is_accessible_and_fits_the_window(
    visit: Open, client_of: ClientOf, axe: str, size: tuple[int, int], scheme: str
) -> None:
    width, height = size
    phone = PHONE if width < 700 else {}
    name = f"Fia {width} {scheme}"
    person = enter(
        visit, client_of, name, width, height, color_scheme=scheme, bypass_csp=True, **phone
    )

    def check() -> None:
        assert overflowing(person) == []
        assert axe_faults(person, axe) == []

    person.page.get_by_label("Length").select_option("20")
    check()
    person.button("What today?").click()
    check()
    close(person)
    person.card("20 min legs").click()
    FakePlayer(person).play(3)
    mark(person).click()
    check()
    person.button("Finish").click()
    done(person).click()
    check()
    person.button("Finish").click()
    close(person)
    open_log(person)
    check()
    rows(person).first.click()
    check()


def test_touch_targets_of_training_are_large_enough_in_german(
    visit: Open, client_of: ClientOf
) -> None:
    person = enter(visit, client_of, "Gerda German", 320, 568, locale="de-DE", **PHONE)
    page = person.page

    def check(*places: str) -> None:
        assert overflowing(person) == []
        for place in places:
            expect(page.locator(place).first).to_be_visible()
            assert page.locator(place).evaluate_all(MISSED, FINGER_PX) == []

    check(".train .chip:not([hidden])")
    page.locator(".train .tinted").click()
    check(".today-actions .button")
    page.keyboard.press("Escape")
    person.card("20 min legs").click()
    FakePlayer(person).play(12)
    mark(person).click()
    check(".training-bar .button", ".training-form .button", ".training-form input:visible")
    page.locator(".training-form .small").last.click()
    page.locator(".training-form .primary").click()
    check(".note-time", ".note-text")
    done(person).click()
    check(".training-form .chip", ".training-form .button", ".training-form input:visible")
    page.locator(".training-form .primary").click()
    page.keyboard.press("Escape")
    expect(person.card("20 min legs")).to_contain_text("heute · ×2")
    page.locator(".train .chip").last.click()
    page.locator(".toast .round").click()
    check(".log-row")


def test_the_toast_covers_neither_a_form_nor_the_tag_field(
    visit: Open, client_of: ClientOf
) -> None:
    person = enter(visit, client_of, "Toni Toasts", 360, 740, **PHONE)
    page = person.page

    def check(place: str) -> None:
        expect(page.locator("dialog .toast")).to_be_visible()
        assert page.locator(place).evaluate_all(MISSED, FINGER_PX) == []

    person.card("20 min legs").click()
    done(person).click()
    check(".training-form :is(.button, .chip), .training-form input:visible")
    page.locator(".toast .round").click()
    page.get_by_role("button", name="Delete").last.click()
    person.sees_toast("Workout deleted")
    expect(page.locator(".training-form")).to_have_count(0)
    expect(done(person)).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Control+z")
    person.button("Edit").click()
    person.button("Remove the tag legs").click()
    person.sees_toast("Removed the tag legs")
    check(".video-editor > .button, .video-editor input:visible")
    close(person)
    person.button("Select").click()
    for title in ("20 min legs", "45 min legs"):
        person.card(title).click()
    person.button("Tags").click()
    field = page.get_by_label("Add a tag")
    field.fill("new,")
    person.sees_toast("Tags added: new")
    check(".tag-box input")


def test_the_toast_covers_no_button_of_a_low_sheet(visit: Open, client_of: ClientOf) -> None:
    person = enter(visit, client_of, "Lola Low", 320, 568, **PHONE)
    page = person.page
    person.card("10 min arms").get_by_role("button", name="More").tap()
    page.wait_for_timeout(500)  # the sheet ignores a tap that follows faster
    page.get_by_role("button", name="Delete").tap()
    person.sees_toast("Deleted")

    def check(opener: Locator) -> None:
        opener.tap()
        expect(page.locator("dialog .toast")).to_be_visible()
        buttons = page.locator("dialog.sheet .sheet-inner button:visible")
        assert buttons.evaluate_all(MISSED, FINGER_PX) == []
        close(person)

    check(person.button("What today?"))
    page.evaluate("location.hash = '#import'")
    expect(page.get_by_role("heading", name="Import and export")).to_be_visible()
    buttons = page.locator("dialog.sheet .data-buttons button:visible")
    assert buttons.evaluate_all(MISSED, FINGER_PX) == []
    close(person)
    check(person.card("20 min legs").get_by_role("button", name="More"))
    person.chip("legs").tap()
    check(person.button("Play these videos"))
    check(person.button("Save this search"))


def test_long_german_words_fit_their_buttons_and_the_toast(
    visit: Open, client_of: ClientOf
) -> None:
    person = enter(visit, client_of, "Wim Words", 360, 740, locale="de-DE", **PHONE)
    page = person.page
    person.card("20 min legs").get_by_role("button", name="Mehr").tap()
    page.wait_for_timeout(500)  # the sheet ignores a tap that follows faster
    page.get_by_role("button", name="Ändern").tap()
    expect(page.locator(".video-actions .button")).to_have_count(5)
    actions = page.locator(".video-actions .button")
    assert actions.evaluate_all("all => all.filter(one => one.scrollWidth > one.clientWidth)") == []
    page.wait_for_timeout(500)
    person.button("Tag legs entfernen").tap()
    toast = page.locator(".toast")
    toast.locator("p").evaluate("one => { one.textContent = 'Zusammengelegt'; }")
    undo, close_it = (toast.locator(one).bounding_box() for one in (".text", ".round"))
    assert undo
    assert close_it
    assert abs(undo["y"] + undo["height"] / 2 - close_it["y"] - close_it["height"] / 2) < 1


def test_the_number_of_videos_is_not_cut_in_german(visit: Open, client_of: ClientOf) -> None:
    person = enter(visit, client_of, "Zita Count", 360, 740, locale="de-DE", **PHONE)
    person.page.get_by_label("Länge").select_option("20")
    count = person.page.locator(".count")
    expect(count).to_have_text("2 von 3")
    assert count.evaluate("one => one.scrollWidth <= one.clientWidth")


@pytest.mark.parametrize(
    ("locale", "text"), [("en-GB", "10,000 videos"), ("de-DE", "10.000 Videos")]
)
def test_a_large_number_of_videos_and_the_order_fit_on_a_phone(
    visit: Open, client_of: ClientOf, locale: str, text: str
) -> None:
    person = enter(visit, client_of, f"Olga Order {locale}", 360, 740, locale=locale, **PHONE)
    page = person.page
    count, order = page.locator(".count"), page.locator(".sort")
    for chosen in ("newest", "title"):
        order.select_option(chosen)
        count.evaluate("(one, text) => { one.textContent = text; }", text)
        assert count.evaluate("one => one.scrollWidth <= one.clientWidth")
        needed = "one => { one.style.flex = 'none'; return one.clientWidth; }"
        shown = order.evaluate("one => one.clientWidth")
        assert order.evaluate(needed) == shown
        order.evaluate("one => { one.style.flex = ''; }")


def test_the_toast_is_above_the_bar_of_a_selection_on_a_phone_on_its_side(
    visit: Open, client_of: ClientOf
) -> None:
    person = enter(visit, client_of, "Siri Side", 740, 360, locale="de-DE", **PHONE)
    person.button("Auswählen").click()
    person.card("20 min legs").click()
    person.button("Tags").click()
    person.page.get_by_label("Tag hinzufügen").fill("neu,")
    person.sees_toast("Tags hinzugefügt: neu")
    person.page.keyboard.press("Escape")
    expect(person.page.locator("dialog")).to_be_hidden()
    toast = person.page.locator(".toast").bounding_box()
    bar = person.page.locator(".select-bar").bounding_box()
    assert toast
    assert bar
    assert toast["y"] + toast["height"] <= bar["y"]
