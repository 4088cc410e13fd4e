"""A user's log of workouts, and their videos' columns about it. The owner comes first."""

from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    bindparam,
    cast,
    delete,
    func,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from core.database.session import DialectName, Session, Values
from core.models import videos, workouts
from core.queries.json_sql import (
    AnySelect,
    PageText,
    as_answered,
    as_json_object,
    as_json_objects,
    cut_page,
)
from core.queries.videos import Stamp

_CHANGEABLE = ("day", "minutes", "effort", "comment")


class Workout(NamedTuple):
    """A stored workout."""

    video_key: str
    day: str
    minutes: int | None
    effort: str | None
    comment: str | None


class WorkoutQuery(NamedTuple):
    """A query for workouts of the owner, newest day first."""

    limit: int
    video_id: int | None = None
    since: str | None = None
    """A day, as `until`."""
    until: str | None = None
    after: tuple[str, int] | None = None
    """Day and id of the last workout of the page before."""

    def values(self) -> dict[str, Any]:
        """Return the parameters of the statement."""
        after_day, after_id = self.after or ("", 0)
        named = {"video_id": self.video_id, "since": self.since, "until": self.until}
        return {"limit": self.limit + 1, "after_day": after_day, "after_id": after_id, **named}


_OF_OWNER = workouts.c.user_id == bindparam("user_id")
_BY_ID = workouts.c.id == bindparam("workout_id")
_WRITTEN = (*_CHANGEABLE, "updated_at", "revision")

_INSERT = insert(workouts).on_conflict_do_nothing().returning(workouts.c.id)
_COUNT = select(func.count().label("workouts")).where(_OF_OWNER)
_FIND = select(*(workouts.c[name] for name in Workout._fields)).where(_OF_OWNER, _BY_ID)
_UPDATE = (
    update(workouts)
    .where(_OF_OWNER, _BY_ID)
    .values({name: bindparam(f"new_{name}") for name in _WRITTEN})
)
_DELETE = delete(workouts).where(_OF_OWNER, _BY_ID)
_OF_VIDEO = (_OF_OWNER, workouts.c.video_key == cast(bindparam("video_key"), String))
_RECOUNT = (
    update(videos)
    .where(videos.c.user_id == bindparam("user_id"), videos.c.video_key == bindparam("video_key"))
    .values(
        done_on=select(func.max(workouts.c.day)).where(*_OF_VIDEO).scalar_subquery(),
        done_count=select(func.count()).where(*_OF_VIDEO).scalar_subquery(),
        revision=bindparam("new_revision"),
    )
)
# By the parameter, not by the workout's owner: Citus does not infer that both are on one server.
_VIDEO_ID = (
    select(videos.c.id)
    .where(videos.c.user_id == bindparam("user_id"), videos.c.video_key == workouts.c.video_key)
    .scalar_subquery()
    .label("video_id")
)


def workout_columns(dialect: DialectName, *more: str) -> list[ColumnElement[Any]]:
    """Return the columns of a Workout in the order of its fields."""
    names = ("video_key", "title", *_CHANGEABLE, "created_at", "updated_at", *more)
    rest = (as_answered(workouts.c[name], dialect) for name in names)
    return [workouts.c.id, _VIDEO_ID, *rest]


async def insert_if_free(session: Session, owner_id: int, values: Values) -> bool:
    """Insert the row; False when the owner has a workout of this id."""
    return await session.fetch_one(_INSERT, {**values, "user_id": owner_id}) is not None


async def count_all(session: Session, owner_id: int) -> int:
    """Return how many workouts the owner has logged."""
    row = await session.fetch_one(_COUNT, {"user_id": owner_id})
    return 0 if row is None else row["workouts"]


async def find(session: Session, owner_id: int, workout_id: int) -> Workout | None:
    """Return a workout."""
    row = await session.fetch_one(_FIND, {"user_id": owner_id, "workout_id": workout_id})
    return None if row is None else Workout._make(row)


async def change(
    session: Session, owner_id: int, workout_id: int, workout: Workout, stamp: Stamp
) -> None:
    """Write what a user can change about a workout."""
    values = {name: getattr(workout, name) for name in _CHANGEABLE}
    values |= {"updated_at": stamp.now, "revision": stamp.revision}
    written = {f"new_{name}": value for name, value in values.items()}
    await session.execute(_UPDATE, {**written, "user_id": owner_id, "workout_id": workout_id})


async def delete_one(session: Session, owner_id: int, workout_id: int) -> None:
    """Delete the workout."""
    await session.execute(_DELETE, {"user_id": owner_id, "workout_id": workout_id})


async def recount(session: Session, owner_id: int, video_key: str, stamp: Stamp) -> None:
    """Update the video's last day and number of workouts, also in the trash."""
    values = {"user_id": owner_id, "video_key": video_key}
    await session.execute(_RECOUNT, values | {"new_revision": stamp.revision})


async def get_json(session: Session, owner_id: int, workout_id: int) -> str | None:
    """Return a workout as the text of a JSON object."""
    values = {"user_id": owner_id, "workout_id": workout_id}
    row = await session.fetch_one(_get_statement(session.dialect), values)
    return None if row is None else row["object"]


@lru_cache
def _get_statement(dialect: DialectName) -> AnySelect:
    return as_json_object(select(*workout_columns(dialect)).where(_OF_OWNER, _BY_ID), dialect)


async def list_json(session: Session, owner_id: int, query: WorkoutQuery) -> PageText:
    """Return a page of workouts."""
    given = tuple(getattr(query, name) is not None for name in _FILTERS)
    statement = _list_statement(session.dialect, given)
    row = await session.fetch_one(statement, {"user_id": owner_id, **query.values()})
    if row is None:
        return PageText("", 0, None)
    return cut_page(row["objects"], row["count"], row["count"], query.limit)


_KEY_OF_VIDEO = (
    select(videos.c.video_key)
    .where(videos.c.user_id == bindparam("user_id"), videos.c.id == bindparam("video_id"))
    .scalar_subquery()
)
_FILTERS: dict[str, ColumnElement[bool]] = {
    "video_id": workouts.c.video_key == _KEY_OF_VIDEO,
    "since": workouts.c.day >= bindparam("since"),
    "until": workouts.c.day <= bindparam("until"),
    "after": tuple_(workouts.c.day, workouts.c.id)
    < tuple_(bindparam("after_day"), bindparam("after_id")),
}


@lru_cache
def _list_statement(dialect: DialectName, given: tuple[bool, ...]) -> AnySelect:
    conditions = [each for each, is_given in zip(_FILTERS.values(), given, strict=True) if is_given]
    rows = (
        select(*workout_columns(dialect))
        .where(_OF_OWNER, *conditions)
        .order_by(workouts.c.day.desc(), workouts.c.id.desc())
        .limit(bindparam("limit", type_=Integer))
        .offset(literal_column("0", Integer))
    )
    return as_json_objects(rows, dialect)
