"""`core db distribute`, and the service on a real Citus cluster where the environment names one."""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from sqlalchemy import UniqueConstraint, select
from typer.testing import CliRunner, Result

from core.cli import app
from core.database import create_database
from core.errors import DatabaseUnavailable
from core.migrations import runner
from core.migrations.citus import COLUMNS, VERSION_TABLE
from core.models import SCHEMA_REVISION, metadata, users
from core.queries import schema
from core.queries.users import lock_row
from tests.support.citus import OWNER, SERVICE, Cluster
from tests.support.databases import NewDatabaseUrl
from tests.support.factories import environ_for, list_keys, run_service, save
from tests.support.tokens import SigningKey


def distribute(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["db", "distribute", *arguments], env={"DATABASE_URL": url})


def refusal_of(url: str, *arguments: str) -> str:
    result = distribute(url, *arguments)
    assert result.exit_code == 2
    return result.output


def test_every_table_has_a_column_that_decides_its_server():
    assert COLUMNS.keys() == metadata.tables.keys()
    for table in metadata.tables.values():
        [column, *_] = table.primary_key.columns
        assert COLUMNS[table.name] == column.name  # Citus needs it in each unique key


def test_unique_keys_hold_the_column_that_decides_the_server():
    for table in metadata.tables.values():
        keys = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
        assert all(COLUMNS[table.name] in one.columns for one in keys), table.name


def test_sqlite_is_not_distributed(new_database_url: NewDatabaseUrl):
    assert refusal_of(new_database_url("sqlite")) == (
        "SQLite is one file. Citus is an extension of PostgreSQL.\n"
    )


def test_a_database_without_citus_is_not_distributed(new_postgresql_url: Callable[[], str]):
    url = new_postgresql_url()
    runner.upgrade(url)
    assert "This database has no Citus." in refusal_of(url)


# ------------------------------------------------------------------------- on a cluster


@pytest.fixture
def cluster(citus: Cluster | None) -> Cluster:
    if citus is None:
        pytest.skip("TEST_CITUS_URL names no cluster")
    return citus


@pytest.fixture
def empty(cluster: Cluster) -> str:
    """The name of a database without tables."""
    return cluster.new_empty_database()


@pytest.fixture
def name(cluster: Cluster) -> str:
    """The name of a distributed database."""
    return cluster.new_database().rpartition("/")[2]


def run(url: str, *statements: str) -> list[Any]:
    async def run_all() -> list[Any]:
        connection = await asyncpg.connect(url)
        try:
            for statement in statements:
                rows: list[Any] = await connection.fetch(statement)
            return rows
        finally:
            await connection.close()

    return asyncio.run(run_all())


def tables(url: str) -> dict[str, str]:
    """Return the kind of each table that Citus knows."""
    rows = run(url, "SELECT table_name::text, citus_table_type FROM citus_tables")
    return dict(rows)


def doctor(url: str) -> tuple[list[str] | None, list[str], bool]:
    """Return the tables that are not distributed, missing settings, and whether RLS is bypassed."""

    async def ask() -> tuple[list[str] | None, list[str], bool]:
        database = create_database(url)
        await database.open()
        try:
            async with database.read(None) as session:
                local, unset = (
                    await schema.list_local_tables(session),
                    await schema.list_unset(session),
                )
            return local, unset, await schema.bypasses_row_level_security(database)
        finally:
            await database.close()

    return asyncio.run(ask())


def test_tables_are_distributed_once_and_the_service_finds_its_rows(
    cluster: Cluster, empty: str, signing_key: SigningKey
):
    owner_url = cluster.coordinator.url(OWNER, empty)
    assert "is at no migration" in refusal_of(owner_url)
    runner.upgrade(owner_url, "change_feed")
    assert "is at change_feed, this version needs" in refusal_of(owner_url)
    runner.upgrade(owner_url)
    assert "There is no role missing_role" in refusal_of(owner_url, "--role", "missing_role")
    assert "core owns the tables" in refusal_of(owner_url, "--role", OWNER)
    assert tables(owner_url) == {}
    asyncio.run(use(owner_url, signing_key, "saved-early"))
    first = distribute(owner_url)
    assert (first.exit_code, first.output.partition(":")[0]) == (0, "Distributed"), first.output
    assert distribute(owner_url).output.startswith("All tables were distributed before.\n")
    assert tables(owner_url) == {
        **dict.fromkeys(COLUMNS, "distributed"),
        VERSION_TABLE: "reference",
    }
    service_url = cluster.entry.url(SERVICE, empty)
    assert asyncio.run(use(service_url, signing_key, "saved--late")) == [
        "saved--late",
        "saved-early",
    ]


async def use(url: str, signing_key: SigningKey, video_key: str) -> list[str]:
    """Save a video as the one user of a database, and list all of theirs."""
    async with run_service(url, signing_key) as service:
        person = service.client(service_of_one(service).authorization("lily"))
        await save(person, video_key, "a tag")
        return await list_keys(person)


def service_of_one(service: Any) -> Any:
    """Return the service with the same users each time."""
    return type(service)(service.app, service.signing_key, number=0)


def test_a_worker_does_not_distribute(cluster: Cluster, name: str):
    [_, worker, *_] = asyncio.run(cluster.servers())
    assert "is a worker of the cluster" in refusal_of(worker.url(OWNER, name))


def test_a_table_of_a_later_migration_is_distributed_by_the_upgrade(cluster: Cluster, name: str):
    owner_url = cluster.coordinator.url(OWNER, name)
    run(
        owner_url,
        "SET citus.multi_task_query_log_level = off",
        "SELECT undistribute_table('import_reports', cascade_via_foreign_keys => true)",
        "ALTER TABLE videos FORCE ROW LEVEL SECURITY",
    )
    assert "import_reports" in (doctor(owner_url)[0] or [])
    runner.upgrade(owner_url)
    assert doctor(cluster.entry.url(SERVICE, name)) == ([], [], False)
    assert runner.current(owner_url) == SCHEMA_REVISION
    forced = "SELECT 1 FROM pg_class WHERE relforcerowsecurity"
    assert run(owner_url, forced) == []
    runner.check(owner_url)


def test_the_checks_find_an_owner_and_a_server_without_the_settings(cluster: Cluster, name: str):
    assert doctor(cluster.entry.url(SERVICE, name)) == ([], [], False)
    assert doctor(cluster.coordinator.url(OWNER, name)) == ([], [], True)
    servers = asyncio.run(cluster.servers())
    reset = f"ALTER DATABASE {name} RESET citus.propagate_set_commands"
    asyncio.run(cluster.run(servers[-1], "postgres", reset))
    [unset] = doctor(cluster.entry.url(SERVICE, name))[1]
    assert unset.startswith("citus.propagate_set_commands on server ")


def test_only_maintenance_reads_all_servers(cluster: Cluster, name: str):
    everything = select(users.c.id)

    async def read() -> None:
        database = create_database(cluster.entry.url(SERVICE, name))
        await database.open()
        try:
            async with database.write(1) as session:
                assert await lock_row(session, 1) is None
                with pytest.raises(DatabaseUnavailable) as refusal:
                    await session.fetch_all(everything, {})
            assert "multi-task query" in str(refusal.value.__cause__)
            async with database.maintain() as session:
                assert await session.fetch_all(everything, {}) == []
        finally:
            await database.close()

    asyncio.run(read())


def test_a_lost_server_degrades_only_its_users(
    cluster: Cluster, name: str, signing_key: SigningKey
):
    url = cluster.entry.url(SERVICE, name)
    [*_, lost] = asyncio.run(cluster.servers())
    assert lost != cluster.entry

    async def use_without_it() -> None:
        async with run_service(url, signing_key) as service:
            people = [service.person(f"user{number}") for number in range(12)]
            for person in people:
                await save(person, "saved-early")
            for server in (cluster.coordinator, cluster.entry):  # as if nothing listened there
                moved = "UPDATE pg_dist_node SET nodeport = 1 WHERE nodeport = $1::text::int"
                await cluster.run(server, name, moved, values=(str(lost.port),))
            statuses = [(await person.get("/videos")).status_code for person in people]
            assert set(statuses) == {200, 503}
            ready = await service.client().get("/health/ready")
            assert (ready.status_code, ready.json()["database"]) == (200, "degraded")

    asyncio.run(use_without_it())
    doctored = CliRunner().invoke(app, ["doctor"], env=environ_for(url, signing_key))
    assert "of the Citus cluster (`pg_dist_node`) does not answer" in doctored.output
