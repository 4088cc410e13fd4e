"""What can go wrong, as the person who reads it is told; api/problems.py writes the answers.

CoreError
├── InvalidInput           422  what was sent can't be used
├── NotFound               404  no such row, or somebody else's: the same answer
├── TooManyImports         409  as many imports as a person may have are under way
├── PreconditionFailed     412  the library changed since the caller read it
├── RequestTooLarge        413  the body is larger than this address takes
├── Unauthenticated        401  no token, or one that proves nothing
├── AccountClosed          403  the account was erased or banned
├── WebhookRefused         400  not signed by who should have, or not understood
├── TooManyRequests        429  more than an account or an address may make
├── SigningKeysUnavailable 503  no key yet to check a token with
├── WebhooksNotConfigured  503  no secret yet to check a signature with
├── DatabaseUnavailable    503  the database did not do its part
└── StorageFull            507  a file that was sent could not be kept

Everything else that escapes is a 500 that never says what broke.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import ClassVar


class CoreError(Exception):
    """An error with an answer of its own. `detail` is written for the person who reads it."""

    status: ClassVar[int]
    type: ClassVar[str]
    title: ClassVar[str]
    headers: Mapping[str, str]
    errors: Sequence[Mapping[str, str]] = ()
    """Each fault of what was sent: `pointer` and `detail`."""

    def __init__(self, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = headers or {}


class InvalidInput(CoreError):
    """A value that can't be used; `pointer` says which, as in `#/url` or `?cursor`."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    type = "invalid-input"
    title = "Invalid input"

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.errors = [{"pointer": pointer, "detail": detail}]


class NotFound(CoreError):
    """No such row, or somebody else's."""

    status = HTTPStatus.NOT_FOUND
    type = "not-found"
    title = "Not found"


class TooManyImports(CoreError):
    """As many imports as a person may have are under way."""

    status = HTTPStatus.CONFLICT
    type = "too-many-imports"
    title = "Too many imports at once"


class RequestTooLarge(CoreError):
    """The body is larger than the address takes."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    type = "request-entity-too-large"
    title = "Request too large"


class PreconditionFailed(CoreError):
    """`If-Match` names another state than the one that is stored."""

    status = HTTPStatus.PRECONDITION_FAILED
    type = "precondition-failed"
    title = "Changed in the meantime"


class Unauthenticated(CoreError):
    """Nobody that we know is calling; the challenge follows RFC 6750."""

    status = HTTPStatus.UNAUTHORIZED
    type = "unauthenticated"
    title = "Sign in first"


class AccountClosed(CoreError):
    """The account was erased or banned."""

    status = HTTPStatus.FORBIDDEN
    type = "account-closed"
    title = "Account closed"


class TooManyRequests(CoreError):
    """More requests than an account or an address may make; `Retry-After` says how long to wait."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    type = "too-many-requests"
    title = "Too many requests"


class WebhookRefused(CoreError):
    """A webhook that proves nothing, or that says nothing we understand."""

    status = HTTPStatus.BAD_REQUEST
    type = "webhook-refused"
    title = "Webhook refused"


class WebhooksNotConfigured(CoreError):
    """There is no secret to check a webhook's signature with."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    type = "webhooks-not-configured"
    title = "Webhooks are not set up"


class SigningKeysUnavailable(CoreError):
    """No signing key has been seen yet, so no token can be checked."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    type = "signing-keys-unavailable"
    title = "Sign-in can't be checked right now"


class DatabaseUnavailable(CoreError):
    """The database did not do its part; nothing was stored."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    type = "database-unavailable"
    title = "The library can't be reached right now"


class StorageFull(CoreError):
    """There is no room for a file; nothing was stored."""

    status = HTTPStatus.INSUFFICIENT_STORAGE
    type = "storage-full"
    title = "There is no room for the file right now"
