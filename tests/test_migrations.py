"""The migrations, on both databases."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError

from core import migrations
from core.migrations import runner
from core.models import OWNED, SCHEMA_REVISION, metadata

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


def test_up_down_and_up_again_ends_at_the_schema_of_the_models(empty_url: str):
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
    assert dates == sorted(dates, reverse=True), "newest first, as they build on each other"


def test_two_upgrades_at_once_do_not_collide(empty_url: str):
    environment = os.environ | {"DATABASE_URL": empty_url, "PYTHONPATH": str(FOLDER.parents[1])}
    command = [sys.executable, "-m", "core.cli", "db", "upgrade"]
    both = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(2)
    ]
    said = [upgrade.communicate(timeout=60)[0].decode() for upgrade in both]
    assert said == [f"The database is at {SCHEMA_REVISION}.\n"] * 2
    assert runner.current(empty_url) == SCHEMA_REVISION


def test_a_migration_that_fails_changes_nothing(tmp_path: Path):
    url = f"sqlite:///{shutil.copy(V0_2_0, tmp_path)}"
    runner.connect(url, lambda c: c.execute(text("CREATE TABLE video_tags (in_the_way)")))
    with pytest.raises(OperationalError, match="video_tags already exists"):
        runner.upgrade(url)
    assert runner.current(url) is None
    assert runner.connect(url, list_tables) == {"videos", "video_tags"}
    assert runner.connect(url, lambda c: len(inspect(c).get_indexes("videos"))) == 2


def test_postgresql_reads_the_url_as_its_driver_does(new_postgresql_url: Callable[[], str]):
    url = new_postgresql_url() + "&sslmode=disable"
    runner.upgrade(url)
    assert runner.current(url) == SCHEMA_REVISION


def test_sqlite_takes_the_path_as_it_stands(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/a%20b#c.db"
    runner.upgrade(url)
    assert [path.name for path in tmp_path.iterdir()] == ["a%20b#c.db"]
    assert runner.current(url) == SCHEMA_REVISION


def test_postgresql_guards_every_owned_table_even_from_its_own_role(
    new_postgresql_url: Callable[[], str],
):
    url = new_postgresql_url()
    runner.upgrade(url)
    guarded = "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
    names = runner.connect(url, lambda c: set(c.scalars(text(guarded))))
    assert names == {table.name for table in OWNED}


def test_sqlite_stores_every_owned_table_by_its_primary_key(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/core.db"
    runner.upgrade(url)
    clustered = "SELECT name FROM sqlite_master WHERE sql LIKE '%WITHOUT ROWID%'"
    names = runner.connect(url, lambda c: set(c.scalars(text(clustered))))
    assert names == {table.name for table in OWNED}
