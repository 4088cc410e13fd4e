"""The shapes of imports and exports."""

from pydantic import BaseModel, ConfigDict, Field

from core.choices import ExportFormat, Format, ImportStatus
from core.schemas.fields import Request


class ImportQuery(Request):
    """The format of the file that is sent."""

    format: Format | None = None
    """The format; detected if it is not given."""


class ExportQuery(Request):
    """The format of the export."""

    format: ExportFormat = "json"
    """`json` and `csv` hold everything, `html` is for browsers."""


class ImportReport(BaseModel):
    """A row of a file that failed or was changed, and why; or a kind of change, and how often."""

    line: int
    text: str
    reason: str
    codes: list[str] = Field(
        description="Why, for programs (docs/api.md). Empty in a report from before codes existed."
    )
    count: int | None = Field(
        default=None, description="Only for a kind of change: the number of rows. Its `line` is 0."
    )


class Import(BaseModel):
    """The state of an import.

    When it is done, `total` is `imported`, `merged` and `failed_count` together. Of the failed
    and of the changed rows the first 1,000 are listed. `changed` begins with each kind of change.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 2836107263754241,
                "name": "takeout.zip",
                "format": "takeout",
                "state": "done",
                "error": None,
                "error_code": None,
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
                        "codes": ["no-link"],
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
    format: Format
    state: ImportStatus
    error: str | None
    error_code: str | None = Field(description="Why it failed, for programs (docs/api.md).")
    total: int | None
    imported: int
    merged: int
    failed_count: int
    changed_count: int
    failed: list[ImportReport]
    changed: list[ImportReport]
    created_at: str
    updated_at: str
