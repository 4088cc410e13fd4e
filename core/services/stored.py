"""The result of a service that wrote a row."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stored:
    """A row as it is stored now: its JSON, and the library's revision."""

    id: int
    json: str
    revision: int
    created: bool = False
