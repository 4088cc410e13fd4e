"""Two ways to find the rows after a revision: an index, and a scan of the owner's rows.

Processor time of the statement in SQLite, and of an insert, for decision 0023.

Run: python -m bench.changed_rows
"""

import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median

from bench.library import Saved, fill
from core.database.session import arguments, compile_statement
from core.database.sqlite import SqliteConnection, connect_sqlite
from core.migrations import runner
from core.models import videos
from core.queries import changes
from core.queries.changes import Position

SIZES = (100, 10_000, 100_000)
TIMES = 200
INDEX = "ix_videos_user_id_revision_id"


def processor_us(work: Callable[[], object], times: int = TIMES) -> float:
    taken = []
    for _ in range(times):
        began = time.process_time_ns()
        work()
        taken.append((time.process_time_ns() - began) / 1_000)
    return median(taken)


def find_us(connection: SqliteConnection, size: int) -> float:
    """Find the one row that changed last."""
    statement = changes.rows_statement("videos", "sqlite")
    sql, defaults = compile_statement(statement, "sqlite")
    after = Position(size - 1, 2**53 - 1)
    values = arguments(defaults, {"user_id": 1, **after._asdict(), "limit": 10_001})
    found = connection.execute(sql, values).fetchone()
    if found["count"] != 1:
        sys.exit(f"found {tuple(found)} instead of one video")
    return processor_us(
        lambda: connection.execute(sql, values).fetchone(), 20 if size > 10_000 else TIMES
    )


def insert_us(connection: SqliteConnection, size: int) -> float:
    """Insert videos that sort last, in one transaction that is rolled back."""
    names = [column.name for column in videos.c]
    row = connection.execute("SELECT * FROM videos ORDER BY id DESC LIMIT 1").fetchone()
    values = {name: row[name] for name in names}
    sql = f"INSERT INTO videos ({', '.join(names)}) VALUES ({', '.join(f':{n}' for n in names)})"  # noqa: S608  our own names
    connection.execute("BEGIN")
    numbers = iter(range(1, 10_000))

    def insert() -> None:
        number = next(numbers)
        connection.execute(
            sql,
            values
            | {"id": values["id"] + number, "video_key": f"new{number}", "revision": size + number},
        )

    taken = processor_us(insert, 2_000)
    connection.execute("ROLLBACK")
    return taken


def measure(folder: Path, size: int) -> None:
    path = folder / f"{size}.db"
    runner.upgrade(f"sqlite:///{path}")
    fill(
        path,
        1,
        [
            Saved(number, f"A bench video with a title {number}", ("legs",))
            for number in range(size)
        ],
    )
    with closing(connect_sqlite(path)) as connection:
        indexed = find_us(connection, size), insert_us(connection, size)
        connection.execute(f"DROP INDEX {INDEX}")
        scanned = find_us(connection, size), insert_us(connection, size)
    print(
        f"{size:7,} videos: find {indexed[0]:8.1f} us indexed, {scanned[0]:9.1f} us scanned; "
        f"insert {indexed[1]:5.1f} us indexed, {scanned[1]:5.1f} us without"
    )


def main() -> None:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        for size in SIZES:
            measure(Path(folder), size)


if __name__ == "__main__":
    main()
