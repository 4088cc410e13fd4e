"""The values of stored columns that have a fixed set, for queries, schemas and file formats."""

from typing import Literal

Availability = Literal["unknown", "available", "private", "embedding_disabled", "gone"]
"""What YouTube says about a video; `unknown` until YouTube has answered."""

Format = Literal["takeout", "html", "csv", "json", "text"]
"""The format of an imported file."""

Sort = Literal["newest", "oldest", "title", "due"]
"""The order of a list of videos; `due`: never done first, then the longest ago."""

Unusual = Literal["untagged", "unavailable"]
"""Kinds of videos that clients list; `unavailable`: it can't play outside of YouTube."""

Effort = Literal["easy", "right", "hard"]
"""How a workout felt."""

Kind = Literal["videos", "notes", "workouts", "searches"]
"""The kinds of rows in the change feed."""

ImportStatus = Literal["waiting", "running", "done", "failed"]

ExportFormat = Literal["json", "csv", "html", "notes", "workouts"]
"""`notes` is Markdown and `workouts` a table; the others hold the videos."""
