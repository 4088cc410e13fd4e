"""Every sentence of the app, in English and German. Shared ones equal the web app's."""

from collections.abc import Iterable
from datetime import date

from app.words.de import DE
from app.words.en import EN
from app.words.server_messages import DE_MESSAGES

__all__ = [
    "LANGUAGES",
    "Word",
    "choose_locale",
    "format_day",
    "format_weekday",
    "language_of",
    "say",
    "say_code",
]

Word = str
"""A key of `EN`. A test checks that every key in the code exists."""

_WORDS = {"en": EN, "de": DE}
LANGUAGES = (*_WORDS,)
_MESSAGES = {"de": DE_MESSAGES}
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"]
_WEEKDAYS = {
    "en": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    "de": ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"],
}
_MONTH_FIRST = ("AS", "BI", "CA", "GU", "MH", "MP", "PH", "PR", "UM", "US", "VI")
"""Regions that write English dates with the month first. Source: Unicode CLDR, medium dates"""
_TWO_DIGITS = ("BE", "BW", "MT", "ZA")
"""Regions that write English dates with two digits for the day. Source: as above"""


def choose_locale(wanted: Iterable[str]) -> str:
    """Return the first of a user's locales in a known language, such as `de-AT`; else `en`."""
    return next((tag for tag in wanted if language_of(tag) in _WORDS), "en")


def language_of(locale: str) -> str:
    """Return the language of a locale."""
    return locale[:2].lower()


def say(language: str, word: Word, **values: str | int) -> str:
    """Return a sentence with its values filled in. `one|many` depends on `n`."""
    one, *many = _WORDS[language][word].split("|")
    form = many[0] if many and values.get("n") != 1 else one
    return form.format_map({name: _fill(language, value) for name, value in values.items()})


def _fill(language: str, value: str | int) -> str:
    if isinstance(value, str):
        return value
    grouped = f"{value:,}"
    return grouped.replace(",", ".") if language == "de" else grouped


def say_code(language: str, code: str, kind: str) -> str | None:
    """Return the sentence for Core's code, else for its problem type, or None."""
    word = f"error {kind}"
    return _MESSAGES.get(language, {}).get(code) or _WORDS[language].get(word)


def format_day(locale: str, moment: date) -> str:
    """Return the day in the user's regional format; `locale` looks like `en-GB`.

    Source: Unicode CLDR, medium dates, as `Intl.DateTimeFormat` in the web app
    """
    region = locale.partition("-")[2]
    if language_of(locale) == "de":
        return f"{moment:%d.%m.%Y}"
    month = _MONTHS[moment.month - 1]
    if region.upper() in ("", *_MONTH_FIRST):
        return f"{month[:3]} {moment.day}, {moment.year}"
    day = f"{moment:%d}" if region.upper() in _TWO_DIGITS else moment.day
    return f"{day} {month} {moment.year}"


def format_weekday(language: str, moment: date) -> str:
    """Return the short name of the day of the week."""
    return _WEEKDAYS[language][moment.weekday()]
