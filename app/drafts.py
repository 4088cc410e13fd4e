"""Input that is not saved yet. Pure: no HTTP, no Flet."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

from app.notes import Note
from app.text import format_time, parse_time, split_typed_tags
from app.training import FIRST_DAY, MAX_MINUTES, Effort, Workout, days_before
from app.words import Word


@dataclass(frozen=True)
class Draft:
    """Input for a new video or new tags; `fault` is why saving failed."""

    text: str = ""
    typed: str = ""
    tags: tuple[str, ...] = ()
    fault: str | None = None
    saving: bool = False

    @property
    def all_tags(self) -> tuple[str, ...]:
        """The entered tags, and those still in the field."""
        return split_typed_tags(",".join((*self.tags, self.typed)))

    @property
    def ready(self) -> bool:
        """Whether there is input to save, and no save is in progress."""
        return bool(self.text.strip()) and not self.saving

    def with_tags(self, names: str) -> Self:
        """Enter tags, and clear the field."""
        return replace(self, tags=split_typed_tags(",".join((*self.tags, names))), typed="")

    def without_tag(self, name: str) -> Self:
        """Remove an entered tag."""
        return replace(self, tags=tuple(tag for tag in self.tags if tag != name))


@dataclass(frozen=True)
class NoteDraft:
    """A note while it is typed; `fault`: its times can't be used."""

    text: str = ""
    at: str = ""
    end: str = ""
    fault: bool = False

    @classmethod
    def of(cls, note: Note) -> Self:
        """Return what is typed already."""
        at, end = ("" if time is None else format_time(time) for time in (note.at_s, note.end_s))
        return cls(note.text, at, end)

    @property
    def written(self) -> dict[str, Any]:
        """The fields of the note.

        Raises: ValueError: a time is none, or the segment ends before it begins
        """
        at_s, end_s = parse_time(self.at), parse_time(self.end)
        if end_s is not None and (at_s is None or end_s <= at_s):
            raise ValueError(self.end)
        return {"at_s": at_s, "end_s": end_s, "text": self.text.strip()}


@dataclass(frozen=True)
class WorkoutDraft:
    """A row of the log while it is edited; `fault` is the word for what can't be used."""

    before: Workout
    day: str
    minutes: str
    effort: str | None
    comment: str
    fault: Word = ""

    @classmethod
    def of(cls, workout: Workout) -> Self:
        """Return what is written already."""
        minutes, comment = str(workout.minutes or ""), workout.comment or ""
        return cls(workout, workout.day, minutes, workout.effort, comment)

    def toggling(self, effort: Effort) -> Self:
        """Choose how hard it was, or no longer."""
        return replace(self, effort=None if self.effort == effort else effort)

    def moved(self, days: int) -> Self:
        """Move it by days; a day that can't be read stays."""
        try:
            return replace(self, day=days_before(self.day.strip(), -days), fault="")
        except (ValueError, OverflowError):
            return self

    def checked(self, today: str) -> Self:
        """Return it with its fault, if it has one."""
        day, minutes = self.day.strip(), self.minutes.strip()
        if not _is_day(day) or not FIRST_DAY <= day <= days_before(today, -1):
            return replace(self, fault="no day")
        number = minutes.isdecimal() and len(minutes) <= len(str(MAX_MINUTES)) and int(minutes)
        if minutes and not 1 <= number <= MAX_MINUTES:
            return replace(self, fault="no minutes")
        return replace(self, fault="")

    @property
    def changes(self) -> dict[str, Any]:
        """The fields of a checked draft that differ from what was there before."""
        minutes = self.minutes.strip()
        written = {
            "day": self.day.strip(),
            "minutes": int(minutes) if minutes else None,
            "effort": self.effort,
            "comment": self.comment.strip() or None,
        }
        before = self.before
        return {name: value for name, value in written.items() if value != getattr(before, name)}


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
