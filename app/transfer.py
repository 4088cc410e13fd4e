"""The progress of an import, as Core reports it. Pure."""

from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class FailedRow:
    """A row of the file without a video; `code` is Core's code for the reason."""

    line: int
    text: str
    reason: str
    code: str


@dataclass(frozen=True)
class Import:
    """One import; `error` is Core's English sentence if it failed."""

    id: int
    imported: int
    merged: int
    failed_count: int
    state: str
    error: str
    error_code: str
    failed: tuple[FailedRow, ...]

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Self:
        """Read Core's response.

        Raises: LookupError, TypeError, ValueError
        """
        rows = tuple(
            FailedRow(int(row["line"]), str(row["text"]), str(row["reason"]), _first(row["codes"]))
            for row in given["failed"]
        )
        error, code = str(given["error"] or ""), str(given["error_code"] or "")
        numbers = ("id", "imported", "merged", "failed_count")
        counts = {name: int(given[name]) for name in numbers}
        return cls(**counts, state=str(given["state"]), error=error, error_code=code, failed=rows)

    @property
    def is_running(self) -> bool:
        """Whether Core is still working on it."""
        return self.state in ("waiting", "running")


def _first(codes: list[Any]) -> str:
    return str(codes[0]) if codes else ""
