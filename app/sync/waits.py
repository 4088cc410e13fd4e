"""The delay before the app asks for changes again. Pure."""

from dataclasses import dataclass, replace
from typing import Self

MINUTE_S = 60
TITLE_WAITS_S = (1, 2, 4, 8, 16, 30)
"""The delays while titles are missing. After this many looks without a new title: a minute."""


@dataclass(frozen=True)
class Waits:
    """How many titles are missing, and how many looks found no new title."""

    missing: int = 0
    step: int = 0
    looks: int = 0

    @property
    def fetching(self) -> int:
        """The number of titles being fetched; 0 if no title came for a while."""
        return self.missing if self.looks < len(TITLE_WAITS_S) else 0

    @property
    def seconds(self) -> int:
        """The delay until the next look."""
        return TITLE_WAITS_S[self.step] if self.fetching else MINUTE_S

    def noted(self, missing: int) -> Self:
        """Note how many titles are missing now."""
        step = 0 if missing > self.missing else self.step
        looks = 0 if missing != self.missing else self.looks
        return replace(self, missing=missing, step=step, looks=looks)

    def looked(self, missing: int) -> Self:
        """Note a look, and how many titles are missing after it."""
        step = min(self.step + 1, len(TITLE_WAITS_S) - 1)
        return replace(self, step=step, looks=self.looks + 1).noted(missing)
