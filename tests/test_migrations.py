"""The migrations, on both databases."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError
from typer.testing import CliRunner

from core import migrations
from core.cli import app
from core.database import create_database
from core.errors import SyncTokenExpired
from core.migrations import runner
from core.models import OWNED, SCHEMA_REVISION, metadata
from core.queries import imports, title_jobs, videos
from core.services import changes, users
from core.services.users import hash_clerk_id
from core.time_ids import rfc3339, utc_now

FOLDER = Path(migrations.__file__).parent
V0_2_0 = Path(__file__).parent / "data" / "core-v0.2.0.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(
    request: pytest.FixtureRequest, tmp_path: Path, new_postgresql_url: Callable[[], str]
) -> str:
    """A database without any table; the test runs once on each kind."""
    return f"sqlite:///{tmp_path}/core.db" if request.param == "sqlite" else new_postgresql_url()


def list_tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def list_names(connection: Connection) -> set[str]:
    """Return the name of every constraint and index but NOT NULL's."""
    inspector = inspect(connection)
    names: set[str | None] = set()
    for table in metadata.tables:
        names.add(inspector.get_pk_constraint(table)["name"])
        names |= {one["name"] for one in inspector.get_foreign_keys(table)}
        names |= {one["name"] for one in inspector.get_unique_constraints(table)}
        names |= {one["name"] for one in inspector.get_check_constraints(table)}
        names |= {one["name"] for one in inspector.get_indexes(table)}
    return {str(name) for name in names}


def test_upgrade_downgrade_upgrade_ends_at_the_schema_of_the_models(empty_url: str):
    runner.upgrade(empty_url)
    runner.check(empty_url)
    assert runner.connect(empty_url, list_tables) == {*metadata.tables, "alembic_version"}
    runner.downgrade(empty_url, "base")
    assert runner.current(empty_url) is None
    assert runner.connect(empty_url, list_tables) == {"alembic_version"}
    runner.upgrade(empty_url)
    runner.check(empty_url)
    assert runner.current(empty_url) == SCHEMA_REVISION


def test_every_constraint_has_the_name_that_the_convention_gives_it(empty_url: str):
    runner.upgrade(empty_url)
    tables = metadata.tables.values()
    by_convention = {str(one.name) for table in tables for one in table.constraints}
    by_convention |= {str(one.name) for table in tables for one in table.indexes}
    assert runner.connect(empty_url, list_names) == by_convention
    assert all(re.fullmatch(r"(pk|fk|uq|ck|ix)_\w+", name) for name in by_convention)


def test_the_newest_migration_is_the_one_that_the_code_needs():
    assert ScriptDirectory(str(FOLDER)).get_current_head() == SCHEMA_REVISION


def test_every_migration_is_named_by_its_date_and_its_slug():
    scripts = list(ScriptDirectory(str(FOLDER)).walk_revisions())
    names = [Path(script.path).stem for script in scripts]
    for name, script in zip(names, scripts, strict=True):
        assert re.fullmatch(r"\d{4}-\d\d-\d\d_" + script.revision, name)
    dates = [name[:10] for name in names]
    assert dates == sorted(dates, reverse=True), "newest first, as each builds on the one before"


def test_an_upgrade_to_an_older_migration_does_nothing(empty_url: str):
    runner.upgrade(empty_url)
    runner.upgrade(empty_url, "import_codes")
    assert runner.current(empty_url) == SCHEMA_REVISION


def test_an_upgrade_of_a_newer_version_s_database_is_refused_in_a_sentence(empty_url: str):
    runner.upgrade(empty_url)
    fill(empty_url, "UPDATE alembic_version SET version_num = 'later_99_moods'")
    result = CliRunner().invoke(app, ["db", "upgrade"], env={"DATABASE_URL": empty_url})
    assert result.exit_code == 2
    assert result.stderr.startswith("Can't locate revision")


def test_concurrent_upgrades_do_not_collide(empty_url: str):
    environment = os.environ | {"DATABASE_URL": empty_url, "PYTHONPATH": str(FOLDER.parents[1])}
    command = [sys.executable, "-m", "core.cli", "db", "upgrade"]
    both = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(2)
    ]
    said = [upgrade.communicate(timeout=60)[0].decode() for upgrade in both]
    assert said == [f"The database is at {SCHEMA_REVISION}.\n"] * 2
    assert runner.current(empty_url) == SCHEMA_REVISION


def test_a_failed_migration_is_rolled_back(tmp_path: Path):
    url = f"sqlite:///{shutil.copy(V0_2_0, tmp_path)}"
    runner.connect(url, lambda c: c.execute(text("CREATE TABLE video_tags (in_the_way)")))
    with pytest.raises(OperationalError, match="video_tags already exists"):
        runner.upgrade(url)
    assert runner.current(url) is None
    assert runner.connect(url, list_tables) == {"videos", "video_tags"}
    assert runner.connect(url, lambda c: len(inspect(c).get_indexes("videos"))) == 2


OLD_ROWS = """
INSERT INTO users (id, clerk_id, revision, banned, created_at, updated_at)
    VALUES (1, 'user_lily', 0, false, :now, :now), (2, 'user_lars', 0, false, :now, :now);
SET LOCAL core.user_id = '1';
INSERT INTO videos (user_id, id, video_key, url, title, thumbnail_url, tags, availability,
    created_at, updated_at, title_key, search_text)
    VALUES (1, 7, 'a', '', null, '', '', 'unknown', :now, :now, '', ''),
           (1, 8, 'b', '', 'B', '', '', 'unknown', :now, :now, '', '');
SET LOCAL core.user_id = '2';
INSERT INTO videos (user_id, id, video_key, url, title, thumbnail_url, tags, availability,
    created_at, updated_at, title_key, search_text)
    VALUES (2, 7, 'a', '', null, '', '', 'unknown', :now, :now, '', '')
"""


def fill(url: str, statements: str) -> None:
    on_sqlite = url.startswith("sqlite")
    now = rfc3339(utc_now())

    def execute(connection: Connection) -> None:
        for statement in statements.replace(":now", f"'{now}'").split(";"):
            if not (on_sqlite and "SET LOCAL" in statement):
                connection.execute(text(statement))

    runner.connect(url, execute)


def test_every_existing_video_gets_a_due_job(empty_url: str):
    runner.upgrade(empty_url, "users_and_owners")
    fill(empty_url, OLD_ROWS)
    runner.upgrade(empty_url, "metadata_jobs")

    async def find_due() -> list[tuple[int, int]]:
        database = create_database(empty_url)
        await database.open()
        async with database.maintain() as session:
            due = await title_jobs.find_due(session, utc_now(), 10)
        await database.close()
        return sorted((row.user_id, row.video_id) for row in due)

    assert asyncio.run(find_due()) == [(1, 7), (1, 8), (2, 7)]


def test_rows_of_an_older_schema_get_the_owner_s_current_revision(empty_url: str):
    runner.upgrade(empty_url, "import_codes")
    fill(empty_url, OLD_ROWS)
    fill(empty_url, "UPDATE users SET revision = 40 + id")
    runner.upgrade(empty_url)

    async def list_changes(owner_id: int, since: int) -> dict[int, int]:
        database = create_database(empty_url)
        await database.open()
        try:
            async with database.read(owner_id) as session:
                progress = changes.begin(since, 40 + owner_id)
                page = await changes.read(session, owner_id, since, progress, 10, is_first=True)
        finally:
            await database.close()
        return {row["id"]: row["revision"] for row in json.loads(f"[{page.rows['videos']}]")}

    assert asyncio.run(list_changes(1, 0)) == {7: 41, 8: 41}
    assert asyncio.run(list_changes(1, 41)) == {}
    assert asyncio.run(list_changes(2, 0)) == {7: 42}
    with pytest.raises(SyncTokenExpired):
        asyncio.run(list_changes(1, 40))


OLD_DELETIONS = """
INSERT INTO users (id, clerk_id, revision, banned, created_at, updated_at)
    VALUES (1, 'user_lily', 0, false, :now, :now);
SET LOCAL core.user_id = '1';
INSERT INTO deletions (user_id, revision, kind, id, deleted_at)
    VALUES (1, 2, 'videos', 7, :now), (1, 3, 'notes', 8, :now)
"""


@pytest.mark.parametrize(
    ("revision", "index", "table", "columns"),
    [
        ("change_feed", "ix_videos_user_id_revision_id", "videos", "user_id, revision, id"),
        ("training", "ix_videos_done", "videos", "user_id, id, done_on"),
    ],
)
def test_a_migration_that_once_made_an_index_is_undone_with_it(
    empty_url: str, revision: str, index: str, table: str, columns: str
):
    runner.upgrade(empty_url, revision)
    create = text(f"CREATE INDEX {index} ON {table} ({columns})")
    runner.connect(empty_url, lambda connection: connection.execute(create))
    runner.downgrade(empty_url, "import_codes")
    runner.upgrade(empty_url)
    runner.check(empty_url)


def test_a_downgrade_forgets_deletions_that_the_older_version_does_not_know(empty_url: str):
    runner.upgrade(empty_url)
    fill(empty_url, OLD_DELETIONS)
    runner.downgrade(empty_url, "change_feed")
    as_owner = "SELECT set_config('core.user_id', '1', true)"

    def list_kinds(connection: Connection) -> list[str]:
        if connection.dialect.name == "postgresql":
            connection.execute(text(as_owner))
        return [*connection.scalars(text("SELECT kind FROM deletions"))]

    assert runner.connect(empty_url, list_kinds) == ["videos"]


OLD_IMPORT = """
INSERT INTO users (id, clerk_id, revision, banned, created_at, updated_at)
    VALUES (1, 'user_lily', 0, false, :now, :now);
SET LOCAL core.user_id = '1';
INSERT INTO imports (user_id, id, file, name, format, state, imported, merged, failed, changed,
    tries, error, created_at, updated_at)
    VALUES (1, 7, '', '', 'text', 'failed', 0, 0, 1, 0, 0, 'Why.', :now, :now);
INSERT INTO import_reports (user_id, import_id, position, failed, line, text, reason)
    VALUES (1, 7, 1, true, 1, '', 'Why.')
"""


def test_upgrade_and_downgrade_of_import_codes_keep_every_report(empty_url: str):
    runner.upgrade(empty_url, "early_bans")
    fill(empty_url, OLD_IMPORT)
    runner.upgrade(empty_url)
    assert asyncio.run(read_import(empty_url, 1, 7)) == ("Why.", None, [("Why.", None)])
    runner.downgrade(empty_url, "early_bans")
    runner.upgrade(empty_url)
    assert asyncio.run(read_import(empty_url, 1, 7)) == ("Why.", None, [("Why.", None)])


OLD_ACCOUNTS = """
INSERT INTO erased_users (clerk_id_hash, erased_at_s, banned_ms)
    VALUES ('LARS', 1700000000, NULL), ('GONE', 1700000001, NULL), ('BANNED', 0, 1700000002000)
"""
for _name in ("lars", "gone", "banned"):
    OLD_ACCOUNTS = OLD_ACCOUNTS.replace(_name.upper(), hash_clerk_id(f"user_{_name}"))
ACCOUNTS = {
    "user_lily": (1, 0, None),
    "user_lars": (2, 1700000000, None),
    "user_gone": (None, 1700000001, None),
    "user_banned": (None, 0, 1700000002000),
}


def list_accounts(connection: Connection) -> dict[str, Any]:
    rows = connection.execute(text("SELECT * FROM accounts ORDER BY user_id")).all()
    assert len(rows) == len(ACCOUNTS)
    by_hash = {row[0]: tuple(row[1:]) for row in rows}
    return {name: by_hash.get(hash_clerk_id(name)) for name in ACCOUNTS}


def list_old_accounts(connection: Connection) -> list[tuple[Any, ...]]:
    statement = "SELECT * FROM erased_users ORDER BY erased_at_s"
    return [tuple(row) for row in connection.execute(text(statement)).all()]


def test_accounts_keep_every_user_tombstone_and_early_ban(empty_url: str):
    runner.upgrade(empty_url, "provisional_titles_2_searches")
    fill(empty_url, OLD_ROWS)
    fill(empty_url, OLD_ACCOUNTS)
    before = runner.connect(empty_url, list_old_accounts)
    runner.upgrade(empty_url)
    assert runner.connect(empty_url, list_accounts) == ACCOUNTS
    runner.downgrade(empty_url, "provisional_titles_2_searches")
    assert runner.connect(empty_url, list_old_accounts) == before
    with pytest.raises(DBAPIError):  # unique again
        fill(empty_url, "UPDATE users SET clerk_id = 'user_lily'")
    runner.upgrade(empty_url)
    assert runner.connect(empty_url, list_accounts) == ACCOUNTS

    async def count_videos(clerk_id: str) -> int:
        database = create_database(empty_url)
        await database.open()
        owner_id = await users.find_id(database, clerk_id)
        assert owner_id is not None
        async with database.read(owner_id) as session:
            rows = await videos.count_all(session, owner_id)
        await database.close()
        return rows

    assert asyncio.run(count_videos("user_lily")) == 2
    assert asyncio.run(count_videos("user_lars")) == 1


async def read_import(url: str, owner_id: int, import_id: int) -> tuple[Any, ...]:
    database = create_database(url)
    await database.open()
    async with database.read(owner_id) as session:
        row = await imports.find(session, owner_id, import_id)
        reports = await imports.list_reports(session, owner_id, import_id)
    await database.close()
    assert row is not None
    return (
        row.error,
        row.error_code,
        [(report.reason, report.codes) for report in reports],
    )


def test_postgresql_reads_the_url_as_its_driver_does(new_postgresql_url: Callable[[], str]):
    url = new_postgresql_url() + "&sslmode=disable"
    runner.upgrade(url)
    assert runner.current(url) == SCHEMA_REVISION


def test_sqlite_uses_the_path_unchanged(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/a%20b#c.db"
    runner.upgrade(url)
    assert [path.name for path in tmp_path.iterdir()] == ["a%20b#c.db"]
    assert runner.current(url) == SCHEMA_REVISION


def test_postgresql_forces_row_level_security_on_every_owned_table(
    new_postgresql_url: Callable[[], str],
):
    url = new_postgresql_url()
    runner.upgrade(url)
    guarded = "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
    names = runner.connect(url, lambda c: set(c.scalars(text(guarded))))
    assert names == {table.name for table in OWNED}


def test_sqlite_stores_owned_tables_and_accounts_by_their_primary_key(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/core.db"
    runner.upgrade(url)
    clustered = "SELECT name FROM sqlite_master WHERE sql LIKE '%WITHOUT ROWID%'"
    names = runner.connect(url, lambda c: set(c.scalars(text(clustered))))
    assert names == {"accounts", *(table.name for table in OWNED)}
