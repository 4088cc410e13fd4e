"""The entries that every format is read into."""

from dataclasses import dataclass

from core.codes import ChangeCode, Reason, Refusal


class FileRefused(Refusal):
    """The file can't be imported; `str()` tells the user why and what to do."""


class BrokenFile(FileRefused):
    """This one file can't be read to its end; the others of an archive can."""


NOTE_LEFT_OUT = Reason(ChangeCode.NOTE_LEFT_OUT, "the note was left out")
FOLDER_LEFT_OUT = Reason(ChangeCode.FOLDER_LEFT_OUT, "a folder did not become a tag")
OWN_TAG_LEFT_OUT = Reason(
    ChangeCode.OWN_TAG_LEFT_OUT, "tags that the user did not write were left out"
)


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A note of Core's export, as it is written there."""

    id: str = ""
    at_s: str = ""
    end_s: str = ""
    text: str = ""
    created_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True, slots=True)
class WorkoutRow:
    """The fields of a row of a log, besides link and title."""

    day: str
    minutes: str = ""
    effort: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class SearchRow:
    """A saved search of Core's export, as it is written there."""

    name: str
    query: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a file, as it is written there: nothing is checked or shortened yet.

    `line` counts lines where the format has them, else entries. `place` is the file inside an
    archive. `start_s` and the moments are text in any of the forms that files have; if the file
    has no starts (None), the link's start counts. `is_day_first` tells how the file writes
    dates with slashes. `left_out` says what else the row had.
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
    is_day_first: bool | None = None
    left_out: tuple[Reason, ...] = ()
    end_s: str = ""
    duration_s: str = ""
    title_is_provisional: bool = False
    """YouTube's title replaces it."""
    notes: tuple[NoteRow, ...] = ()
    workout: WorkoutRow | None = None
    """Set: the row is no video to save but a workout with it."""
    search: SearchRow | None = None
    """Set: the row is no video but a saved search."""

    @property
    def shown(self) -> str:
        """The entry's name in a report."""
        what = self.search.name if self.search else self.url
        return f"{self.place}: {what}" if self.place else what or self.title
