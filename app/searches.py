"""Saved searches: named filters, in the format of the web app's URL. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

from app.text import read_tags, tag_key

MAX_REST = 365
"""In days without a workout."""
MAX_SEARCHES = 20
MAX_NAME = 40


@dataclass(frozen=True)
class Search:
    """A saved search; `query` looks like `tags=legs&max=20`."""

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
        """Return the search in the format of Core's response, which `from_json` reads."""
        return asdict(self)

    @property
    def filters(self) -> dict[str, str]:
        """The filters by their names in the URL; callers ignore unknown names."""
        return dict(parse_qsl(self.query))

    def uses(self, tag: str) -> bool:
        """Whether its filters have the tag, chosen or excluded."""
        named = (self.filters.get(name, "") for name in ("tags", "without"))
        return tag_key(tag) in read_tags(",".join(named))


def parse_number(text: str, maximum: int) -> int | None:
    """Return a number from 1 to the maximum; None for any other text."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(maximum))):
        return None
    return int(text) if 1 <= int(text) <= maximum else None


def encode_filters(values: Mapping[str, str | int]) -> str:
    """Return filters as a URL query; empty values are left out."""
    return urlencode({name: value for name, value in values.items() if value}, safe=",")


def is_taken(searches: Iterable[Search], name: str, search_id: int = 0) -> bool:
    """Whether another saved search has the name, as Core compares names."""
    return any(one.id != search_id and tag_key(one.name) == tag_key(name) for one in searches)
