"""Each statement reads one user's rows: a cluster sends it to the one server that has them.

This also finds a missing owner that changes no answer of a test. The tests record the compiled
statements of random operations; an owner is a bound value, or equal to the owner of another table.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Table
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.dml import Insert
from sqlalchemy.sql.elements import BinaryExpression, BindParameter, ColumnClause

from core.database import session
from core.models import OWNED, users
from tests.support.factories import run_service
from tests.support.isolation.model import use_few_ids
from tests.support.isolation.runs import run_operations
from tests.support.tokens import SigningKey

pytestmark = pytest.mark.anyio

STEPS = 600
OWNERS = {table.name: "user_id" for table in OWNED} | {users.name: "id"}
"""By table, the column of the owner."""
OF_ALL_USERS = {
    "SELECT videos.user_id, videos.id FROM videos WHERE videos.deleted_at <=": "expired trash",
    "SELECT DISTINCT deletions.user_id FROM deletions": "deletions that are forgotten",
}
"""Statements of the workers on rows of all users, by their beginning."""


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


@pytest.mark.parametrize("dialect", [0, 1], ids=["sqlite", "postgresql"])
async def test_every_statement_names_the_owner_of_each_table(
    database_urls: list[str], dialect: int, signing_key: SigningKey, monkeypatch: pytest.MonkeyPatch
):
    compiled: dict[str, set[str]] = {}
    compile_statement = session.compile_statement

    def record(statement: Any, name: Any) -> Any:
        result = compile_statement(statement, name)
        compiled[" ".join(result[0].split())] = without_owner(statement)
        return result

    use_few_ids(monkeypatch)
    monkeypatch.setattr(session, "compile_statement", record)
    async with run_service(database_urls[dialect], signing_key) as service:
        await run_operations(service, 1, STEPS)
    assert len(compiled) > 80
    ownerless = {sql for sql, tables in compiled.items() if tables}
    known = {sql for sql in ownerless if sql.startswith(tuple(OF_ALL_USERS))}
    assert ownerless - known == set()
    assert len(known) == len(OF_ALL_USERS)


def test_a_statement_without_an_owner_is_found():
    videos = next(table for table in OWNED if table.name == "videos")
    assert without_owner(videos.select().where(videos.c.id == 1)) == {"videos"}
    assert without_owner(videos.select().where(videos.c.user_id == 1)) == set()
    assert without_owner(videos.select().where(videos.c.user_id == users.c.id)) == {
        "videos",
        "users",
    }
