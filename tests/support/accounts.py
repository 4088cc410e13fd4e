"""Users' rows in the database, and tokens of any age: for tests of accounts."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import bindparam, func, select

from core.auth.schemas import Profile
from core.database.session import Database
from core.models import OWNED, users
from core.services import users as people
from core.time_ids import utc_now
from tests.support.factories import ISSUER, ORIGIN, Service
from tests.support.tokens import mint, session_claims

CLOSED = "This account was closed. Sign in again to begin with an empty library."

_ROW = select(users).where(users.c.clerk_id == bindparam("clerk_id"))


def database_of(service: Service) -> Database:
    database: Database = service.app.state.database
    return database


async def row_of(service: Service, name: str) -> Any:
    async with database_of(service).maintain() as session:
        return await session.fetch_one(_ROW, {"clerk_id": service.clerk_id(name)})


async def rows_owned_by(service: Service, owner_id: int) -> list[int]:
    async with database_of(service).read(owner_id) as session:
        counts = []
        for table in OWNED:
            mine = table.c.user_id == bindparam("user_id")
            statement = select(func.count().label("rows")).where(mine)
            row = await session.fetch_one(statement, {"user_id": owner_id})
            counts.append(row["rows"] if row else 0)
        return counts


def with_token_of(service: Service, name: str, issued_at_s: int) -> httpx.AsyncClient:
    claims = session_claims(service.clerk_id(name), iss=ISSUER, azp=ORIGIN, now_s=issued_at_s)
    token = mint(service.signing_key, claims)
    return service.client({"Authorization": f"Bearer {token}"})


async def erase(service: Service, name: str) -> bool:
    async with database_of(service).write(None) as session:
        return await people.erase(session, service.clerk_id(name)) is not None


async def erase_ago(service: Service, name: str, seconds: int) -> int:
    """Erase with a clock that is slow; return the time of the erasure, in epoch seconds."""
    moment = utc_now() - timedelta(seconds=seconds)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.services.users.utc_now", lambda: moment)
        await erase(service, name)
    return int(moment.timestamp())


async def assert_closed(person: httpx.AsyncClient) -> None:
    for answer in (await person.get("/videos"), await person.post("/videos", json={"url": "x"})):
        assert answer.status_code == 403
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"] == CLOSED


async def store(service: Service, name: str, profile: Profile) -> None:
    row = await row_of(service, name)
    async with database_of(service).write(row["id"]) as session:
        await people.store_profile(session, row["id"], profile)
