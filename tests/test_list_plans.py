"""Query plans of lists: the cost of a page depends on the page, not on the size of its tags."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as dialect

from core.choices import Sort
from core.database.sqlite import sqlite3
from core.queries.video_lists import (
    Position,
    VideoQuery,
    _page_statement,
    _page_statement_that_fits,
)
from tests.support.databases import is_citus

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(
        sqlite3.sqlite_version_info < (3, 50), reason="only newer SQLites know the rows' order"
    ),
]


def plan(path: Path, query: VideoQuery) -> list[str]:
    """Return SQLite's query plan."""
    statement = _page_statement(query.shape("sqlite"))
    compiled = statement.compile(dialect=dialect.dialect(paramstyle="named"))
    values = compiled.construct_params({"user_id": 1, **query.values()})
    with sqlite3.connect(path) as connection:
        steps = connection.execute(f"EXPLAIN QUERY PLAN {compiled}", values).fetchall()
    return [step[-1] for step in steps]


@pytest.mark.usefixtures("sqlite_database")
@pytest.mark.parametrize("tag_keys", [(), ("abs",), ("abs", "legs"), ("abs", "legs", "yoga")])
@pytest.mark.parametrize("sort", ["newest", "oldest"])
@pytest.mark.parametrize("after", [None, Position(7)])
async def test_a_page_is_read_by_index_without_a_sort(
    sqlite_path: Path, tag_keys: tuple[str, ...], sort: Sort, after: Position | None
):
    steps = plan(sqlite_path, VideoQuery(50, sort, after, tag_keys))
    assert not [step for step in steps if "TEMP B-TREE" in step or "LIST SUBQUERY" in step]
    assert len([step for step in steps if "SEARCH video_tags" in step]) == len(tag_keys)
    assert [step for step in steps if step.startswith("SEARCH videos USING PRIMARY KEY")]


LIBRARY = """
SET core.user_id = '1';
INSERT INTO users (id, clerk_id, revision, banned, created_at, updated_at)
    VALUES (1, 'user_1', 0, false, now(), now());
INSERT INTO videos (user_id, id, video_key, url, thumbnail_url, tags, availability, created_at,
                    updated_at, title_key, search_text)
    SELECT 1, n, 'key' || n, 'url', 'picture', 'abs,legs', 'unknown', now(), now(), '', ''
    FROM generate_series(1, 1500) n;
INSERT INTO tags (user_id, key, name) VALUES (1, 'abs', 'abs'), (1, 'legs', 'legs');
INSERT INTO video_tags (user_id, tag_key, video_id)
    SELECT 1, key, n FROM tags, generate_series(1, 1500) n;
"""


async def explain(url: str, statement: str) -> list[str]:
    """Return PostgreSQL's query plan for a library without statistics."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(LIBRARY)
        return [row[0] for row in await connection.fetch(f"EXPLAIN {statement}")]
    finally:
        await connection.close()


@pytest.mark.parametrize("tag_keys", [("abs",), ("abs", "legs")])
@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_postgresql_finds_each_tagged_video_by_its_key_without_statistics(
    new_database_url: Callable[[str], str], tag_keys: tuple[str, ...], sort: Sort
):
    query = VideoQuery(500, sort, tag_keys=tag_keys)
    statement = _page_statement_that_fits(query.shape("postgresql"))
    bound = statement.params({"user_id": 1, **query.values()})
    text = bound.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    url = new_database_url("postgresql")
    if is_citus(url):
        pytest.skip("its servers have the plan, and the service may not fill the tables like this")
    steps = asyncio.run(explain(url, text.string))
    by_key = [step for step in steps if "Index Cond" in step and "(id = " in step]
    assert len(by_key) == 1, "\n".join(steps)
