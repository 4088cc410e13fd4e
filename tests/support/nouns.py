"""What the checks of routes and isolation need to know of a noun.

A new noun describes itself in `tests/nouns/<noun>.py`, as `NOUN`. tests/test_routes.py,
tests/support/isolation/model.py and tests/test_isolation_wall.py find it there.
tests/data/toy_noun/tests/nouns/stickers.py is an example.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from tests.support.isolation.model import Model, ModelUser

FOLDER = Path(__file__).parents[1] / "nouns"
NO_IDS = ["x", "-1", str(2**53), "1.5", "%00", "1e3", "9" * 400]


@dataclass(frozen=True)
class Row:
    """Which cases apply to a route, and a call that answers its owner with `status`."""

    cases: set[str]
    status: int
    call: dict[str, Any]


def row(cases: str, status: int = 200, **call: Any) -> Row:
    return Row(set(cases.split()), status, call)


@dataclass(frozen=True, kw_only=True)
class Noun:
    """A noun's routes for test_routes.py, and its operations for the model."""

    rows: Mapping[tuple[str, str], Row]
    """By method and path."""
    missing: Mapping[str, Any]
    """For each parameter of a path: an id that does not exist."""
    malformed: Mapping[str, list[str]]
    """For each parameter of a path: values that are refused."""
    fill: Callable[[httpx.AsyncClient, str], Awaitable[dict[str, Any]]]
    """Gives a user a row in each table of the noun; returns the parameters of the paths."""
    operations: Mapping[str, "Callable[[Model, ModelUser], Awaitable[None]]"]
    """Operations of a user, each compared with `user.rows`."""
    draws_ids: tuple[ModuleType, ...] = ()
    """The services that call `time_ordered_id`."""

    @property
    def lists(self) -> list[str]:
        """The paths that read rows without an id."""
        return [path for method, path in self.rows if method == "GET" and "{" not in path]


@cache
def find_nouns() -> list[Noun]:
    """Return the nouns of `tests/nouns/`, in the order of their names."""
    names = sorted(path.stem for path in FOLDER.glob("*.py"))
    return [import_module(f"tests.nouns.{name}").NOUN for name in names]
