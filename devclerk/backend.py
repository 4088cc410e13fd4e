"""The part of Clerk's Backend API that its SDK needs here: one user, and the key set.

Source: https://clerk.com/docs/reference/backend-api
"""

from secrets import compare_digest
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from devclerk.keys import Keys
from devclerk.people import People, Person

_NOTHING: dict[str, Any] = {
    **dict.fromkeys(("external_id", "primary_phone_number_id", "primary_web3_wallet_id")),
    **dict.fromkeys(("username", "mfa_enabled_at", "mfa_disabled_at", "last_sign_in_at")),
    **dict.fromkeys(("lockout_expires_in_seconds", "verification_attempts_remaining")),
    **dict.fromkeys(("last_active_at", "legal_accepted_at")),
    **dict.fromkeys(("has_image", "password_enabled", "two_factor_enabled"), False),
    **dict.fromkeys(("totp_enabled", "backup_code_enabled", "banned", "locked"), False),
    **dict.fromkeys(("delete_self_enabled", "create_organization_enabled"), False),
    **dict.fromkeys(("phone_numbers", "web3_wallets", "passkeys"), ()),
    **dict.fromkeys(("external_accounts", "saml_accounts", "enterprise_accounts"), ()),
    "public_metadata": {},
}


class BackendApi:
    """The endpoints under `/v1`, behind the secret key."""

    def __init__(self, people: People, keys: Keys) -> None:
        self.people = people
        self.keys = keys

    async def user(self, request: Request) -> Response:
        """Return one user, as Clerk does for a user with few data."""
        person = self.people.get(request.path_params["user_id"])
        if not self._is_allowed(request):
            return error_answer(401, "authorization_invalid")
        if person is None:
            return error_answer(404, "resource_not_found")
        return JSONResponse(describe_person(person))

    async def key_set(self, request: Request) -> Response:
        """Return the key set, which `/.well-known/jwks.json` returns without a secret key."""
        if not self._is_allowed(request):
            return error_answer(401, "authorization_invalid")
        return JSONResponse(self.keys.key_set())

    def _is_allowed(self, request: Request) -> bool:
        given = request.headers.get("authorization", "")
        return compare_digest(given.encode(), f"Bearer {self.keys.secret_key}".encode())


def describe_person(person: Person) -> dict[str, Any]:
    """Describe a user with a name and a verified e-mail."""
    times = {"created_at": person.created_at_ms, "updated_at": person.created_at_ms}
    verified = {"status": "verified", "strategy": "email_code", "attempts": 1, "expire_at": None}
    email = {
        "id": person.id.replace("user_", "idn_"),
        "object": "email_address",
        "email_address": person.email,
        "reserved": False,
        "verification": {"object": "verification_otp", **verified},
        "linked_to": [],
    }
    names = {"first_name": person.first_name, "last_name": person.name.partition(" ")[2] or None}
    mail = {"primary_email_address_id": email["id"], "email_addresses": [email | times]}
    return {**_NOTHING, "id": person.id, "object": "user", **names, **mail, **times}


def error_answer(status: int, code: str, message: str = "") -> Response:
    """Return one of Clerk's errors; without a message its code is the message."""
    message = message or code.replace("_", " ")
    fault = {"code": code, "message": message, "long_message": message}
    return JSONResponse({"errors": [fault]}, status)
