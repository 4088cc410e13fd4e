"""The user's language and region, and the sentences in that language.

They are stored in the session: a process has one session for each browser tab.
"""

import asyncio
from datetime import date, datetime

import flet as ft

from app.training import days_before
from app.words import Word, choose_locale, format_day, format_weekday, language_of, say

LOCALE, LANGUAGE = "locale", "language"
RESPONSE_TIME_S = 3


async def find_locale(page: ft.Page) -> str:
    """Ask the device for the user's first locale in a known language, such as `de-AT`."""
    try:
        async with asyncio.timeout(RESPONSE_TIME_S):
            info = await page.get_device_info()
    except Exception:  # noqa: BLE001  each platform raises its own exceptions
        return choose_locale([])
    given = info.locales if info else None
    return choose_locale(
        "-".join(filter(None, (one.language_code, one.country_code))) for one in given or []
    )


def remember_locale(page: ft.Page, locale: str) -> str:
    """Store a locale in this session; return its language."""
    language = language_of(locale)
    page.session.store.set(LOCALE, locale)
    page.session.store.set(LANGUAGE, language)
    return language


def t(word: Word, **values: str | int) -> str:
    """Return a sentence in the language of this session."""
    return say(_language(), word, **values)


def _language() -> str:
    return ft.context.page.session.store.get(LANGUAGE) or "en"


def day_name(given: str) -> str:
    """Return a day such as `2026-11-28` in the user's regional format."""
    locale = ft.context.page.session.store.get(LOCALE) or ""
    return format_day(locale, date.fromisoformat(given))


def day_head(given: str, today: str) -> str:
    """Return the heading of a day in the log."""
    if given == today:
        return t("Today")
    return t("Yesterday") if given == days_before(today, 1) else day_name(given)


def weekday(given: str) -> str:
    """Return the short name of a day of the week."""
    return format_weekday(_language(), date.fromisoformat(given))


def day(moment: str) -> str:
    """Return the day of an RFC 3339 timestamp in the user's time zone and regional format."""
    locale = ft.context.page.session.store.get(LOCALE) or ""
    return format_day(locale, datetime.fromisoformat(moment).astimezone())
