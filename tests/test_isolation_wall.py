"""PostgreSQL's row-level security: the second wall, which stands when the first one falls.

The first wall is the owner's id in every statement; here it is taken down.
"""

import random
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from sqlalchemy import delete, insert, select, update

from core import database as database_module
from core.clock import utc_now
from core.database import Database, Session
from core.errors import DatabaseUnavailable
from core.models import OWNED, metadata, metadata_jobs, tags, users, video_tags, videos
from tests.factories import Service, import_file, run_service, save
from tests.isolation.model import Game, Player
from tests.tokens import SigningKey

pytestmark = pytest.mark.anyio

OWNER_FILTER = re.compile(
    r"(?:videos|tags|video_tags|metadata_jobs|imports|import_reports)\.user_id = \$\d+::BIGINT"
)
STEPS = 400

compile_statement = database_module.compile_statement


@dataclass(frozen=True)
class House:
    """A PostgreSQL database with the libraries of two people, and a view from above."""

    service: Service
    database: Database
    superuser_url: str
    ids: dict[str, int]

    async def see_all(self, query: str) -> list[dict[str, Any]]:
        """Ask as a superuser, whom no policy binds."""
        connection = await asyncpg.connect(self.superuser_url)
        try:
            return [dict(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    async def all_rows(self) -> dict[str, list[dict[str, Any]]]:
        return {
            table.name: await self.see_all(f"SELECT * FROM {table.name} ORDER BY 1, 2")  # noqa: S608  a table's name
            for table in OWNED
        }


@pytest.fixture(scope="module")
def url(new_database_url: Callable[[str], str]) -> str:
    """One database for all of these tests, each with people of its own."""
    return new_database_url("postgresql")


@pytest.fixture
async def house(url: str, signing_key: SigningKey) -> AsyncIterator[House]:
    async with run_service(url, signing_key, CORE_DATABASE_POOL_SIZE="1") as service:
        for name in ("lily", "lars"):
            person = service.person(name)
            await save(person, "both-have-it", "both", name, title=name)
            await save(person, f"only-{name}", "both")
            trashed = await save(person, "in-the-trash", f"trash of {name}")
            await person.delete(f"/videos/{trashed['id']}")
            await import_file(person, b"https://example.com/no-video")
        database: Database = service.app.state.database
        async with database.read(None) as session:
            rows = await session.fetch_all(select(users.c.id, users.c.clerk_id), {})
        by_clerk_id = {row["clerk_id"]: row["id"] for row in rows}
        ids = {name: by_clerk_id[service.clerk_id(name)] for name in ("lily", "lars")}
        yield House(service, database, url.replace("core@/", "postgres:@/"), ids)


@pytest.fixture
def without_owner_filters(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Make every owner filter true for everybody; collect the statements that had one."""
    seen: set[str] = set()

    def compile_mutant(statement: Any, dialect: Any) -> Any:
        sql, defaults = compile_statement(statement, dialect)
        mutant = OWNER_FILTER.sub(lambda match: f"({match[0]} OR true)", sql)
        if mutant != sql:
            seen.add(mutant)
        return mutant, defaults

    monkeypatch.setattr(database_module, "compile_statement", compile_mutant)
    return seen


async def owners_seen(session: Session) -> dict[str, set[int]]:
    """Select whatever can be seen of every owned table."""
    owners = {}
    for table in OWNED:
        rows = await session.fetch_all(select(table.c.user_id), {})
        owners[table.name] = {row["user_id"] for row in rows}
    return owners


def everywhere(owner_id: int) -> dict[str, set[int]]:
    return {table.name: {owner_id} for table in OWNED}


NOWHERE: dict[str, set[int]] = {table.name: set() for table in OWNED}


# ------------------------------------------------------- with the first wall taken down


async def play(service: Service) -> None:
    players = [Player(service, f"player{number}") for number in range(3)]
    game, dice = Game(players), random.Random(1)
    for _ in range(STEPS):
        await game.step(dice.choice(Game.MOVES), dice.randrange(3), dice.randrange(2**20))


async def test_the_service_answers_right_although_it_forgot_every_owner(
    house: House, without_owner_filters: set[str]
):
    await play(house.service)
    assert len(without_owner_filters) > 15, without_owner_filters


async def test_the_same_service_is_caught_where_there_is_no_second_wall(
    house: House, signing_key: SigningKey, without_owner_filters: set[str]
):
    async with run_service(house.superuser_url, signing_key) as service:
        with pytest.raises((AssertionError, KeyError, ValueError)):
            await play(service)
    assert without_owner_filters


# ------------------------------------------------------------------- what can be seen


async def test_a_person_s_transaction_sees_that_person_s_rows_alone(house: House):
    for owner_id in house.ids.values():
        async with house.database.read(owner_id) as session:
            assert await owners_seen(session) == everywhere(owner_id)
        async with house.database.write(owner_id) as session:
            assert await owners_seen(session) == everywhere(owner_id)


@pytest.mark.parametrize("owner_id", [None, 0, -1, 5, 2**62])
async def test_nobody_s_transaction_sees_nothing(house: House, owner_id: int | None):
    async with house.database.read(owner_id) as session:
        assert await owners_seen(session) == NOWHERE
    async with house.database.write(owner_id) as session:
        assert await owners_seen(session) == NOWHERE


@pytest.mark.parametrize("owner_id", ["1'; DROP TABLE videos; --", "1", "0 OR true"])
async def test_who_is_asking_can_only_be_a_number(house: House, owner_id: Any):
    with pytest.raises(TypeError):
        house.database.read(owner_id)


async def test_a_connection_forgets_who_was_asking(house: House):
    """The pool has one connection, so the next transaction has the last one's."""
    pool = house.database.pool  # type: ignore[attr-defined]  # PostgreSQL's
    count = "SELECT count(*) FROM videos"
    async with house.database.read(house.ids["lily"]):
        pass
    assert await pool.fetchval(count) == 0
    with pytest.raises(ZeroDivisionError):
        async with house.database.write(house.ids["lily"]):
            raise ZeroDivisionError
    assert await pool.fetchval(count) == 0
    async with house.database.maintain():
        pass
    assert await pool.fetchval(count) == 0


# ---------------------------------------------------------------- what can be changed


async def test_changing_everything_changes_the_person_s_own_rows_alone(house: House):
    before = await house.all_rows()
    async with house.database.write(house.ids["lily"]) as session:
        await session.execute(update(videos).values(title="Stolen"), {})
        await session.execute(update(tags).values(name="Stolen"), {})
    after = await house.all_rows()
    assert of(house, "lars", after) == of(house, "lars", before)
    assert {row["title"] for row in of(house, "lily", after)["videos"]} == {"Stolen"}
    assert {row["name"] for row in of(house, "lily", after)["tags"]} == {"Stolen"}
    async with house.database.write(house.ids["lily"]) as session:
        for table in reversed(OWNED):
            await session.execute(delete(table), {})
    final = await house.all_rows()
    assert of(house, "lars", final) == of(house, "lars", before)
    assert of(house, "lily", final) == NO_ROWS


async def test_naming_a_stranger_s_row_touches_nothing(house: House):
    before = await house.all_rows()
    of_lars = videos.c.user_id == house.ids["lars"]
    async with house.database.write(house.ids["lily"]) as session:
        changed = update(videos).where(of_lars).values(title="Stolen").returning(videos.c.id)
        assert await session.fetch_all(changed, {}) == []
        deleted = delete(videos).where(of_lars).returning(videos.c.id)
        assert await session.fetch_all(deleted, {}) == []
        locked = select(videos.c.id).where(of_lars).with_for_update()
        assert await session.fetch_all(locked, {}) == []
    assert await house.all_rows() == before


async def test_nobody_s_transaction_changes_nothing(house: House):
    before = await house.all_rows()
    async with house.database.write(None) as session:
        for table in reversed(OWNED):
            await session.execute(update(table).values(user_id=house.ids["lily"]), {})
            await session.execute(delete(table), {})
    assert await house.all_rows() == before


def row_for(table: Any, owner_id: int) -> dict[str, Any]:
    now = utc_now()
    texts = ("video_key", "url", "thumbnail_url", "tags", "title_key", "search_text", "name")
    row = dict.fromkeys((*texts, "key"), "both") | {"tag_key": "both", "id": 5, "video_id": 5}
    row |= dict.fromkeys(("file", "format", "state", "text", "reason"), "both")
    numbers = ("import_id", "position", "line", "imported", "merged", "failed", "changed")
    row |= dict.fromkeys((*numbers, "tries"), 5) | {"failed": table.name == "import_reports" or 5}
    row |= {"user_id": owner_id, "availability": "unknown", "created_at": now, "updated_at": now}
    row |= {"due_at": now, "tries": 0}
    return {name: value for name, value in row.items() if name in table.c}


@contextmanager
def refused_by_the_wall() -> Iterator[None]:
    """Expect PostgreSQL's refusal, as the driver raises it or translated."""
    with pytest.raises((asyncpg.InsufficientPrivilegeError, DatabaseUnavailable)) as refusal:
        yield
    reason = refusal.value.__cause__ or refusal.value
    assert "violates row-level security policy" in str(reason)


@pytest.mark.parametrize("table", OWNED, ids=str)
@pytest.mark.parametrize("writer", ["lily", None, "maintenance"])
async def test_no_row_can_be_written_for_somebody_else(
    house: House, table: Any, writer: str | None
):
    database, ids = house.database, house.ids
    owner_id = ids.get(writer or "")
    before = await house.all_rows()
    opened = database.maintain() if writer == "maintenance" else database.write(owner_id)
    with refused_by_the_wall():
        async with opened as session:
            await session.execute(insert(table).values(row_for(table, ids["lars"])), {})
    assert await house.all_rows() == before


@pytest.mark.parametrize("table", OWNED, ids=str)
async def test_no_row_can_be_given_to_somebody_else(house: House, table: Any):
    before = await house.all_rows()
    with refused_by_the_wall():
        async with house.database.write(house.ids["lily"]) as session:
            await session.execute(update(table).values(user_id=house.ids["lars"]), {})
    assert await house.all_rows() == before


# --------------------------------------------------------------- the maintenance door


async def test_the_maintenance_door_shows_the_trash_and_the_jobs_and_nothing_else(house: House):
    async with house.database.maintain() as session:
        rows = await session.fetch_all(select(videos.c.user_id, videos.c.deleted_at), {})
        assert {row["user_id"] for row in rows} >= set(house.ids.values())
        assert all(row["deleted_at"] is not None for row in rows)
        jobs = await session.fetch_all(select(metadata_jobs.c.user_id), {})
        assert {row["user_id"] for row in jobs} >= set(house.ids.values())
        assert await session.fetch_all(select(tags.c.user_id), {}) == []
        assert await session.fetch_all(select(video_tags.c.user_id), {}) == []


async def test_nothing_can_be_changed_through_the_maintenance_door(house: House):
    before = await house.all_rows()
    async with house.database.maintain() as session:
        for table in reversed(OWNED):
            await session.execute(update(table).values(user_id=house.ids["lily"]), {})
            await session.execute(delete(table), {})
    assert await house.all_rows() == before


# ------------------------------------------------------------------- the wall itself


async def test_every_owned_table_has_its_wall_and_no_other_policy(house: House):
    guarded = await house.see_all(
        "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
    )
    owned = {table.name for table in metadata.sorted_tables if "user_id" in table.c}
    assert {row["relname"] for row in guarded} == owned == {table.name for table in OWNED}
    policies = await house.see_all("SELECT policyname, cmd FROM pg_policies")
    assert {(row["policyname"], row["cmd"]) for row in policies} == {
        *((f"{table.name}_owner", "ALL") for table in OWNED),
        ("videos_trash", "SELECT"),
        ("metadata_jobs_due", "SELECT"),
    }


async def test_the_service_s_role_can_t_climb_over_the_wall(house: House):
    roles = await house.see_all("SELECT * FROM pg_roles WHERE rolname = 'core'")
    assert [(row["rolsuper"], row["rolbypassrls"]) for row in roles] == [(False, False)]


NO_ROWS: dict[str, list[dict[str, Any]]] = {table.name: [] for table in OWNED}


def of(house: House, name: str, rows: dict[str, list[dict[str, Any]]]) -> Any:
    """Keep the rows of one person."""
    owner_id = house.ids[name]
    return {
        table: [row for row in found if row["user_id"] == owner_id] for table, found in rows.items()
    }
