"""HTTP responses, and the error for a response that the app can't use."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self

from app.errors import Failed, Offline, Refused, ServerError
from app.words.en import EN

MAX_DETAIL = 500

_COMPRESSED = re.compile(r'^W/|-(?:gzip|br|zstd)(?="$)')
"""The parts that Core and proxies add to the ETag of a compressed response."""


@dataclass(frozen=True)
class Response:
    """A complete response. `sender` is a word for the server; `headers` ignores letter case."""

    sender: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def etag(self) -> str:
        """The ETag without the parts that compression adds; "" if there is none."""
        return _COMPRESSED.sub("", self.headers.get("ETag", ""))

    def json(self) -> dict[str, Any]:
        """Return the JSON object of the body.

        Raises: Failed
        """
        document = self._object()
        if document is None:
            raise self.failure()
        return document

    def failure(self) -> Failed:
        """Return the error for a response that can't be used."""
        problem = self._problem()
        wait = self.headers.get("Retry-After", "")
        wait_s = int(wait) if re.fullmatch(r"[0-9]{1,5}", wait) else 0
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            if wait_s:
                return Offline("wait seconds", wait_s=wait_s, n=wait_s)
            return Offline("error too-many-requests")
        if self.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            return ServerError(wait_s=wait_s)
        if self.status > HTTPStatus.INTERNAL_SERVER_ERROR:
            kind = f"error {problem.kind}" if problem else ""
            return Offline(kind if kind in EN else "error internal-error", wait_s=wait_s)
        if problem:
            return Refused(problem.detail, self.status, problem.kind, problem.code)
        return Failed("unreadable", server=self.sender)

    def _problem(self) -> "_Problem | None":
        if self.headers.get("Content-Type", "").startswith("application/problem+json"):
            with suppress(ValueError, LookupError, TypeError, AttributeError):
                return _Problem.from_json(self._object() or {})
        return None

    def _object(self) -> dict[str, Any] | None:
        with suppress(ValueError, RecursionError):
            document = json.loads(self.body)
            return document if isinstance(document, dict) else None
        return None


@dataclass(frozen=True)
class _Problem:
    """Core's reason for a refusal. Source: RFC 9457."""

    detail: str
    kind: str
    code: str

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Self:
        detail = given["detail"]
        if not isinstance(detail, str) or not detail:
            raise ValueError(detail)
        faults = given.get("errors") or [{}]
        kind = str(given.get("type", "")).rpartition("#")[2]
        return cls(detail[:MAX_DETAIL], kind, str(faults[0].get("code", "")))
