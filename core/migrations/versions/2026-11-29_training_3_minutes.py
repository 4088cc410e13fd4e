"""The minutes of the existing videos, from their titles."""

import re

import sqlalchemy as sa
from alembic import op

revision = "training_3_minutes"
down_revision = "training_2_index"
branch_labels = None
depends_on = None

MOST_MINUTES = 24 * 60

_NO_LETTER = r"(?![^\W\d_])"
_HOURS = rf"(?P<hours>\d{{1,2}})\s*-?\s*(?:h|hrs?|hours?|std\.?|stunden?){_NO_LETTER}"
_MINUTES = (
    r"(?P<minutes>\d{1,4})\s*-?\s*"
    rf"(?:'|(?:min|mins|minutes?|minuten?|minütige[rsnm]?){_NO_LETTER})"
)
_AND = r"\s*(?:,|and|und)?\s*"
_IN_TITLE = re.compile(
    rf"(?<![\d:.,])(?:{_HOURS}(?:{_AND}(?P<rest>\d{{1,2}})(?:\s*-?\s*(?:min\w*|m|'))?(?!\d))?|{_MINUTES})",
    re.IGNORECASE,
)


def upgrade() -> None:
    connection = op.get_bind()
    for owner_id in connection.scalars(sa.text("SELECT id FROM users")).all():
        fill(connection, owner_id)


def downgrade() -> None:
    """Do nothing: an earlier migration drops the column."""


def fill(connection: sa.Connection, owner_id: int) -> None:
    """Read the minutes of the owner's videos that have none; it can run twice."""
    owner = {"owner": owner_id}
    if connection.dialect.name == "postgresql":  # row-level security
        as_owner = "SELECT set_config('core.user_id', CAST(CAST(:owner AS bigint) AS text), true)"
        connection.execute(sa.text(as_owner), owner)
    without = (
        "SELECT id, title FROM videos"
        " WHERE user_id = :owner AND minutes IS NULL AND title IS NOT NULL"
    )
    read = [
        {"owner": owner_id, "video": video_id, "read": minutes}
        for video_id, title in connection.execute(sa.text(without), owner).all()
        if (minutes := _minutes_in_title(title)) is not None
    ]
    if read:
        update = "UPDATE videos SET minutes = :read WHERE user_id = :owner AND id = :video"
        connection.execute(sa.text(update), read)


def _minutes_in_title(title: str) -> int | None:
    """Apply the rule of this version: a later rule must not change this migration."""
    for found in _IN_TITLE.finditer(title):
        hours, rest, minutes = (int(found[name] or 0) for name in ("hours", "rest", "minutes"))
        if 1 <= (total := hours * 60 + rest + minutes) <= MOST_MINUTES:
            return total
    return None
