"""GET and DELETE /me. tests/test_users.py tests the old tokens of an erased user."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

import pytest

from core.time_ids import time_ordered_id, utc_now
from tests.support.accounts import assert_closed, erase_ago, row_of, rows_owned_by, with_token_of
from tests.support.factories import Service, list_keys, save

pytestmark = pytest.mark.anyio


def ten_ms_a_reading() -> Callable[[], datetime]:
    """A clock as a busy machine has it: time passes between two readings."""
    readings = count()
    start = utc_now()
    return lambda: start + timedelta(milliseconds=10 * next(readings))


async def test_me_describes_the_signed_in_user(service: Service, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("core.services.users.utc_now", ten_ms_a_reading())
    lily = service.person("lily")
    await save(service.person("lars"), "of-lars-001")
    await save(lily, "first-video")
    trashed = await save(lily, "in-trash-01")
    await lily.delete(f"/videos/{trashed['id']}")
    answer = await lily.get("/me")
    row = await row_of(service, "lily")
    created_at = answer.json()["created_at"]
    assert answer.json() == {
        "id": row["id"],
        "clerk_id": service.clerk_id("lily"),
        "email": None,
        "name": None,
        "created_at": created_at,
        "videos": 1,
    }
    assert len(created_at) == len("2026-01-03T10:00:00.123Z")
    assert time_ordered_id(datetime.fromisoformat(created_at)) >> 12 == row["id"] >> 12
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


async def test_deleting_the_account_erases_everything_in_one_request(service: Service):
    lily, lars = service.person("lily"), service.person("lars")
    of_lars = await save(lars, "first-video", "a")
    video = await save(lily, "first-video", "a")
    await save(lily, "second-vid1", "b")
    await lily.delete(f"/videos/{video['id']}")
    owner_id = (await row_of(service, "lily"))["id"]
    answer = await lily.delete("/me")
    assert (answer.status_code, answer.content, "etag" in answer.headers) == (204, b"", False)
    assert set(await rows_owned_by(service, owner_id)) == {0}
    assert await row_of(service, "lily") is None
    assert (await lars.get("/videos")).json()["videos"] == [of_lars]


async def test_a_token_issued_before_the_erasure_is_refused_and_creates_no_account(
    service: Service,
):
    lily = service.person("lily")
    await save(lily, "first-video")
    older = with_token_of(service, "lily", int(time.time()) - 30)
    await lily.delete("/me")
    for person in (lily, older):
        await assert_closed(person)
        for method in ("GET", "DELETE"):
            assert (await person.request(method, "/me")).status_code == 403
    assert await row_of(service, "lily") is None


async def test_a_user_who_signs_in_after_an_erasure_has_an_empty_library(service: Service):
    await save(service.person("lily"), "first-video", "a")
    before = (await service.person("lily").get("/me")).json()
    await erase_ago(service, "lily", 30)
    again = service.person("lily")
    me = (await again.get("/me")).json()
    assert (me["clerk_id"], me["videos"]) == (before["clerk_id"], 0)
    assert me["id"] != before["id"]
    assert await list_keys(again) == []


async def test_concurrent_deletions_of_one_account_erase_once(service: Service):
    lily = service.person("lily")
    await save(lily, "first-video")
    answers = await asyncio.gather(*(lily.delete("/me") for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [204, *[403] * 5]


async def test_a_deletion_with_an_unknown_parameter_erases_no_user(service: Service):
    lily = service.person("lily")
    await save(lily, "first-video")
    assert (await lily.delete("/me?dry_run=true")).status_code == 422
    assert (await lily.get("/me?all=true")).status_code == 422
    assert await list_keys(lily) == ["first-video"]


async def test_every_unknown_parameter_is_named(service: Service):
    answer = await service.person("lily").get("/me?fantasy=1&more=2")
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["?fantasy", "?more"]
    assert "?fantasy: " in answer.json()["detail"]
    assert "?more: " in answer.json()["detail"]
