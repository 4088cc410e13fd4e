"""The resources of the Frontend API, in Clerk's own shapes with few data.

Source: https://clerk.com/docs/reference/frontend-api
"""

from dataclasses import dataclass
from typing import Any

from devclerk.backend import describe_person
from devclerk.people import Person

ENVIRONMENT: dict[str, Any] = {
    "object": "environment",
    "auth_config": {"object": "auth_config", "single_session_mode": True},
    "display_config": {
        "object": "display_config",
        "application_name": "Core",
        "instance_environment_type": "development",
    },
    "user_settings": {
        "attributes": {
            "email_address": {
                "enabled": True,
                "required": True,
                "used_for_first_factor": True,
                "first_factors": ["email_code"],
                "verifications": ["email_code"],
            }
        }
    },
}
"""An instance whose sign-in needs only an e-mail."""

SIGNED_OUT: dict[str, Any] = {
    "object": "client",
    "id": "client_signed_out",
    "sessions": [],
    "sign_in": None,
    "sign_up": None,
    "last_active_session_id": None,
}
"""A browser without a session."""


@dataclass(frozen=True)
class Session:
    """One session of a user. `created_at_ms` is in epoch milliseconds."""

    id: str
    person: Person
    created_at_ms: int


def describe_client(session: Session) -> dict[str, Any]:
    """Describe a browser with a session."""
    times = {"created_at": session.created_at_ms, "updated_at": session.created_at_ms}
    return SIGNED_OUT | {
        "id": session.id.replace("sess_", "client_"),
        "sessions": [describe_session(session)],
        "last_active_session_id": session.id,
        **times,
    }


def describe_session(session: Session) -> dict[str, Any]:
    """Describe an active session."""
    times = dict.fromkeys(("created_at", "updated_at", "last_active_at"), session.created_at_ms)
    year_later_ms = session.created_at_ms + 365 * 86_400_000
    return {
        "object": "session",
        "id": session.id,
        "status": "active",
        "user": describe_person(session.person),
        "expire_at": year_later_ms,
        "abandon_at": year_later_ms,
        "last_active_token": None,
        "actor": None,
        "tasks": None,
        **times,
    }


def describe_sign_in(session: Session) -> dict[str, Any]:
    """Describe a completed sign-in."""
    return {
        "object": "sign_in",
        "id": session.id.replace("sess_", "sia_"),
        "status": "complete",
        "identifier": session.person.email,
        "created_session_id": session.id,
        "supported_identifiers": ["email_address"],
    }
