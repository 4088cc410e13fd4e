"""How SQLite reads a list: what a page costs goes by the page, not by what the tags hold."""

from pathlib import Path

import pytest
from sqlalchemy.dialects import sqlite as dialect

from core.queries.video_lists import Position, Sort, VideoQuery, _page_statement
from core.sqlite import sqlite3

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(
        sqlite3.sqlite_version_info < (3, 50), reason="only newer SQLites know the rows' order"
    ),
]


def plan(path: Path, query: VideoQuery) -> list[str]:
    """Ask SQLite how it would answer the question."""
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
async def test_a_page_is_walked_in_its_order_and_nothing_is_sorted(
    sqlite_path: Path, tag_keys: tuple[str, ...], sort: Sort, after: Position | None
):
    steps = plan(sqlite_path, VideoQuery(50, sort, after, tag_keys))
    assert not [step for step in steps if "TEMP B-TREE" in step or "LIST SUBQUERY" in step]
    assert len([step for step in steps if "SEARCH video_tags" in step]) == len(tag_keys)
    assert [step for step in steps if step.startswith("SEARCH videos USING PRIMARY KEY")]
