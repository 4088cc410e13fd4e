"""The users of the stand-in, with their ids: a JSON file in the data folder."""

import json
import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from devclerk.guard import Refused
from devclerk.store import keep, new_id, replace

FIRST_PEOPLE = ("Chris", "Lily", "Lars")


@dataclass(frozen=True)
class Person:
    """A user with a Clerk account. `created_at_ms` is in epoch milliseconds."""

    id: str
    name: str
    email: str
    created_at_ms: int

    @property
    def first_name(self) -> str:
        return self.name.partition(" ")[0]


class People:
    """Reads the file each time: both the command and the server may add users."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "people.json"

    def all(self) -> list[Person]:
        rows = json.loads(keep(self.path, lambda: _to_json([*map(_new_person, FIRST_PEOPLE)])))
        return [Person(**row) for row in rows]

    def get(self, person_id: str) -> Person | None:
        return next((person for person in self.all() if person.id == person_id), None)

    def find(self, name: str) -> Person | None:
        """Find by full or first name, without regard to case."""
        wanted = name.strip().casefold()
        named = [p for p in self.all() if wanted in (p.name.casefold(), p.first_name.casefold())]
        return min(named, key=lambda person: person.name.casefold() != wanted, default=None)

    def add(self, name: str) -> Person:
        """Add a user, or return the one with this full name.

        Raises: Refused
        """
        name = " ".join(name.split())
        if not name or len(name) > 100 or not name.isprintable():  # noqa: PLR2004  the message has the limit
            raise Refused("A name has 1 to 100 printable characters.")
        known = self.find(name)
        if known and known.name.casefold() == name.casefold():
            return known
        person = _new_person(name)
        replace(self.path, _to_json([*self.all(), person]))
        return person


def _new_person(name: str) -> Person:
    mailbox = re.sub(r"[^a-z0-9]+", ".", name.casefold()).strip(".") or "user"
    return Person(new_id("user_"), name, f"{mailbox}@example.com", int(time.time() * 1000))


def _to_json(people: list[Person]) -> bytes:
    return json.dumps([asdict(person) for person in people], indent=2).encode()
