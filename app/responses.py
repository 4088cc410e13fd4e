"""What came back over HTTP, and what it means to the person."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from app.errors import Failed, Offline, Refused

MAX_DETAIL = 500


@dataclass(frozen=True)
class Answer:
    """A whole answer. `who` gave it, as a sentence begins; `headers` know no letter case."""

    who: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the object in it.

        Raises: Failed
        """
        document = self._object()
        if document is None:
            raise self.failure()
        return document

    def failure(self) -> Failed:
        """Say in a sentence why it is of no use."""
        if self.headers.get("Content-Type", "").startswith("application/problem+json"):
            detail = (self._object() or {}).get("detail")
            if isinstance(detail, str) and detail:
                return Refused(detail[:MAX_DETAIL], self.status)
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            wait = self.headers.get("Retry-After", "")
            when = f"in {wait} seconds" if re.fullmatch(r"[0-9]{1,5}", wait) else "later"
            return Offline(f"{self.who} was asked too often. Try again {when}.")
        if self.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Offline(f"{self.who} can't answer just now. Try again in a minute.")
        return Failed(f"{self.who} gave an answer that this app does not understand. Try again.")

    def _object(self) -> dict[str, Any] | None:
        with suppress(ValueError, RecursionError):
            document = json.loads(self.body)
            return document if isinstance(document, dict) else None
        return None
