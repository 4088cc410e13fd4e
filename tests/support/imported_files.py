"""An import without a service: a file is parsed, normalized, and merged by video."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from core.transfer import formats
from core.transfer.normalization import EntryRefused, Timestamps, normalize

NOW = datetime(2026, 11, 30, tzinfo=UTC)
A, B, C = "dQw4w9WgXcQ", "ml6cT4AZdqI", "UBMk30rjy0o"
"""Ids of videos."""
WATCH = "https://www.youtube.com/watch?v="


@dataclass
class ReadVideo:
    """A video of a file: all of its tags, and the first of its titles and dates."""

    title: str | None
    tags: set[str]
    created_at: datetime | None


@dataclass
class Outcome:
    """The videos by their ids, the sentences of refused rows, and the changes of all rows."""

    videos: dict[str, ReadVideo] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)


Read = Callable[..., Outcome]
"""Reads content, and a file name, as an import does."""


def read_file(path: Path, name: str = "") -> Outcome:
    """Read a file as an import does."""
    outcome = Outcome()

    def skip(file: str, reason: tuple[str, str]) -> None:
        outcome.skipped[file] = str(reason[0])

    kind = formats.detect(path)
    for entry in formats.read(path, kind, name or path.name, skip=skip):
        try:
            found = normalize(entry, Timestamps(NOW, NOW, NOW))
        except EntryRefused as refusal:
            outcome.refused.append(str(refusal))
            continue
        date = None if found.created_at == NOW else found.created_at
        video = outcome.videos.setdefault(found.link.video_key, ReadVideo(found.title, set(), date))
        video.tags |= {*found.names.values()}
        outcome.changes += [str(change.code) for change in found.changes]
    return outcome


def read_content(folder: Path, content: str | bytes, name: str = "file") -> Outcome:
    """Write the content to a file in the folder, and read that."""
    path = folder / "file"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_file(path, name)


def tags_of(outcome: Outcome) -> dict[str, set[str]]:
    """Return the tags of each video by its id."""
    return {key: video.tags for key, video in outcome.videos.items()}
