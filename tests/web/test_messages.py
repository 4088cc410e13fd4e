"""Toasts, notices and chips on a small phone in German, which has long words."""

import pytest
from playwright.sync_api import expect

from tests.support.web.pages import FOCUS_TAB, overflowing
from tests.support.web.stories import Open
from tests.support.web.training import PHONE

pytestmark = pytest.mark.browser

CHIP_PX, ONE_LINE_PX = 36, 52
HEIGHTS = "all => all.map(one => one.offsetHeight)"
BROKEN_WORDS = """all => all.flatMap(({ firstChild: text }) =>
    [...text.data.matchAll(/\\S+/g)].filter(({ 0: word, index }) => {
        const range = document.createRange();
        range.setStart(text, index);
        range.setEnd(text, index + word.length);
        return new Set([...range.getClientRects()].map(one => Math.round(one.bottom))).size > 1;
    }).map(([word]) => word))"""
"""Return the words of a text that are in more than one line."""


@pytest.mark.parametrize("width", [320, 360])
def test_german_messages_break_no_word(visit: Open, width: int) -> None:
    videos = {"look-merge0": "hiit", "look-merge1": "yoga"}
    person = visit(width, 640, user=f"Mia Merge {width}", videos=videos, locale="de-DE", **PHONE)
    page = person.page
    person.chip("hiit").tap()
    assert set(page.locator(".chip.tinted:visible").evaluate_all(HEIGHTS)) == {CHIP_PX}
    page.goto("/#tags")
    person.button("Tag hiit umbenennen").click()
    page.get_by_label("Name des Tags").fill("yoga")
    person.button("Zusammenlegen").click()
    person.sees_toast("Zusammengelegt")
    assert page.locator(".toast p").evaluate_all(BROKEN_WORDS) == []
    assert overflowing(person) == []


def test_the_notice_of_an_offline_phone_has_one_line(visit: Open) -> None:
    person = visit(user="Otto Offline", videos={"look-alone0": "hiit"}, locale="de-DE", **PHONE)
    person.sees("YouTube look-alone0")
    person.go_offline()
    person.page.evaluate(FOCUS_TAB)
    notice = person.page.locator(".notice")
    expect(notice).to_contain_text("Du bist offline.")
    assert notice.evaluate_all(HEIGHTS) == [ONE_LINE_PX]
