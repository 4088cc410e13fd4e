"""Each statement is one that a Citus cluster runs, and runs on the one server that has its rows.

This also finds a missing owner that changes no answer of a test. The tests record the compiled
statements of random operations; an owner is a bound value, or equal to the owner of another table.
Accounts and webhook deliveries have no owner, but a key that decides their server.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy import CTE, Select, Table, bindparam, func, select
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.dml import Delete, Insert, Update
from sqlalchemy.sql.elements import BinaryExpression, BindParameter, ColumnClause
from sqlalchemy.sql.functions import FunctionElement as Function

from core.database import session
from core.database.session import Database
from core.migrations.citus import COLUMNS
from core.models import OWNED, metadata, users
from core.services import titles
from core.services.changes import forget_old_deletions
from core.services.videos import purge_trash
from core.services.webhooks import delete_old
from core.time_ids import utc_now
from tests.support.citus import OWNER, SERVICE
from tests.support.databases import DIALECTS, NewDatabaseUrl
from tests.support.factories import run_service
from tests.support.isolation.few_ids import use_few_ids
from tests.support.isolation.runs import run_operations
from tests.support.tokens import SigningKey

pytestmark = pytest.mark.anyio

STEPS = 600
OWNERS = COLUMNS
"""By table, the column of the owner."""
OF_ALL_USERS = {
    "SELECT videos.user_id, videos.id FROM videos WHERE videos.deleted_at <=": "expired trash",
    "SELECT DISTINCT deletions.user_id FROM deletions": "deletions that are forgotten",
    "SELECT metadata_jobs.user_id, metadata_jobs.video_id": "titles that are due",
    "DELETE FROM webhook_deliveries WHERE webhook_deliveries.received_at <": "old deliveries",
}
"""Statements of the workers on rows of all users, by their beginning, sent in `maintain`."""
RETURNED = {"coalesce", "max", "count", "min"}
"""Functions that may be in RETURNING: their values depend on nothing but the row."""


def owner_of(side: Any) -> str | None:
    """Return the table whose owner the expression is."""
    table = getattr(side, "table", None) if isinstance(side, ColumnClause) else None
    if isinstance(table, Table) and OWNERS.get(table.name) == side.name:
        return table.name
    return None


def equal_owners(statement: Any) -> Iterator[tuple[str, str | None]]:
    """Yield each table whose owner must equal a bound value (None) or the owner of another."""
    for part in visitors.iterate(statement):
        if not isinstance(part, BinaryExpression) or part.operator is not operators.eq:
            continue
        for one, other in ((part.left, part.right), (part.right, part.left)):
            if table := owner_of(one):
                if isinstance(other, BindParameter):
                    yield table, None
                elif joined := owner_of(other):
                    yield table, joined


def without_owner(statement: Any) -> set[str]:
    """Return the tables of a statement without a condition on their owner."""
    parts = list(visitors.iterate(statement))
    used = {part.name for part in parts if isinstance(part, Table)} & OWNERS.keys()
    settled = {part.table.name for part in parts if isinstance(part, Insert)}  # by its values
    equals = set(equal_owners(statement))
    for _ in OWNERS:
        settled |= {table for table, other in equals if other is None or other in settled}
    return used - settled


def refused_by_citus(statement: Any) -> Iterator[str]:
    """Yield why Citus refuses a statement."""
    functions = {part.name for part in visitors.iterate(statement) if isinstance(part, Function)}
    if any("advisory" in name for name in functions):
        yield "an advisory lock is known to one server only"
    for part in visitors.iterate(statement):
        if isinstance(part, CTE) and not isinstance(part.element, Select):
            yield "a change in WITH"
    if not isinstance(statement, Insert | Update | Delete):
        return
    for column in statement._returning:
        called = [part for part in visitors.iterate(column) if isinstance(part, Function)]
        if {part.name for part in called} - RETURNED:
            yield "a function in RETURNING that may not be immutable"
    if isinstance(statement, Insert) and statement.select is None:
        values = [*(statement._values or {}).values()]
        if any(isinstance(part, Select) for value in values for part in visitors.iterate(value)):
            yield "a SELECT among the values of an INSERT"


@pytest.fixture(params=DIALECTS)
def url(request: pytest.FixtureRequest, new_database_url: NewDatabaseUrl) -> str:
    """A database whose service does not own the tables on PostgreSQL, as on Citus."""
    url = new_database_url(request.param)
    if f"{OWNER}@" in url:
        asyncio.run(_use_own_role(url))
    return url.replace(f"{OWNER}@", f"{SERVICE}@")


async def _use_own_role(owner_url: str) -> None:
    owner = await asyncpg.connect(owner_url)
    names = ", ".join((*metadata.tables, "alembic_version"))
    await owner.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {names} TO {SERVICE}")
    for table in OWNED:
        await owner.execute(f"ALTER TABLE {table.name} NO FORCE ROW LEVEL SECURITY")
    await owner.close()


async def test_every_statement_names_the_owner_of_each_table(
    url: str, signing_key: SigningKey, monkeypatch: pytest.MonkeyPatch
):
    compiled: dict[str, set[str]] = {}
    refused: dict[str, set[str]] = {}
    compile_statement = session.compile_statement

    def record(statement: Any, name: Any) -> Any:
        result = compile_statement(statement, name)
        sql = " ".join(result[0].split())
        compiled[sql], refused[sql] = without_owner(statement), {*refused_by_citus(statement)}
        return result

    use_few_ids(monkeypatch)
    monkeypatch.setattr(session, "compile_statement", record)
    async with run_service(url, signing_key) as service:
        await run_operations(service, 1, STEPS)
        await run_maintenance(service.app.state.database)
    assert len(compiled) > 80
    ownerless = {sql for sql, tables in compiled.items() if tables}
    known = {sql for sql in ownerless if sql.startswith(tuple(OF_ALL_USERS))}
    assert ownerless - known == set()
    assert len(known) == len(OF_ALL_USERS)
    if not url.startswith("sqlite"):
        assert {sql: why for sql, why in refused.items() if why} == {}


async def run_maintenance(database: Database) -> None:
    """Do what the workers do, as soon as there is something to do."""
    assert await titles.claim(database, 1) != []
    await purge_trash(database, utc_now())
    await forget_old_deletions(database, utc_now())
    async with database.maintain() as maintenance:
        await delete_old(maintenance, utc_now())


def test_a_statement_without_an_owner_is_found():
    videos = next(table for table in OWNED if table.name == "videos")
    assert without_owner(videos.select().where(videos.c.id == 1)) == {"videos"}
    assert without_owner(videos.select().where(videos.c.user_id == 1)) == set()
    assert without_owner(videos.select().where(videos.c.user_id == users.c.id)) == {
        "videos",
        "users",
    }


def test_statements_that_citus_refuses_are_found():
    videos = next(table for table in OWNED if table.name == "videos")
    one = videos.c.id == bindparam("video_id")
    inserted = videos.insert().returning(videos.c.id).cte("inserted")
    asked = {
        "an advisory lock is known to one server only": select(func.pg_advisory_xact_lock(1)),
        "a change in WITH": select(inserted),
        "a function in RETURNING that may not be immutable": videos.update()
        .where(one)
        .returning(func.to_char(videos.c.created_at, "YYYY")),
        "a SELECT among the values of an INSERT": videos.insert().values(
            done_count=select(func.count()).scalar_subquery()
        ),
    }
    for why, statement in asked.items():
        assert {*refused_by_citus(statement)} == {why}
    assert {*refused_by_citus(videos.update().where(one).returning(videos.c.id))} == set()
