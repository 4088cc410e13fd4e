"""Saved searches: names for sets of filters, as the web app's address has them. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

from app.text import tag_key

MAX_REST = 365
"""Days without a workout."""
MAX_SEARCHES = 20
MAX_NAME = 40


@dataclass(frozen=True)
class Search:
    """A saved search; `query` is such as `tags=legs&max=20`."""

    id: int
    name: str
    query: str

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Self:
        """Read a saved search of Core's response.

        Raises: LookupError, TypeError, ValueError
        """
        return cls(int(given["id"]), str(given["name"]), str(given["query"]))

    def to_json(self) -> dict[str, Any]:
        """Return it as Core's response has it, to be stored and read again."""
        return asdict(self)

    @property
    def filters(self) -> dict[str, str]:
        """What it says, by the names of the address; unknown names are left out by the reader."""
        return dict(parse_qsl(self.query))


def read_whole(text: str, most: int) -> int | None:
    """Return a number from 1 to the most; None: it is none."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most))):
        return None
    return int(text) if 1 <= int(text) <= most else None


def write_filters(said: Mapping[str, str | int]) -> str:
    """Return filters as the address has them; an empty value says nothing."""
    return urlencode({name: value for name, value in said.items() if value}, safe=",")


def is_taken(searches: Iterable[Search], name: str, search_id: int = 0) -> bool:
    """Whether another saved search has the name, as Core compares names."""
    return any(one.id != search_id and tag_key(one.name) == tag_key(name) for one in searches)
