"""The errors, with sentences for the user; api/http/problems.py writes the responses.

CoreError
├── InvalidInput           422  a value of the request can't be used
├── NotFound               404  no such row, or another user's: the same answer
├── TooManyImports         409  too many imports of the user are in progress
├── LibraryFull            409  the library has the most videos that it may have
├── TooMuchAtOnce          422  one request would change too much text
├── PreconditionFailed     412  the library changed since the caller read it
├── SyncTokenExpired       410  the change feed can't continue from this revision
├── RequestTooLarge        413  the body is larger than this address takes
├── Unauthenticated        401  no token, or an invalid one
├── AccountClosed          403  the account was erased or banned
├── WebhookRefused         400  not signed by Clerk, or not understood
├── TooManyRequests        429  more than an account or an address may make
├── SigningKeysUnavailable 503  no key yet to check a token with
├── WebhooksNotConfigured  503  no secret yet to check a signature with
├── DatabaseUnavailable    503  the database failed or was not reachable
│   └── Locked             503  another transaction held a lock for too long
├── TooSlow                503  reading took longer than a request may
├── Busy                   503  too many long requests are running
└── StorageFull            507  an uploaded file could not be stored

Every other exception becomes a 500 that does not say what failed.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import ClassVar

from core.codes import Code


class CoreError(Exception):
    """An error with its own response. `detail` is a sentence for the user."""

    status: ClassVar[int]
    type: ClassVar[str]
    title: ClassVar[str]
    headers: Mapping[str, str]
    errors: Sequence[Mapping[str, str]] = ()
    """Each fault of the request: `pointer`, `code` and `detail`."""

    def __init__(self, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = headers or {}


class InvalidInput(CoreError):
    """A value that can't be used; `pointer` says which, as in `#/url` or `?cursor`."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    type = "invalid-input"
    title = "Invalid input"

    def __init__(self, pointer: str, code: Code, detail: str) -> None:
        super().__init__(detail)
        self.errors = [{"pointer": pointer, "code": code, "detail": detail}]


class NotFound(CoreError):
    """No such row, or a row of another user."""

    status = HTTPStatus.NOT_FOUND
    type = "not-found"
    title = "Not found"


class TooManyImports(CoreError):
    """Too many imports of the user are in progress."""

    status = HTTPStatus.CONFLICT
    type = "too-many-imports"
    title = "Too many imports"


class LibraryFull(CoreError):
    """The library has the most videos that it may have, the trash included."""

    status = HTTPStatus.CONFLICT
    type = "library-full"
    title = "Your library is full"


class TooMuchAtOnce(CoreError):
    """One request would change so much text that other users wait; nothing was changed."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    type = "too-much-at-once"
    title = "Too much for one request"


class SyncTokenExpired(CoreError):
    """The change feed can't continue from this revision; a client must read all rows again."""

    status = HTTPStatus.GONE
    type = "sync-token-expired"
    title = "Read the whole library again"


class RequestTooLarge(CoreError):
    """The body is larger than the address takes."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    type = "request-entity-too-large"
    title = "Request too large"


class PreconditionFailed(CoreError):
    """`If-Match` names another state than the stored one."""

    status = HTTPStatus.PRECONDITION_FAILED
    type = "precondition-failed"
    title = "Changed in the meantime"


class Unauthenticated(CoreError):
    """The request proves no user; the challenge follows RFC 6750."""

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
    """A webhook without a valid signature, or with an event that can't be parsed."""

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
    """The database failed or was not reachable; nothing was stored."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    type = "database-unavailable"
    title = "The library can't be reached right now"


class Locked(DatabaseUnavailable):
    """Another transaction held a lock of this user's rows for too long; nothing was stored."""

    type = "busy"
    title = "Busy right now"


class TooSlow(CoreError):
    """Reading took longer than a request may take."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    type = "too-slow"
    title = "This took too long"


class Busy(CoreError):
    """Too many long requests are running in this process."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    type = "busy"
    title = "Busy right now"


class StorageFull(CoreError):
    """There is no room for a file; nothing was stored."""

    status = HTTPStatus.INSUFFICIENT_STORAGE
    type = "storage-full"
    title = "There is no room for the file right now"
