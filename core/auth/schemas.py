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
    """What Clerk's Backend API knows of a person."""

    email: str | None
    name: str | None
    banned: bool
