"""What every format is read into."""

from dataclasses import dataclass


class FileRefused(ValueError):
    """The file can't be imported; `str()` tells the person why and what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a file, as it stands there: nothing is checked or shortened yet.

    `line` counts lines where the format has them, else entries. `place` is the file inside an
    archive. `start_s` and the moments are text in any of the forms that files have; a file that
    knows of no starts (None) leaves it to the link.
    """

    line: int
    url: str
    title: str = ""
    tags: tuple[str, ...] = ()
    created_at: str = ""
    updated_at: str = ""
    deleted_at: str = ""
    start_s: str | None = None
    channel: str = ""
    availability: str = ""
    id: str = ""
    place: str = ""

    @property
    def shown(self) -> str:
        """What a report calls the entry."""
        return f"{self.place}: {self.url}" if self.place else self.url or self.title
