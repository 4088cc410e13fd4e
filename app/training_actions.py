"""Changes of the log and of notes, and the question after the user played a video."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from app.actions import Actions, Notice
from app.notes import MAX_NOTES, Note
from app.oauth import Person
from app.sync import note_changes, workout_changes
from app.training import MINUTE_S, Away, Workout, minutes_away, today
from app.video import Video


@dataclass(frozen=True)
class Asked:
    """A video that the user opened on YouTube, and for how many minutes at most."""

    video: Video
    minutes: int


class TrainingActions(Actions):
    """Logs workouts, and writes notes."""

    person: Person | None
    asked: Asked | None
    """The app asks whether the user did this workout; None: it asks nothing."""
    playlist: tuple[int, ...]
    """The videos that play in sequence."""

    # ------------------------------------------------------------------------------- log

    async def done(self, video: Video, minutes: int | None = None, workout_id: int = 0) -> None:
        """Log a workout with the video today, with an undo."""
        self.forget_away()
        change = workout_changes.add_workout(video, today(), minutes or video.minutes, workout_id)
        changing = self._change(change)
        parts = [self.say("done")]
        if n := change.body["minutes"]:
            parts.append(self.say("n min", n=n))

        async def undo() -> None:
            if workout := self.entry(change.body["id"]):
                await self._change(workout_changes.delete_workout(workout))

        self.notice = Notice(" · ".join(parts), undo)
        await changing

    def entry(self, workout_id: int) -> Workout | None:
        """Return the current version of a row of the log."""
        return next((one for one in self.library.workouts if one.id == workout_id), None)

    async def change_entry(self, workout: Workout, **fields: Any) -> None:
        """Change `day`, `minutes`, `effort` or `comment` of a row of the log."""
        await self._change(workout_changes.change_workout(workout, **fields))

    async def delete_entry(self, workout: Workout) -> None:
        """Delete a row of the log, with an undo if its video is in the library."""
        changing = self._change(workout_changes.delete_workout(workout))
        video = self.library.rows.by_key.get(workout.video_key)
        undo = self._undo(workout_changes.restore_workout(video, workout)) if video else None
        self.inform("entry deleted", undo=undo)
        await changing

    # ----------------------------------------------------------------------------- notes

    def has_room(self, video: Video) -> bool:
        """Return whether Core accepts one more note on the video."""
        return len(self.library.notes_of(video.id)) < MAX_NOTES

    async def note(self, video: Video, **fields: Any) -> None:
        """Add a note to a video: `at_s`, `end_s`, `text`."""
        await self._change(note_changes.add_note(video, **fields))

    def has_note(self, note: Note) -> bool:
        """Return whether the note and its video are still there."""
        notes = self.library.notes_of(note.video_id)
        return bool(self.library.find(note.video_id)) and note.id in {one.id for one in notes}

    async def change_note(self, note: Note, **fields: Any) -> None:
        """Change `at_s`, `end_s` or `text` of a note."""
        await self._change(note_changes.change_note(note, **fields))

    async def delete_note(self, note: Note) -> None:
        """Delete a note, with an undo."""
        changing = self._change(note_changes.delete_note(note))
        self.inform("note deleted", undo=self._undo(note_changes.restore_note(note)))
        await changing

    # ------------------------------------------------------------------------------ play

    def play(self, video: Video) -> None:
        """Remember which video plays on YouTube, to ask afterwards whether the user did it.

        It is stored on this device, because a phone may end the app in the background.
        """
        self.asked = None
        if self.person:
            self._storage.store_away(self.person.id, Away(video.id, time.time()))
            self._run(self._ask_later())

    async def _ask_later(self) -> None:
        await asyncio.sleep(MINUTE_S)
        self.ask()

    def ask(self) -> None:
        """Ask whether the user did the video, if they opened one a while ago."""
        away = self._storage.away(self.person.id) if self.person else None
        video = self.library.find(away.video_id) if away else None
        if away and video and (n := minutes_away(time.time() - away.since, video.minutes)):
            self.asked = Asked(video, n)
        else:
            self.asked = None

    def forget_away(self) -> None:
        """Stop asking about the played video."""
        self.asked = None
        if self.person:
            self._storage.store_away(self.person.id, None)
