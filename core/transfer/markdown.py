"""Notes as Markdown: a heading for each video, a list of its notes with links to their moments."""

import re
from collections.abc import Mapping
from typing import Any

from core.youtube.links import canonical_url

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&])")
"""Characters that may be syntax in Markdown. Source: https://spec.commonmark.org/0.31.2"""


def write_notes(video: Mapping[str, Any]) -> str:
    """Write a video and its notes, those without a moment first; nothing for one without notes."""
    if not video["notes"]:
        return ""
    link = canonical_url(video["video_key"])
    title = _escaped(video["title"] or f"YouTube {video['video_key']}")
    notes = sorted(video["notes"], key=_place)
    return f"\n## [{title}]({link})\n\n" + "".join(_item(note, link) for note in notes)


def _place(note: Mapping[str, Any]) -> tuple[int, int]:
    return -1 if note["at_s"] is None else note["at_s"], note["id"]


def _item(note: Mapping[str, Any], link: str) -> str:
    moment = ""
    if note["at_s"] is not None:
        until = "" if note["end_s"] is None else f"-{_clock(note['end_s'])}"
        moment = f"[{_clock(note['at_s'])}{until}]({link}&t={note['at_s']}s)"
    text = "\n  ".join(map(_escaped, note["text"].splitlines()))
    return f"- {' '.join(filter(None, (moment, text)))}\n"


def _clock(seconds: int) -> str:
    """Write 192 as `3:12`, and 3723 as `1:02:03`."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
