"""A person's imports, and what is told of single rows. The owner comes first in every statement."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from core.database import Row, Session
from core.models import import_reports, imports

_OF_OWNER = imports.c.user_id == bindparam("user_id")
_BY_ID = imports.c.id == bindparam("import_id")
_UNFINISHED = or_(imports.c.state == "waiting", imports.c.state == "running")
_DONE = imports.c.imported + imports.c.merged + imports.c.failed

_INSERT = insert(imports).on_conflict_do_nothing().returning(imports.c.id)
_FIND = select(imports).where(_OF_OWNER, _BY_ID)
_FIND_BY_FILE = select(imports).where(_OF_OWNER, imports.c.file == bindparam("name"), _UNFINISHED)
_TAKE_UP = (
    update(imports)
    .where(_OF_OWNER, _BY_ID)
    .values(tries=imports.c.tries + 1, state="running", updated_at=bindparam("now"))
)
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
    .values(state=bindparam("final"), error=bindparam("why"), updated_at=bindparam("now"))
)
_INSERT_REPORT = insert(import_reports)
_LIST_REPORTS = (
    select(
        import_reports.c.failed, import_reports.c.line, import_reports.c.text,
        import_reports.c.reason,
    )
    .where(
        import_reports.c.user_id == bindparam("user_id"),
        import_reports.c.import_id == bindparam("import_id"),
    )
    .order_by(import_reports.c.position)
)  # fmt: skip
_FIND_OLDER = (
    select(imports.c.id, imports.c.state)
    .where(_OF_OWNER)
    .order_by(imports.c.id.desc())
    .offset(bindparam("kept", type_=Integer))
    .limit(100)
)
_DELETE = delete(imports).where(_OF_OWNER, _BY_ID)


async def insert_if_free(session: Session, owner_id: int, values: Mapping[str, Any]) -> bool:
    """Insert the row; False when its id is taken."""
    return await session.fetch_one(_INSERT, {**values, "user_id": owner_id}) is not None


async def find(session: Session, owner_id: int, import_id: int) -> Row | None:
    """Return the whole row."""
    return await session.fetch_one(_FIND, {"user_id": owner_id, "import_id": import_id})


async def find_unfinished(session: Session, owner_id: int, name: str) -> Row | None:
    """Return the row of an import whose file of the spool has that name."""
    return await session.fetch_one(_FIND_BY_FILE, {"user_id": owner_id, "name": name})


async def take_up(session: Session, owner_id: int, import_id: int, now: datetime) -> None:
    """Count a try."""
    values = {"user_id": owner_id, "import_id": import_id, "now": now}
    await session.execute(_TAKE_UP, values)


async def set_total(
    session: Session, owner_id: int, import_id: int, total: int, now: datetime
) -> None:
    """Keep how many entries the file has."""
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
    """Count a batch; False when the import is not where the batch began, or is gone."""
    more = {f"more_{name}": count for name, count in counts.items()}
    values = {"user_id": owner_id, "import_id": import_id, "before": before, "now": now, **more}
    return await session.fetch_one(_ADVANCE, values) is not None


async def finish(
    session: Session,
    owner_id: int,
    import_id: int,
    error: str | None,
    now: datetime,
) -> None:
    """End the import as `done`, or as `failed` and why."""
    values = {"user_id": owner_id, "import_id": import_id, "why": error, "now": now}
    await session.execute(_FINISH, {**values, "final": "failed" if error else "done"})


async def add_reports(
    session: Session, owner_id: int, import_id: int, reports: Sequence[Mapping[str, Any]]
) -> None:
    """Keep what is told of single rows."""
    if reports:
        ids = {"user_id": owner_id, "import_id": import_id}
        await session.execute_many(_INSERT_REPORT, [{**report, **ids} for report in reports])


async def list_reports(session: Session, owner_id: int, import_id: int) -> Sequence[Row]:
    """Return failed, line, text and reason of each row that is told of, in the file's order."""
    return await session.fetch_all(_LIST_REPORTS, {"user_id": owner_id, "import_id": import_id})


async def find_older(session: Session, owner_id: int, kept: int) -> Sequence[Row]:
    """Return id and state of the imports beyond the newest that are kept."""
    return await session.fetch_all(_FIND_OLDER, {"user_id": owner_id, "kept": kept})


async def forget(session: Session, owner_id: int, import_id: int) -> None:
    """Delete the row and, by cascade, its reports."""
    await session.execute(_DELETE, {"user_id": owner_id, "import_id": import_id})
