"""Which texts count as equal, and which are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import (
    UNTITLED,
    check_characters,
    check_lines,
    fold,
    search_text,
    search_words,
    split_tags,
    tag_key,
    title_key,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Legs", "LEGS"),
        ("Übung", "u\u0308bung"),
        ("ＨＩＩＴ", "hiit"),
        ("straße", "STRASSE"),
        ("ﬁt", "FIT"),
        ("Σίσυφος", "σίσυφοσ"),
        ("ǅ", "ǆ"),
    ],
)
def test_case_width_and_unicode_form_make_no_other_tag(one: str, other: str):
    assert tag_key(one) == tag_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("abs", "absolute"), ("Übung", "Ubung"), ("か", "が"), ("a b", "ab")]
)
def test_different_words_are_different_tags(one: str, other: str):
    assert tag_key(one) != tag_key(other)


@given(st.text())
def test_a_tag_key_is_idempotent(name: str):
    assert tag_key(tag_key(name)) == tag_key(name)


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Rücken", "rucken"), ("É", "e"), ("Ａ", "a"), ("İ", "i"), ("が", "が"), ("й", "и")],
)
def test_accents_of_european_scripts_are_removed(text: str, folded: str):
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("lodz", "Łódź"),
        ("da nang", "Đà Nẵng"),
        ("smorrebrod", "SMØRREBRØD"),
        ("strasse", "Straße"),
        ("isik", "ışık"),
        ("coeur", "Cœur"),
        ("laeknir thor", "Læknir Þór"),
    ],
)
def test_a_search_works_without_special_letters(typed: str, title: str):
    found = search_text(title, None, "https://youtu.be/dQw4w9WgXcQ", "")
    assert all(word in found for word in search_words(typed))
    assert all(word in found for word in search_words(title))


@given(st.text())
def test_folding_is_idempotent(text: str):
    assert fold(fold(text)) == fold(text)


@given(st.text(min_size=1), st.text(), st.text())
def test_every_word_of_a_title_finds_it(title: str, channel: str, tags: str):
    text = search_text(title, channel, "https://youtu.be/dQw4w9WgXcQ", tags)
    assert all(word in text for word in search_words(title))


def test_no_search_word_spans_two_fields():
    assert "ab" not in search_text("a", "b", "c", "d")


def test_untitled_videos_sort_after_every_title():
    assert title_key(None) == UNTITLED
    assert title_key("\U0010fffd").encode() < UNTITLED.encode()


def test_tags_are_split_trimmed_and_kept_once_in_their_order():
    assert split_tags([" b ", "a,B", "", " , ", "x  y"]) == ["b", "a", "x y"]


@pytest.mark.parametrize(
    "elements", [["x" * 65], [str(number) for number in range(51)], ["a\0"], ["a\x85"]]
)
def test_tags_over_a_limit_are_refused(elements: list[str]):
    with pytest.raises(ValueError, match=r"at most|control"):
        split_tags(elements)


def test_fifty_tags_of_sixty_four_characters_are_accepted():
    assert split_tags(["x" * 64]) == ["x" * 64]
    assert len(split_tags([str(number) for number in range(50)])) == 50


@pytest.mark.parametrize("text", ["a\0", "\x1b[0m", "\ud800", "\x7f", "\u0085"])
def test_control_characters_are_refused(text: str):
    with pytest.raises(ValueError, match="control characters"):
        check_lines(text)


def test_only_shared_text_may_have_several_lines():
    assert check_lines("a\nb\tc\r\n") == "a\nb\tc\r\n"
    with pytest.raises(ValueError, match="control characters"):
        check_characters("a\nb")
