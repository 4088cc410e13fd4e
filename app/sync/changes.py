"""Optimistic changes: what a kind of change does, and how a change is stored.

Changes are applied on top of the confirmed rows, so a refused change needs no rollback. A change
contains its videos, so that an undo can show a deleted video again.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

from app.state import LibraryState
from app.video import Action, Video


class Api(Protocol):
    """The requests that send changes; see `ApiService`."""

    async def save_video(self, text: str, tags: Sequence[str]) -> tuple[Video, bool]: ...

    async def update_video(self, video_id: int, **change: Any) -> Video: ...

    async def change_videos(
        self, action: Action, ids: Sequence[int], tags: Sequence[str]
    ) -> tuple[int, ...]: ...

    async def send_entry(self, method: str, path: str, row: dict[str, Any]) -> None: ...


@dataclass(frozen=True)
class Sent:
    """Core applied a change: the video of its response, if any, and whether it is new."""

    video: Video | None = None
    is_new: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind of change, named by noun and action. `kinds.py` lists all of them.

    A refused change is no longer applied, and is kept with its reason until the user dismisses it.
    """

    name: str
    """Devices store it: a renamed kind needs an entry in `OLD_NAMES`."""
    send: Callable[[Api, "Change"], Awaitable[Sent]]
    """Sends a change, again after a lost response, so it must be idempotent. Raises: Failed"""
    apply: Callable[[LibraryState, "Change"], LibraryState]
    """Returns the library with the change applied. Pure."""
    saves_video: bool = False
    """Whether it saves a new video. Until it is sent, a banner shows its link."""
    done_if_missing: bool = False
    """Whether a 404 is no refusal, because another device has deleted the row."""


@dataclass(frozen=True)
class Change:
    """One change; `body` is the body for Core, with the ids of a note or of a row of the log.

    `fault` is Core's English sentence if it refused the change.
    """

    kind: Kind
    body: dict[str, Any]
    videos: tuple[Video, ...] = ()
    number: int = 0
    """Changes are sent in the order of their numbers."""
    label: str = ""
    """A name for the change, for sentences."""
    fault: str = ""
    reason: tuple[str, str] = ("", "")
    """The kind of Core's problem, and its code."""

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids of the changed videos."""
        return tuple(video.id for video in self.videos)

    @property
    def rows(self) -> frozenset[int]:
        """The ids of the changed videos, and of the changed note, workout or search."""
        own = self.body.get("id")
        return frozenset(self.ids if own is None else (*self.ids, own))

    def concerns(self, video: Video) -> bool:
        """Return whether it changes this video, or a note on it."""
        return video.id in (*self.ids, self.body.get("video_id"))

    @property
    def tags(self) -> tuple[str, ...]:
        """The added or removed tags."""
        return tuple(
            name for key in ("tags", "add_tags", "remove_tags") for name in self.body.get(key, ())
        )

    def apply_to(self, library: LibraryState) -> LibraryState:
        """Return the library with this change applied optimistically."""
        return self.kind.apply(library, self)

    def to_json(self) -> dict[str, Any]:
        """Return the change as JSON, to store it."""
        values = {"kind": self.kind.name, "body": self.body, "number": self.number}
        videos = [video.to_json() for video in self.videos]
        refusal = {"fault": self.fault, "reason": [*self.reason]}
        return values | refusal | {"videos": videos, "label": self.label}

    @classmethod
    def from_json(cls, kind: Kind, stored: dict[str, Any]) -> Self:
        """Read what `to_json` returned, for the stored kind.

        Raises: LookupError, TypeError, ValueError, AttributeError
        """
        problem, code = map(str, stored["reason"])
        return cls(
            kind,
            dict(stored["body"]),
            tuple(map(Video.from_json, stored["videos"])),
            int(stored["number"]),
            str(stored["label"]),
            str(stored["fault"]),
            (problem, code),
        )
