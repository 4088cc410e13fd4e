"""Limits on the work of a parser: no part without an end, and few parts without an entry.

A parser holds a part (a tag, value, row or line) in memory until it ends. It does some work for
each part, also for parts without a link. Without limits a file of 64 MiB takes gigabytes or
minutes.
"""

from core.codes import FileCode
from core.transfer.entries import BrokenFile, FileRefused

LONGEST_PART = 262_144
"""Characters."""
FREE_STEPS = 250_000
STEPS_OF_AN_ENTRY = 250
CHARACTERS_OF_A_STEP = 32
"""For files with long entries: yt-dlp writes half a million characters for one video."""
_MAX_STEPS_BY_SIZE = 2_000_000
"""The steps of the largest upload; an archive may unpack to more.

A step is an event of a parser: a tag, attribute, text, key, value, cell or line.
"""


def refuse_part(what: str) -> FileRefused:
    """Return the error for a part that has not ended after `LONGEST_PART`."""
    return BrokenFile(
        FileCode.PART_TOO_LONG, f"This file holds a {what} of more than 256 KiB. Take it out."
    )


class Budget:
    """The steps that are left for one reading of a file; each entry adds some."""

    __slots__ = ("_by_size", "_left", "_unfinished", "_what")

    def __init__(self, what: str = "row") -> None:
        self._what = what
        self._left = FREE_STEPS
        self._unfinished = 0
        self._by_size = _MAX_STEPS_BY_SIZE

    def read(self, characters: int) -> None:
        """Count the characters that the parser was given since its last step.

        Raises: FileRefused
        """
        self._unfinished += characters
        if self._unfinished > LONGEST_PART:
            raise refuse_part(self._what)

    def spend(self, steps: int = 1) -> None:
        """Count steps: the part that was open has ended.

        Raises: FileRefused
        """
        self._unfinished = 0
        self._left -= steps
        if self._left < 0:
            raise FileRefused(
                FileCode.FEW_LINKS,
                "This file holds far more than links. Send one with the links only.",
            )

    def earn(self) -> None:
        """Count an entry."""
        self._left += STEPS_OF_AN_ENTRY

    def earn_by_size(self, characters: int) -> None:
        """Add steps by the length of the text: a file of empty elements needs far more steps."""
        steps = min(characters // CHARACTERS_OF_A_STEP, self._by_size)
        self._by_size -= steps
        self._left += steps
