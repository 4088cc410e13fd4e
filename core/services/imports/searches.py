"""The saved searches of an import: merged by id and by name, up to the limit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import ValidationError

from core.codes import Reason, RowCode
from core.database.session import Session
from core.queries import searches
from core.queries.videos import Stamp
from core.schemas.searches import SearchCreate
from core.services.imports.training import Logged, draw_id
from core.services.searches import MAX_SEARCHES, columns
from core.text import tag_key
from core.transfer.entries import Entry, SearchRow
from core.transfer.normalization import EntryRefused
from core.transfer.note_rows import MAX_ID, moment_or, read_whole

SEARCHES_ARE_FULL = Reason(
    RowCode.SEARCHES_ARE_FULL, f"You have {MAX_SEARCHES} saved searches, the most."
)


@dataclass(frozen=True, slots=True)
class NormalizedSearch:
    """A saved search as it can be stored."""

    entry: Entry
    name: str
    query: str
    created_at: datetime
    updated_at: datetime
    wanted_id: int | None
    changes: list[Reason] = field(default_factory=list)


def normalize_search(entry: Entry, row: SearchRow, now: datetime) -> NormalizedSearch:
    """Read a row by the rules of the API.

    Raises: EntryRefused: a name or filters that can't be used.
    """
    try:
        new = SearchCreate(name=row.name, query=row.query)
    except ValidationError:
        raise EntryRefused(RowCode.NOT_A_SEARCH, "This saved search can't be used.") from None
    created_at, updated_at = moment_or(now, entry.created_at), moment_or(now, entry.updated_at)
    wanted_id = read_whole(entry.id, MAX_ID)
    return NormalizedSearch(entry, new.name, new.query, created_at, updated_at, wanted_id)


async def add_searches(
    session: Session, owner_id: int, rows: Mapping[int, NormalizedSearch], stamp: Stamp
) -> Logged:
    """Add the new saved searches; `rows` has each under its position in the file."""
    if not rows:
        return Logged(0, [])
    known = await searches.find_all(session, owner_id)
    ids, names = {each.id for each in known}, {each.name_key for each in known}
    new, left_out = 0, list[int]()
    for at, row in rows.items():
        if row.wanted_id in ids or tag_key(row.name) in names:
            continue
        if len(ids) >= MAX_SEARCHES:
            left_out.append(at)
            continue
        search_id = draw_id(stamp.now, ids) if row.wanted_id is None else row.wanted_id
        moments = {"created_at": row.created_at, "updated_at": row.updated_at}
        values = {"id": search_id, **columns(row.name, row.query, stamp), **moments}
        await searches.insert_if_free(session, owner_id, values)
        ids.add(search_id)
        names.add(tag_key(row.name))
        new += 1
    return Logged(new, left_out)
