"""Clerk's data of a user: the id, the e-mail, the name, the profile."""

import re
from collections.abc import Mapping
from typing import Any

from core.auth.schemas import Profile

CLERK_ID = re.compile(r"user_[A-Za-z0-9]{1,64}")

_UNPRINTABLE = r"\x00-\x1f\x7f-\x9f\ud800-\udfff"
_NAME = re.compile(rf"[^{_UNPRINTABLE}]{{1,200}}")
_EMAIL = re.compile(rf"[^@\s{_UNPRINTABLE}]{{1,64}}@[^@\s{_UNPRINTABLE}]{{1,189}}")
_LATEST_MS = 10**14


def read_email(value: object) -> str | None:
    """Return the e-mail if it can be stored and shown."""
    return _match(_EMAIL, value)


def read_name(value: object) -> str | None:
    """Return the name, as `read_email` does."""
    return _match(_NAME, value)


def _match(pattern: re.Pattern[str], value: object) -> str | None:
    text = value.strip() if isinstance(value, str) else ""
    return text if pattern.fullmatch(text) else None


def read_profile(user: Mapping[str, Any]) -> Profile:
    """Read Clerk's user, as its Backend API and its webhooks have it.

    Raises: KeyError, TypeError: this is no user.
    """
    emails = {address["id"]: address["email_address"] for address in user["email_addresses"]}
    name = " ".join(part for part in (user["first_name"], user["last_name"]) if part)
    banned, stamp = user.get("banned"), user.get("updated_at")
    return Profile(
        read_email(emails.get(user["primary_email_address_id"])),
        read_name(name),
        banned=None if banned is None else bool(banned),
        updated_at_ms=stamp if isinstance(stamp, int) and 0 < stamp < _LATEST_MS else 0,
    )
