"""Playlists. Pure; deleted videos are skipped."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

Step = Literal[1, -1]


def shuffled(ids: Iterable[int]) -> tuple[int, ...]:
    """Return the same videos in a random order."""
    rest = [*ids]
    secrets.SystemRandom().shuffle(rest)
    return tuple(rest)


def step_from(
    ids: Sequence[int], video_id: int, step: Step, is_there: Callable[[int], object]
) -> int | None:
    """Return the next or the previous video of a list, if there is one."""
    if video_id not in ids:
        return None
    at = ids.index(video_id)
    others = ids[at + 1 :] if step > 0 else ids[:at][::-1]
    return next((other for other in others if is_there(other)), None)
