"""The application: settings, state, middleware, error handlers, and the routes of every noun."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import structlog
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from core import __version__, logs, ratelimit, tracing
from core.api import (
    changes,
    exports,
    health,
    imports,
    notes,
    searches,
    tags,
    users,
    videos,
    web,
    webhooks,
    workouts,
)
from core.api.http import problems
from core.api.http.routes import add_routes, hot_routes
from core.api.http.state import AppState
from core.api.middleware.address_limit import AddressLimit
from core.api.middleware.body_limit import BodyLimit
from core.api.middleware.compression import Compression
from core.api.middleware.hot_routes import HotRoutes
from core.api.middleware.response_headers import ResponseHeaders
from core.auth.clerk import Clerk
from core.auth.profiles import Profiles
from core.auth.webhooks import Bodies, open_webhook
from core.client_ip import Proxies
from core.config import Settings
from core.database import create_database, create_replica
from core.database.session import Database
from core.queries import schema
from core.services.exports import Exports
from core.services.library_size import LibrarySize
from core.services.reads import Reads
from core.services.users import KnownIds
from core.workers.imports import Importer
from core.workers.purge import purge_hourly
from core.workers.spool import Spool, folder_for
from core.workers.titles import TitleWorker, choose_source

# FastAPI imports all of pydantic 1 to check each model against it (docs/decisions/0014-start.md).
sys.modules.setdefault("pydantic.v1", None)  # type: ignore[arg-type]  # None makes the import fail

ROUTES = (
    *health.ROUTES,
    *web.ROUTES,
    *videos.ROUTES,
    *notes.ROUTES,
    *workouts.ROUTES,
    *searches.ROUTES,
    *changes.ROUTES,
    *tags.ROUTES,
    *users.ROUTES,
    *webhooks.ROUTES,
    *imports.ROUTES,
    *exports.ROUTES,
)
"""All HTTP routes except the files of the web app. A new noun adds its line here."""

log = structlog.get_logger(__name__)


class _App(FastAPI):
    """FastAPI that calls its middleware directly (docs/decisions/0011-hot-routes.md)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self.middleware_stack is None:
            await super().__call__(scope, receive, send)
        else:
            scope["app"] = self
            await self.middleware_stack(scope, receive, send)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the application; uvicorn calls this once in every server process.

    Raises: ConfigurationError
    """
    settings = settings or Settings.load()
    logs.configure(settings)
    app = _App(
        title="Core",
        version=__version__,
        summary="A private library of YouTube videos for each user.",
        lifespan=_lifespan,
        redirect_slashes=False,
        # These pages would run a CDN's scripts in the origin of the web app.
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state = state = _create_state(settings)  # type: ignore[assignment]  # Starlette's takes 1 µs a name
    app.openapi = partial(_describe_api, app)  # type: ignore[method-assign]  # FastAPI's own advice
    problems.install_handlers(app)
    _add_middleware(app, state)
    add_routes(app, ROUTES)
    web.add_files(app, settings)
    return app


def _create_state(settings: Settings) -> AppState:
    url = settings.DATABASE_URL.get_secret_value()
    database = create_database(url, settings.CORE_DATABASE_POOL_SIZE)
    clerk = Clerk(settings)
    spool = Spool(folder_for(settings.CORE_IMPORT_FOLDER, url))
    return AppState(
        settings=settings,
        database=database,
        reads=Reads(database, _create_replica(settings)),
        limits=ratelimit.create_limits(settings),
        clerk=clerk,
        webhook=open_webhook(settings),
        webhook_bodies=Bodies(),
        known_ids=KnownIds(),
        profiles=Profiles(clerk, database),
        library_size=LibrarySize(settings.CORE_MAX_VIDEOS),
        exports=Exports(database),
        spool=spool,
        importer=Importer(database, spool, settings.CORE_MAX_VIDEOS),
        titles=TitleWorker(database, choose_source(settings)),
        tracing=tracing.create_provider(),
    )


def _create_replica(settings: Settings) -> Database | None:
    url = settings.CORE_DATABASE_REPLICA_URL
    pool_size = settings.CORE_DATABASE_POOL_SIZE
    return create_replica(url.get_secret_value(), pool_size) if url else None


def _add_middleware(app: FastAPI, state: AppState) -> None:
    """Add the middleware; the one added last runs first."""
    proxies = Proxies(state.settings.CORE_TRUSTED_PROXIES)
    app.add_middleware(HotRoutes, routes=hot_routes(ROUTES))
    app.add_middleware(Compression)
    app.add_middleware(BodyLimit)
    if limit := state.limits.address:
        app.add_middleware(AddressLimit, limit=limit, proxies=proxies)
    if state.settings.metrics_ports:
        _add_metrics(app, state)
    if state.tracing:
        from core.api.middleware.tracing import Tracing  # noqa: PLC0415  only where it is on

        app.add_middleware(Tracing, tracer=state.tracing.get_tracer("core"), proxies=proxies)
    app.add_middleware(ResponseHeaders, proxies=proxies)


def _add_metrics(app: FastAPI, state: AppState) -> None:
    """Import and add the metrics only where they are on: they cost memory and time."""
    from core.api.middleware.metrics import RequestMetrics  # noqa: PLC0415  see above
    from core.metrics import Metrics  # noqa: PLC0415  see above

    state.metrics = Metrics(state.database.pool_use)
    app.add_middleware(RequestMetrics, metrics=state.metrics)


def _describe_api(app: FastAPI) -> dict[str, Any]:
    """Describe the API for OpenAPI, and how to sign in where a route can answer 401."""
    described = FastAPI.openapi(app)
    described["components"]["securitySchemes"] = {"clerk": {"type": "http", "scheme": "bearer"}}
    for operations in described["paths"].values():
        for operation in operations.values():
            if "401" in operation["responses"]:
                operation["security"] = [{"clerk": []}]
    return described


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open and start the parts of the application; close them in the reverse order."""
    state: AppState = app.state  # type: ignore[assignment]  # see create_app
    async with contextlib.AsyncExitStack() as closing:
        await state.database.open()
        closing.push_async_callback(state.database.close)
        await state.reads.open()
        closing.push_async_callback(state.reads.close)
        if await schema.bypasses_row_level_security(state.database):
            log.warning("row_level_security_bypassed", role="use one that is no superuser")
        for store in state.limits.stores:
            closing.push_async_callback(store.close)
        await state.clerk.start()
        closing.push_async_callback(state.clerk.close)
        closing.push_async_callback(state.profiles.close)
        if state.metrics:
            state.metrics.start(state.settings.CORE_METRICS_HOST, state.settings.metrics_ports)
            closing.push_async_callback(state.metrics.close)
        if state.tracing:  # its shutdown sends the last spans, which may take seconds
            closing.push_async_callback(asyncio.to_thread, state.tracing.shutdown)
        if state.settings.CORE_METADATA:
            state.titles.start()
        closing.push_async_callback(state.titles.close)
        purge = asyncio.create_task(purge_hourly(state.database))
        closing.push_async_callback(asyncio.wait, [purge])
        closing.callback(purge.cancel)
        state.importer.start()
        closing.push_async_callback(state.importer.close)
        yield
