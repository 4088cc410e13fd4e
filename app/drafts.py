"""Input that is not saved yet. Pure: no HTTP, no Flet."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

from app.notes import Note
from app.text import format_time, parse_time, split_typed_tags, tag_key
from app.training import FIRST_DAY, MAX_MINUTES, Effort, Workout, days_before
from app.video import Video
from app.words import Word


@dataclass(frozen=True)
class Draft:
    """Input for a new video or new tags; `fault` says why saving failed."""

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
class EditDraft:
    """The fields of a video while the user edits them, and the video before the edit.

    `fault` is the word for an error in the times.
    """

    before: Video
    title: str
    start: str
    end: str
    tags: Draft
    fault: Word = ""

    @classmethod
    def of(cls, video: Video) -> Self:
        """Return a draft with the values of the video."""
        start, end = (
            "" if one is None else format_time(one) for one in (video.start_s, video.end_s)
        )
        return cls(video, video.title or "", start, end, Draft(tags=video.tags))

    def checked(self) -> Self:
        """Return the draft with its fault, if it has one."""
        try:
            start_s, end_s = parse_time(self.start), parse_time(self.end)
        except ValueError:
            return replace(self, fault="no time")
        too_early = end_s is not None and end_s <= (start_s or 0)
        return replace(self, fault="end too early" if too_early else "")

    @property
    def is_changed(self) -> bool:
        """Whether the user typed or chose something that is not saved."""
        return replace(self, fault="") != type(self).of(self.before)

    @property
    def changes(self) -> dict[str, Any]:
        """Only the fields that the user changed, so that other devices' changes stay."""
        title, tags, before = self.title.strip(), self.tags.all_tags, self.before
        keys = frozenset(map(tag_key, tags))
        body: dict[str, Any] = {}
        if title != (before.title or ""):
            body["title"] = title or None
        if (start_s := parse_time(self.start)) != before.start_s:
            body["start_s"] = start_s
        if (end_s := parse_time(self.end)) != before.end_s:
            body["end_s"] = end_s
        if added := [name for name in tags if tag_key(name) not in before.tag_keys]:
            body["add_tags"] = added
        if removed := [name for name in before.tags if tag_key(name) not in keys]:
            body["remove_tags"] = removed
        return body


@dataclass(frozen=True)
class NoteDraft:
    """A note while the user types it; `fault` is the word for why it can't be saved."""

    text: str = ""
    at: str = ""
    end: str = ""
    fault: Word = ""

    @classmethod
    def of(cls, note: Note) -> Self:
        """Return a draft with the values of the note."""
        at, end = ("" if time is None else format_time(time) for time in (note.at_s, note.end_s))
        return cls(note.text, at, end)

    @property
    def written(self) -> dict[str, Any]:
        """The fields of the note.

        Raises: ValueError: a time is invalid, or the segment ends before it begins
        """
        at_s, end_s = parse_time(self.at), parse_time(self.end)
        if end_s is not None and (at_s is None or end_s <= at_s):
            raise ValueError(self.end)
        return {"at_s": at_s, "end_s": end_s, "text": self.text.strip()}

    @property
    def is_empty(self) -> bool:
        """Whether it has neither a text nor a time: it is no note then."""
        return not (self.text.strip() or self.at.strip())

    def corrected(self, stored: Self) -> Self:
        """Return the draft with the stored times instead of invalid ones."""
        is_wrong = self.checked(has_room=True).fault
        return replace(self, at=stored.at, end=stored.end) if is_wrong else self

    def checked(self, *, has_room: bool) -> Self:
        """Return the draft with its fault, if it has one; `has_room`: one more note is allowed."""
        try:
            _ = self.written
        except ValueError:
            return replace(self, fault="no segment")
        return replace(self, fault="" if has_room or self.is_empty else "many notes")


@dataclass(frozen=True)
class WorkoutDraft:
    """A row of the log while the user edits it; `fault` is the word for an invalid field."""

    before: Workout
    day: str
    minutes: str
    effort: str | None
    comment: str
    fault: Word = ""

    @classmethod
    def of(cls, workout: Workout) -> Self:
        """Return a draft with the values of the workout."""
        minutes, comment = str(workout.minutes or ""), workout.comment or ""
        return cls(workout, workout.day, minutes, workout.effort, comment)

    def toggling(self, effort: Effort) -> Self:
        """Choose an effort, or clear it."""
        return replace(self, effort=None if self.effort == effort else effort)

    def moved(self, days: int) -> Self:
        """Move the workout by days; an invalid day stays."""
        try:
            return replace(self, day=days_before(self.day.strip(), -days), fault="")
        except (ValueError, OverflowError):
            return self

    def checked(self, today: str) -> Self:
        """Return the draft with its fault, if it has one."""
        day, minutes = self.day.strip(), self.minutes.strip()
        if not _is_day(day) or not FIRST_DAY <= day <= days_before(today, -1):
            return replace(self, fault="no day")
        number = minutes.isdecimal() and len(minutes) <= len(str(MAX_MINUTES)) and int(minutes)
        if minutes and not 1 <= number <= MAX_MINUTES:
            return replace(self, fault="no minutes")
        return replace(self, fault="")

    def corrected(self, today: str) -> Self:
        """Return the draft with the stored day or minutes instead of invalid ones."""
        stored, checked = type(self).of(self.before), self.checked(today)
        if checked.fault == "no day":
            checked = replace(checked, day=stored.day).checked(today)
        return replace(checked, minutes=stored.minutes) if checked.fault else checked

    @property
    def changes(self) -> dict[str, Any]:
        """The fields of a checked draft that differ from the workout."""
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
