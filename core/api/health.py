"""`/health`, `/health/ready` and `/timer`: public, for monitors and clocks."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import Request, Response

from core import __version__
from core.api.http.routes import Route
from core.api.http.state import state_of
from core.database.session import Database
from core.errors import DatabaseUnavailable
from core.queries import schema
from core.schemas.service import Health, Readiness, Timer

_PATIENCE_S = 2
"""How long the servers of a cluster have to answer."""


async def check_health() -> Health:
    """Report that the service runs, without other checks."""
    return Health(status="ok", service="core", version=__version__)


async def check_readiness(request: Request, response: Response) -> Readiness:
    """Tell whether requests can be answered, and what is missing: 200 or 503.

    A cluster without one of its servers is `degraded`, and still answers the users of the others.
    """
    database, migrations = await _check_database(state_of(request).database)
    keys = "ok" if state_of(request).clerk.has_keys else "missing"
    readiness = Readiness(database=database, migrations=migrations, signing_keys=keys)
    is_ready = set(readiness.model_dump().values()) <= {"ok", "degraded"}
    response.status_code = 200 if is_ready else 503
    response.headers["Cache-Control"] = "no-store"
    return readiness


async def _check_database(database: Database) -> tuple[str, str]:
    try:
        async with database.read(None) as session:
            revision = await schema.current_revision(session)
    except DatabaseUnavailable:
        return "unavailable", "unknown"
    state = "ok" if await _reaches_every_server(database) else "degraded"
    return state, "ok" if schema.is_compatible(revision) else "outdated"


async def _reaches_every_server(database: Database) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE_S), database.read(None) as session:
            return not await schema.list_lost_servers(session)
    except (DatabaseUnavailable, TimeoutError):
        return False


async def read_timer(response: Response) -> Timer:
    """Read the server's clock once."""
    response.headers["Cache-Control"] = "no-store"
    now = datetime.now(UTC)
    return Timer(
        timestamp=now.isoformat(timespec="microseconds")[:-6] + "Z", unix=int(now.timestamp())
    )


ROUTES = (
    Route(method="GET", path="/health", endpoint=check_health, answer=Health),
    Route(
        method="GET",
        path="/health/ready",
        endpoint=check_readiness,
        answer=Readiness,
        responses={
            HTTPStatus.SERVICE_UNAVAILABLE: {
                "model": Readiness,
                "description": "A part that answers need is missing",
            }
        },
    ),
    Route(method="GET", path="/timer", endpoint=read_timer, answer=Timer),
)
