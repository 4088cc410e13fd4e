"""PostgreSQL's row-level security: the second check, which works even if the first is missing.

The first check is the owner id in every statement. These tests remove it.
"""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import asyncpg
import pytest
from sqlalchemy import delete, insert, select, update

from core.database import session as database_module
from core.database.session import Database, Session
from core.errors import DatabaseUnavailable
from core.models import OWNED, deletions, metadata, metadata_jobs, tags, users, video_tags, videos
from core.services.videos import purge_trash
from core.time_ids import utc_now
from tests.support.databases import NewDatabaseUrl, as_superuser, is_citus, without_guard
from tests.support.factories import Service, import_file, run_service, save
from tests.support.isolation.runs import run_operations
from tests.support.nouns import find_nouns
from tests.support.tokens import SigningKey

pytestmark = pytest.mark.anyio

_NAMES = "|".join(table.name for table in OWNED)
OWNER_FILTER = re.compile(rf"\b(?:{_NAMES})\.user_id = \$\d+::BIGINT")
SEED, STEPS = 1, 400

compile_statement = database_module.compile_statement


@dataclass(frozen=True)
class App:
    """An application on PostgreSQL with the libraries of two users, and a superuser's view."""

    service: Service
    database: Database
    superuser_url: str
    superuser: asyncpg.Connection
    ids: dict[str, int]

    async def query_as_superuser(self, query: str) -> list[dict[str, Any]]:
        """Query as a superuser, who bypasses all policies."""
        return [dict(row) for row in await self.superuser.fetch(query)]

    async def all_rows(self) -> dict[str, list[dict[str, Any]]]:
        """Return every owned row, in an order that does not depend on the query plan."""
        rows = {}
        for table in OWNED:
            found = await self.query_as_superuser(f"SELECT * FROM {table.name}")  # noqa: S608  a table's name
            rows[table.name] = sorted(found, key=str)
        return rows


@asynccontextmanager
async def run_app(url: str, signing_key: SigningKey) -> AsyncIterator[App]:
    async with run_service(url, signing_key, CORE_DATABASE_POOL_SIZE="1") as service:
        people = {name: service.person(name) for name in ("lily", "lars")}
        for person in people.values():
            await person.delete(f"/videos/{(await save(person, 'to-be-purge'))['id']}")
        await purge_trash(service.app.state.database, utc_now() + timedelta(days=31))
        for name, person in people.items():
            await save(person, "both-have-1", "both", name, title=name)
            await save(person, f"only-{name}-1", "both")
            trashed = await save(person, "in-trash-01", f"trash of {name}")
            await person.delete(f"/videos/{trashed['id']}")
            await import_file(person, b"https://example.com/no-video")
            for noun in find_nouns():
                await noun.fill(person, name)
        database: Database = service.app.state.database
        async with database.maintain() as session:
            rows = await session.fetch_all(select(users.c.id, users.c.clerk_id), {})
        by_clerk_id = {row["clerk_id"]: row["id"] for row in rows}
        ids = {name: by_clerk_id[service.clerk_id(name)] for name in ("lily", "lars")}
        superuser = await asyncpg.connect(as_superuser(url))
        yield App(service, database, as_superuser(url), superuser, ids)
        await superuser.close()


@pytest.fixture(scope="module")
def url(new_database_url: NewDatabaseUrl) -> str:
    return without_guard(new_database_url("postgresql"))


@pytest.fixture(scope="module")
async def app(url: str, signing_key: SigningKey) -> AsyncIterator[App]:
    """An application that tests share: each of their statements reads, or is refused."""
    async with run_app(url, signing_key) as app:
        yield app


@pytest.fixture
def own_url(new_database_url: NewDatabaseUrl) -> str:
    return without_guard(new_database_url("postgresql"))


@pytest.fixture
async def own_app(own_url: str, signing_key: SigningKey) -> AsyncIterator[App]:
    """An application of this test alone, which may change its rows."""
    async with run_app(own_url, signing_key) as app:
        yield app


@pytest.fixture
def without_owner_filters(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Make every owner filter true for every user; collect the statements that had one."""
    seen: set[str] = set()

    @lru_cache(maxsize=512)
    def compile_mutant(statement: Any, dialect: Any) -> Any:
        sql, defaults = compile_statement(statement, dialect)
        mutant = OWNER_FILTER.sub(lambda match: f"({match[0]} OR true)", sql)
        if mutant != sql:
            seen.add(mutant)
        return mutant, defaults

    monkeypatch.setattr(database_module, "compile_statement", compile_mutant)
    return seen


async def owners_seen(session: Session) -> dict[str, set[int]]:
    """Return the owners of all visible rows of every owned table."""
    owners = {}
    for table in OWNED:
        rows = await session.fetch_all(select(table.c.user_id), {})
        owners[table.name] = {row["user_id"] for row in rows}
    return owners


def everywhere(owner_id: int) -> dict[str, set[int]]:
    return {table.name: {owner_id} for table in OWNED}


NOWHERE: dict[str, set[int]] = {table.name: set() for table in OWNED}


# ------------------------------------------------------ without the owner filters


async def test_row_level_security_keeps_answers_right_without_any_owner_filter(
    own_app: App, without_owner_filters: set[str]
):
    if is_citus(own_app.superuser_url):
        pytest.skip("without owners Citus asks all servers, and one such statement crashes it")
    await run_operations(own_app.service, SEED, STEPS)
    assert len(without_owner_filters) > 15, without_owner_filters


async def test_the_model_catches_missing_owner_filters_without_row_level_security(
    own_app: App, signing_key: SigningKey, without_owner_filters: set[str]
):
    async with run_service(own_app.superuser_url, signing_key) as service:
        with pytest.raises((AssertionError, KeyError, ValueError)):
            await run_operations(service, SEED, STEPS)
    assert without_owner_filters


# --------------------------------------------------------------------- reading


async def test_a_user_s_transaction_sees_only_that_user_s_rows(app: App):
    for owner_id in app.ids.values():
        async with app.database.read(owner_id) as session:
            assert await owners_seen(session) == everywhere(owner_id)
        async with app.database.write(owner_id) as session:
            assert await owners_seen(session) == everywhere(owner_id)


@pytest.mark.parametrize("owner_id", [None, 0, -1, 5, 2**62])
async def test_a_transaction_without_an_owner_sees_no_row(app: App, owner_id: int | None):
    async with app.database.read(owner_id) as session:
        assert await owners_seen(session) == NOWHERE
    async with app.database.write(owner_id) as session:
        assert await owners_seen(session) == NOWHERE


@pytest.mark.parametrize("owner_id", ["1'; DROP TABLE videos; --", "1", "0 OR true"])
async def test_the_owner_of_a_transaction_must_be_a_number(app: App, owner_id: Any):
    with pytest.raises(TypeError):
        app.database.read(owner_id)


async def test_a_pooled_connection_forgets_its_last_owner(app: App):
    """The pool has one connection, so the next transaction uses the last one's connection."""
    pool = app.database.pool  # type: ignore[attr-defined]  # PostgreSQL's
    count = "SELECT count(*) FROM videos"
    async with app.database.read(app.ids["lily"]):
        pass
    assert await pool.fetchval(count) == 0
    with pytest.raises(ZeroDivisionError):
        async with app.database.write(app.ids["lily"]):
            raise ZeroDivisionError
    assert await pool.fetchval(count) == 0
    async with app.database.maintain():
        pass
    assert await pool.fetchval(count) == 0


# -------------------------------------------------------------------- changing


async def test_an_update_without_a_filter_changes_only_the_user_s_own_rows(own_app: App):
    before = await own_app.all_rows()
    async with own_app.database.write(own_app.ids["lily"]) as session:
        await session.execute(update(videos).values(title="Stolen"), {})
        await session.execute(update(tags).values(name="Stolen"), {})
    after = await own_app.all_rows()
    assert of(own_app, "lars", after) == of(own_app, "lars", before)
    assert {row["title"] for row in of(own_app, "lily", after)["videos"]} == {"Stolen"}
    assert {row["name"] for row in of(own_app, "lily", after)["tags"]} == {"Stolen"}
    async with own_app.database.write(own_app.ids["lily"]) as session:
        for table in reversed(OWNED):
            await session.execute(delete(table), {})
    final = await own_app.all_rows()
    assert of(own_app, "lars", final) == of(own_app, "lars", before)
    assert of(own_app, "lily", final) == NO_ROWS


async def test_an_update_of_another_user_s_row_changes_nothing(app: App):
    before = await app.all_rows()
    of_lars = videos.c.user_id == app.ids["lars"]
    async with app.database.write(app.ids["lily"]) as session:
        changed = update(videos).where(of_lars).values(title="Stolen").returning(videos.c.id)
        assert await session.fetch_all(changed, {}) == []
        deleted = delete(videos).where(of_lars).returning(videos.c.id)
        assert await session.fetch_all(deleted, {}) == []
        locked = select(videos.c.id).where(of_lars).with_for_update()
        assert await session.fetch_all(locked, {}) == []
    assert await app.all_rows() == before


async def test_a_transaction_without_an_owner_changes_nothing(app: App):
    before = await app.all_rows()
    async with app.database.write(None) as session:
        for table in reversed(OWNED):
            if not is_citus(app.superuser_url):  # it refuses the statement itself
                await session.execute(update(table).values(user_id=app.ids["lily"]), {})
            await session.execute(delete(table), {})
    assert await app.all_rows() == before


def row_for(table: Any, owner_id: int) -> dict[str, Any]:
    samples = {str: "both", int: 5, bool: True, datetime: utc_now()}
    row = {column.name: samples[column.type.python_type] for column in table.c}
    return row | {"user_id": owner_id}


@contextmanager
def refused_by_the_policy() -> Iterator[None]:
    """Expect PostgreSQL's refusal, as the driver raises it or as Core translates it."""
    with pytest.raises((asyncpg.InsufficientPrivilegeError, DatabaseUnavailable)) as refusal:
        yield
    reason = refusal.value.__cause__ or refusal.value
    # Citus refuses to move a row to another owner before the policy is asked.
    on_citus = "modifying the partition value of rows is not allowed"
    assert "violates row-level security policy" in str(reason) or on_citus in str(reason)


@pytest.mark.parametrize("table", OWNED, ids=str)
@pytest.mark.parametrize("writer", ["lily", None, "maintenance"])
async def test_no_row_can_be_inserted_for_another_user(app: App, table: Any, writer: str | None):
    database, ids = app.database, app.ids
    owner_id = ids.get(writer or "")
    before = await app.all_rows()
    opened = database.maintain() if writer == "maintenance" else database.write(owner_id)
    with refused_by_the_policy():
        async with opened as session:
            await session.execute(insert(table).values(row_for(table, ids["lars"])), {})
    assert await app.all_rows() == before


@pytest.mark.parametrize("table", OWNED, ids=str)
async def test_no_row_can_be_moved_to_another_user(app: App, table: Any):
    before = await app.all_rows()
    with refused_by_the_policy():
        async with app.database.write(app.ids["lily"]) as session:
            await session.execute(update(table).values(user_id=app.ids["lars"]), {})
    assert await app.all_rows() == before


# -------------------------------------------------------- maintenance sessions


async def test_a_maintenance_session_sees_only_the_trash_the_jobs_and_the_deletions(app: App):
    async with app.database.maintain() as session:
        rows = await session.fetch_all(select(videos.c.user_id, videos.c.deleted_at), {})
        assert {row["user_id"] for row in rows} >= set(app.ids.values())
        assert all(row["deleted_at"] is not None for row in rows)
        for table in (metadata_jobs, deletions):
            found = await session.fetch_all(select(table.c.user_id), {})
            assert {row["user_id"] for row in found} >= set(app.ids.values())
        assert await session.fetch_all(select(tags.c.user_id), {}) == []
        assert await session.fetch_all(select(video_tags.c.user_id), {}) == []


async def test_a_maintenance_session_changes_nothing(app: App):
    before = await app.all_rows()
    async with app.database.maintain() as session:
        for table in reversed(OWNED):
            if not is_citus(app.superuser_url):  # it refuses the statement itself
                await session.execute(update(table).values(user_id=app.ids["lily"]), {})
            await session.execute(delete(table), {})
    assert await app.all_rows() == before


# ---------------------------------------------------------------- the policies


async def test_every_owned_table_has_row_level_security_and_no_other_policy(app: App):
    # On Citus the service does not own the tables, so nothing has to be forced.
    column = "relrowsecurity" if is_citus(app.superuser_url) else "relforcerowsecurity"
    guarded = await app.query_as_superuser(
        f"SELECT relname FROM pg_class WHERE relrowsecurity AND {column}"  # noqa: S608  a column's name
    )
    owned = {table.name for table in metadata.sorted_tables if "user_id" in table.c}
    owned.remove("accounts")  # read before the owner is known
    assert {row["relname"] for row in guarded} == owned == {table.name for table in OWNED}
    policies = await app.query_as_superuser("SELECT policyname, cmd FROM pg_policies")
    assert {(row["policyname"], row["cmd"]) for row in policies} == {
        *((f"{table.name}_owner", "ALL") for table in OWNED),
        ("videos_trash", "SELECT"),
        ("metadata_jobs_due", "SELECT"),
        ("deletions_old", "SELECT"),
    }


async def test_the_service_s_role_can_t_bypass_row_level_security(app: App):
    roles = await app.query_as_superuser("SELECT * FROM pg_roles WHERE rolname = 'core'")
    assert [(row["rolsuper"], row["rolbypassrls"]) for row in roles] == [(False, False)]


NO_ROWS: dict[str, list[dict[str, Any]]] = {table.name: [] for table in OWNED}


def of(app: App, name: str, rows: dict[str, list[dict[str, Any]]]) -> Any:
    """Return the rows of one user."""
    owner_id = app.ids[name]
    return {
        table: [row for row in found if row["user_id"] == owner_id] for table, found in rows.items()
    }
