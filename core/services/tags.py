"""A person's tags. Their videos' tags change with them, those in the trash included."""

from collections.abc import Iterable
from datetime import datetime

from core import text
from core.database import Row, Session
from core.queries import videos


async def rewrite(
    session: Session, owner_id: int, changed: Iterable[tuple[Row, dict[str, str]]], now: datetime
) -> None:
    """Write the tags of many videos, each with its tags by key, as text and to be searched."""
    values = [_new_tags(row, ",".join(names.values()), now) for row, names in changed]
    await videos.set_tags(session, owner_id, values)


def _new_tags(row: Row, joined: str, now: datetime) -> dict[str, object]:
    return {
        "video_id": row["id"],
        "new_tags": joined,
        "new_search_text": text.search_text(row["title"], row["channel"], row["url"], joined),
        "now": now,
    }
