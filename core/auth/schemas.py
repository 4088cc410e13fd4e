"""The data of a verified token, a profile and a webhook, for other modules."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """The user of a verified token. `issued_at_s` is the token's `iat` in epoch seconds."""

    clerk_id: str
    issued_at_s: int
    email: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """A user's data at Clerk; `banned` is None when Clerk does not say.

    `updated_at_ms` is Clerk's timestamp in epoch milliseconds: older data never replaces newer.
    """

    email: str | None
    name: str | None
    banned: bool | None
    updated_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a webhook: a user's profile, or None when the user was deleted."""

    delivery_id: str
    clerk_id: str
    profile: Profile | None
