"""What a verified token says, in our words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is calling. `issued_at_s` is the token's `iat` in epoch seconds."""

    clerk_id: str
    issued_at_s: int
    email: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What Clerk knows of a person; `banned` None when it does not say.

    `updated_at_ms` is Clerk's own stamp, epoch milliseconds: what is older never replaces newer.
    """

    email: str | None
    name: str | None
    banned: bool | None
    updated_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """What a webhook tells: a person's profile, None when the person is no more."""

    delivery_id: str
    clerk_id: str
    profile: Profile | None
