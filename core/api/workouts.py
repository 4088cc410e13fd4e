"""`/workouts`: a user's log; list, log, change, delete."""

import json
from http import HTTPStatus
from typing import Annotated

from fastapi import Request, Response
from pydantic import Field, TypeAdapter

from core.api.http import cursors
from core.api.http.etags import (
    JsonText,
    deleted_row,
    etag,
    is_unchanged,
    not_modified,
    revisions_to_match,
    stored_row,
)
from core.api.http.requests import read_body, read_query, refuse_query
from core.api.http.routes import FINDS_ROW, HAS_BODY, HAS_PRECONDITION, SIGNED_IN, Route
from core.api.http.state import state_of
from core.auth.middleware import CurrentUser
from core.queries import workouts as queries
from core.queries.workouts import WorkoutQuery
from core.schemas.fields import MAX_PAGE, VideoId
from core.schemas.workouts import (
    Workout,
    WorkoutCreate,
    WorkoutList,
    WorkoutListQuery,
    WorkoutUpdate,
)
from core.services import workouts

_POSITION = TypeAdapter(tuple[Annotated[str, Field(max_length=10)], VideoId])


async def list_workouts(request: Request, user: CurrentUser) -> Response:
    """List workouts, the newest day first."""
    asked = read_query(WorkoutListQuery, request)
    limit, after = asked.limit or MAX_PAGE, None
    if asked.cursor:
        after = cursors.decode(asked.cursor, user.id, asked.listing, _POSITION)
    tag = etag(user.id, user.revision)
    if is_unchanged(request, tag):
        return not_modified(tag)
    query = WorkoutQuery(limit, asked.video_id, asked.since, asked.until, after)
    objects, count, last = await state_of(request).reads.ask(
        user,
        lambda session: queries.list_json(session, user.id, query),
    )
    cursor = "null"
    if last:
        workout = json.loads(last)
        end = workout["day"], workout["id"]
        cursor = f'"{cursors.encode(end, user.id, asked.listing)}"'
    return JsonText(f'{{"workouts":[{objects}],"count":{count},"next_cursor":{cursor}}}', tag)


async def log_workout(request: Request, user: CurrentUser) -> Response:
    """Log a workout; one with a known id stays as it is (200)."""
    refuse_query(request)
    new = await read_body(WorkoutCreate, request)
    async with state_of(request).database.write(user.id) as session:
        logged = await workouts.log(session, user.id, new)
    return stored_row(user.id, logged, f"/workouts/{logged.id}")


async def update_workout(request: Request, user: CurrentUser, workout_id: VideoId) -> Response:
    """Change day, minutes, effort or comment; omitted fields stay unchanged."""
    refuse_query(request)
    change = await read_body(WorkoutUpdate, request)
    only_at = revisions_to_match(request, user.id)
    async with state_of(request).database.write(user.id) as session:
        logged = await workouts.update(session, user.id, workout_id, change, only_at)
    return stored_row(user.id, logged, f"/workouts/{logged.id}")


async def delete_workout(request: Request, user: CurrentUser, workout_id: VideoId) -> Response:
    """Delete a workout from the log."""
    refuse_query(request)
    only_at = revisions_to_match(request, user.id)
    async with state_of(request).database.write(user.id) as session:
        revision = await workouts.delete(session, user.id, workout_id, only_at)
    return deleted_row(user.id, revision)


_WORKOUT = "/workouts/{workout_id}"
_KNOWN = {"model": Workout, "description": "A workout with this id was logged already"}

ROUTES = (
    Route(
        method="GET",
        path="/workouts",
        endpoint=list_workouts,
        answer=WorkoutList,
        problems=SIGNED_IN,
        query=WorkoutListQuery,
        is_conditional=True,
    ),
    Route(
        method="POST",
        path="/workouts",
        endpoint=log_workout,
        answer=Workout,
        status=HTTPStatus.CREATED,
        responses={HTTPStatus.OK: _KNOWN},
        problems=SIGNED_IN | FINDS_ROW | HAS_BODY,
        body=WorkoutCreate,
    ),
    Route(
        method="PATCH",
        path=_WORKOUT,
        endpoint=update_workout,
        answer=Workout,
        problems=SIGNED_IN | FINDS_ROW | HAS_PRECONDITION | HAS_BODY,
        body=WorkoutUpdate,
    ),
    Route(
        method="DELETE",
        path=_WORKOUT,
        endpoint=delete_workout,
        status=HTTPStatus.NO_CONTENT,
        problems=SIGNED_IN | FINDS_ROW | HAS_PRECONDITION,
    ),
)
