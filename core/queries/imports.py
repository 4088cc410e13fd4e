"""A user's imports, and the reports of their rows. The owner comes first in every statement."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Integer, bindparam, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from core.choices import Format, ImportStatus
from core.codes import Reason
from core.database.session import Session
from core.models import import_reports, imports


class ImportRow(NamedTuple):
    """The whole row of an import."""

    user_id: int
    id: int
    file: str
    name: str
    format: Format
    state: ImportStatus
    total: int | None
    imported: int
    merged: int
    failed: int
    changed: int
    tries: int
    error: str | None
    error_code: str | None
    created_at: datetime | str
    updated_at: datetime | str


class OlderImport(NamedTuple):
    """An import that is not among the newest."""

    id: int
    state: ImportStatus


class ReportRow(NamedTuple):
    """A report about one row of a file, for the user."""

    failed: bool
    line: int
    text: str
    reason: str
    codes: str | None


_OF_OWNER = imports.c.user_id == bindparam("user_id")
_BY_ID = imports.c.id == bindparam("import_id")
_UNFINISHED = or_(imports.c.state == "waiting", imports.c.state == "running")
_DONE = imports.c.imported + imports.c.merged + imports.c.failed

_INSERT = insert(imports).on_conflict_do_nothing().returning(imports.c.id)
_COLUMNS = [imports.c[name] for name in ImportRow._fields]
_FIND = select(*_COLUMNS).where(_OF_OWNER, _BY_ID)
_FIND_BY_FILE = select(*_COLUMNS).where(_OF_OWNER, imports.c.file == bindparam("name"), _UNFINISHED)
_MARK_STARTED = (
    update(imports).where(_OF_OWNER, _BY_ID).values(state="running", updated_at=bindparam("now"))
)
_COUNT_TRY = update(imports).where(_OF_OWNER, _BY_ID).values(tries=imports.c.tries + 1)
_SET_TOTAL = (
    update(imports)
    .where(_OF_OWNER, _BY_ID)
    .values(total=bindparam("entries"), updated_at=bindparam("now"))
)
_ADVANCE = (
    update(imports)
    .where(_OF_OWNER, _BY_ID, _UNFINISHED, bindparam("before") == _DONE)
    .values(
        **{
            name: imports.c[name] + bindparam(f"more_{name}", type_=Integer)
            for name in ("imported", "merged", "failed", "changed")
        },
        tries=0,
        updated_at=bindparam("now"),
    )
    .returning(imports.c.id)
)
_FINISH = (
    update(imports)
    .where(_OF_OWNER, _BY_ID)
    .values(
        state=bindparam("final"),
        error=bindparam("why"),
        error_code=bindparam("code"),
        updated_at=bindparam("now"),
    )
)
_INSERT_REPORT = insert(import_reports)
_LIST_REPORTS = (
    select(*(import_reports.c[name] for name in ReportRow._fields))
    .where(
        import_reports.c.user_id == bindparam("user_id"),
        import_reports.c.import_id == bindparam("import_id"),
    )
    .order_by(import_reports.c.position)
)
_FIND_OLDER = (
    select(*(imports.c[name] for name in OlderImport._fields))
    .where(_OF_OWNER)
    .order_by(imports.c.id.desc())
    .offset(bindparam("kept", type_=Integer))
    .limit(100)
)
_DELETE = delete(imports).where(_OF_OWNER, _BY_ID)


async def insert_if_free(session: Session, owner_id: int, values: Mapping[str, Any]) -> bool:
    """Insert the row; False when its id is taken."""
    return await session.fetch_one(_INSERT, {**values, "user_id": owner_id}) is not None


async def find(session: Session, owner_id: int, import_id: int) -> ImportRow | None:
    """Return the import."""
    row = await session.fetch_one(_FIND, {"user_id": owner_id, "import_id": import_id})
    return None if row is None else ImportRow._make(row)


async def find_unfinished(session: Session, owner_id: int, name: str) -> ImportRow | None:
    """Return the import whose file in the spool has that name."""
    row = await session.fetch_one(_FIND_BY_FILE, {"user_id": owner_id, "name": name})
    return None if row is None else ImportRow._make(row)


async def mark_started(session: Session, owner_id: int, import_id: int, now: datetime) -> None:
    """Mark the import as running."""
    values = {"user_id": owner_id, "import_id": import_id, "now": now}
    await session.execute(_MARK_STARTED, values)


async def count_try(session: Session, owner_id: int, import_id: int) -> None:
    """Count a try that ended in an internal error; the next stored batch resets the count."""
    await session.execute(_COUNT_TRY, {"user_id": owner_id, "import_id": import_id})


async def set_total(
    session: Session, owner_id: int, import_id: int, total: int, now: datetime
) -> None:
    """Store the number of entries in the file."""
    values = {"user_id": owner_id, "import_id": import_id, "entries": total, "now": now}
    await session.execute(_SET_TOTAL, values)


async def advance(
    session: Session,
    owner_id: int,
    import_id: int,
    before: int,
    counts: Mapping[str, int],
    *,
    now: datetime,
) -> bool:
    """Count a batch; False when the import is no longer at the batch's start, or is deleted."""
    more = {f"more_{name}": count for name, count in counts.items()}
    values = {"user_id": owner_id, "import_id": import_id, "before": before, "now": now, **more}
    return await session.fetch_one(_ADVANCE, values) is not None


async def finish(
    session: Session,
    owner_id: int,
    import_id: int,
    error: Reason | None,
    now: datetime,
) -> None:
    """End the import as `done`, or as `failed` with the reason."""
    code, why = error or (None, None)
    values = {"user_id": owner_id, "import_id": import_id, "now": now, "why": why, "code": code}
    await session.execute(_FINISH, {**values, "final": "failed" if error else "done"})


async def add_reports(
    session: Session, owner_id: int, import_id: int, reports: Sequence[Mapping[str, Any]]
) -> None:
    """Store the reports of rows."""
    if reports:
        ids = {"user_id": owner_id, "import_id": import_id}
        await session.execute_many(_INSERT_REPORT, [{**report, **ids} for report in reports])


async def list_reports(session: Session, owner_id: int, import_id: int) -> list[ReportRow]:
    """Return the reports in the order of the file."""
    values = {"user_id": owner_id, "import_id": import_id}
    return [ReportRow._make(row) for row in await session.fetch_all(_LIST_REPORTS, values)]


async def find_older(session: Session, owner_id: int, kept: int) -> list[OlderImport]:
    """Return the imports that are older than the newest `kept`."""
    values = {"user_id": owner_id, "kept": kept}
    return [OlderImport._make(row) for row in await session.fetch_all(_FIND_OLDER, values)]


async def forget(session: Session, owner_id: int, import_id: int) -> None:
    """Delete the row and, by cascade, its reports."""
    await session.execute(_DELETE, {"user_id": owner_id, "import_id": import_id})
