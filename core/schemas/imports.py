"""The shapes of imports and exports."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.schemas import Request


class ImportQuery(Request):
    """What a file that is sent is to be read as."""

    format: Literal["takeout", "html", "csv", "json", "text"] | None = None
    """The format, where it is not to be detected."""


class ExportQuery(Request):
    """What to write the library as."""

    format: Literal["json", "csv", "html"] = "json"
    """`json` and `csv` hold everything, `html` is for browsers."""


class ImportReport(BaseModel):
    """A row of a file that was not imported, or not as it stood there, and why."""

    line: int
    text: str
    reason: str


class Import(BaseModel):
    """How far an import has come.

    When it is done, `total` is `imported`, `merged` and `failed_count` together. Of the failed
    and of the changed rows the first 1,000 are told one by one.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 2836107263754241,
                "name": "takeout.zip",
                "format": "takeout",
                "state": "done",
                "error": None,
                "total": 3,
                "imported": 1,
                "merged": 1,
                "failed_count": 1,
                "changed_count": 0,
                "failed": [
                    {
                        "line": 4,
                        "text": "Legs-videos.csv: not a key",
                        "reason": "There is no web link here. Paste the link of a YouTube video.",
                    }
                ],
                "changed": [],
                "created_at": "2026-01-03T10:00:00.123Z",
                "updated_at": "2026-01-03T10:00:01.456Z",
            }
        }
    )

    id: int
    name: str
    format: Literal["takeout", "html", "csv", "json", "text"]
    state: Literal["waiting", "running", "done", "failed"]
    error: str | None
    total: int | None
    imported: int
    merged: int
    failed_count: int
    changed_count: int
    failed: list[ImportReport]
    changed: list[ImportReport]
    created_at: str
    updated_at: str
