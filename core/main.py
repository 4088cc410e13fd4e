"""The application: settings, what lives as long as it does, error handlers, and every route."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import structlog
from fastapi import Depends, FastAPI
from pydantic import BaseModel
from starlette.routing import Route

from core import __version__, jobs, logs, ratelimit
from core.addresses import Proxies
from core.api import exports, health, imports, problems, tags, users, videos, web, webhooks
from core.api.address_limit import UNCOUNTED, AddressLimit
from core.api.answer_headers import AnswerHeaders
from core.api.body_limit import BodyLimit
from core.api.hot_routes import HotRoutes
from core.api.requests import describe_body, describe_query
from core.auth.clerk import Clerk
from core.auth.profiles import Profiles
from core.auth.webhooks import open_webhook
from core.config import Settings
from core.database import create_database
from core.importer import Importer
from core.jobs import MetadataWorker
from core.queries import schema
from core.schemas import (
    BatchResult,
    Health,
    Person,
    Problem,
    Readiness,
    TagCount,
    TagCounts,
    TagListQuery,
    TagUpdate,
    Timer,
    Video,
    VideoBatch,
    VideoCreate,
    VideoList,
    VideoListQuery,
    VideoUpdate,
    WebConfig,
)
from core.spool import Spool, folder_for
from core.transfer_schemas import ExportQuery, Import, ImportQuery

# FastAPI asks of each model whether it is one of pydantic 1, and loads all of that to know.
sys.modules.setdefault("pydantic.v1", None)  # type: ignore[arg-type]  # None: not to be found

PROBLEM: dict[str, Any] = {
    "description": "Problem details (RFC 9457)",
    "content": {"application/problem+json": {"schema": Problem.model_json_schema()}},
}
UNCHANGED = {"description": "You have it already (`If-None-Match`)"}
UNREADY = {"model": Readiness, "description": "Something that answers need is missing"}
EXPORTED = {
    "description": "The library as a file",
    "content": {kind: {} for kind in ("application/json", "text/csv", "text/html")},
}
MERGED = "You had this video already; the tags were added"

HOT = (
    Route("/videos", videos.list_videos, methods=["GET"]),
    Route("/videos", videos.save_video, methods=["POST"]),
)
"""These answer, those of the same path in the table only describe them: FastAPI's own handling
would cost a third (docs/decisions/0003-hot-path.md)."""

log = structlog.get_logger(__name__)

Endpoint = Callable[..., Any]
Answer = type[BaseModel] | None


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the application; uvicorn calls this once in every server process.

    Raises: ConfigurationError
    """
    settings = settings or Settings.load()
    logs.configure(settings)
    app = FastAPI(
        title="Core",
        version=__version__,
        summary="Each person their own library of YouTube videos.",
        lifespan=_live,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state = SimpleNamespace()  # type: ignore[assignment]  # Starlette's takes 1 µs for a name
    url = settings.DATABASE_URL.get_secret_value()
    app.state.database = create_database(url, settings.CORE_DATABASE_POOL_SIZE)
    app.state.settings = settings
    app.state.metadata = MetadataWorker(app.state.database, settings.CORE_METADATA_URL)
    app.state.spool = Spool(folder_for(settings.CORE_IMPORT_FOLDER, url))
    app.state.importer = Importer(app.state.database, app.state.spool)
    app.state.clerk = Clerk(settings)
    app.state.webhook = open_webhook(settings)
    app.state.profiles = Profiles(app.state.clerk, app.state.database)
    app.openapi = partial(_describe, app)  # type: ignore[method-assign]  # FastAPI's own advice
    problems.install_handlers(app)
    app.state.limits = ratelimit.create_limits(settings)
    app.state.metrics = None
    _add_middleware(app, settings)
    add_routes(app)
    web.add_files(app, settings)
    return app


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """Add what sees every request; the last one added sees it first."""
    proxies = Proxies(settings.CORE_TRUSTED_PROXIES)
    app.add_middleware(HotRoutes, routes=HOT)
    app.add_middleware(BodyLimit)
    if limit := app.state.limits.address:
        app.add_middleware(AddressLimit, limit=limit, proxies=proxies)
    if settings.metrics_ports:
        _add_metrics(app)
    app.add_middleware(AnswerHeaders, proxies=proxies)


def _add_metrics(app: FastAPI) -> None:
    """Import and add what costs memory and time only where it was asked for."""
    from core.api.observation import Observation  # noqa: PLC0415  see above
    from core.metrics import Metrics  # noqa: PLC0415  see above

    app.state.metrics = Metrics()
    app.add_middleware(Observation, metrics=app.state.metrics)


def _describe(app: FastAPI) -> dict[str, Any]:
    """Describe the API for OpenAPI, and how to sign in where a route can answer 401."""
    described = FastAPI.openapi(app)
    described["components"]["securitySchemes"] = {"clerk": {"type": "http", "scheme": "bearer"}}
    for operations in described["paths"].values():
        for operation in operations.values():
            if "401" in operation["responses"]:
                operation["security"] = [{"clerk": []}]
    return described


@contextlib.asynccontextmanager
async def _live(app: FastAPI) -> AsyncIterator[None]:
    """Open and start what the application needs; each closes beside where it began, backwards."""
    state = app.state
    async with contextlib.AsyncExitStack() as closing:
        await state.database.open()
        closing.push_async_callback(state.database.close)
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
        if state.settings.CORE_METADATA:
            state.metadata.start()
        closing.push_async_callback(state.metadata.close)
        purge = asyncio.create_task(jobs.purge_hourly(state.database))
        closing.push_async_callback(asyncio.wait, [purge])
        closing.callback(purge.cancel)
        state.importer.start()
        closing.push_async_callback(state.importer.close)
        yield


def add_routes(app: FastAPI) -> None:
    """Add the whole HTTP surface: method, path, what answers, with what, and which problems."""
    # In the router as well, for 405 and for addresses that are not written as usual.
    app.router.routes[:0] = HOT

    def add(
        method: str, path: str, endpoint: Endpoint, answer: Answer, refusals: str = "", **more: Any
    ) -> None:
        refusals += "" if path in UNCOUNTED else " 429"
        responses = {int(status): PROBLEM for status in refusals.split()}
        more.setdefault("responses", {}).update(responses)
        app.add_api_route(path, endpoint, methods=[method], response_model=answer, **more)
        if method == "GET":  # Starlette's routes take HEAD as well, FastAPI's don't
            more["include_in_schema"] = False
            app.add_api_route(path, endpoint, methods=["HEAD"], response_model=answer, **more)

    listed = {"openapi_extra": describe_query(VideoListQuery), "responses": {304: UNCHANGED}}
    counted = {"openapi_extra": describe_query(TagListQuery), "responses": {304: UNCHANGED}}
    saved = {"status_code": 201, "responses": {200: {"model": Video, "description": MERGED}}}
    saved |= {"openapi_extra": describe_body(VideoCreate)}
    read = {"responses": {304: UNCHANGED}}
    changed = {"openapi_extra": describe_body(VideoUpdate)}
    batch = {"openapi_extra": describe_body(VideoBatch)}
    one_tag = {"dependencies": [Depends(tags.refuse_slash)]}
    renamed = {"openapi_extra": describe_body(TagUpdate), **one_tag}
    untagged = {"status_code": 204, **one_tag}

    add("GET", "/health", health.check_health, Health)
    add("GET", "/health/ready", health.check_readiness, Readiness, responses={503: UNREADY})
    add("GET", "/timer", health.read_timer, Timer)
    add("GET", "/config.json", web.read_config, WebConfig)

    add("GET", "/videos", videos.list_videos, VideoList, "401 403 422 500 503", **listed)
    add("POST", "/videos", videos.save_video, Video, "401 403 413 422 500 503", **saved)
    video, many = "/videos/{video_id:video}", "/videos/batch"
    add("GET", video, videos.get_video, Video, "401 403 404 422 500 503", **read)
    add("PATCH", video, videos.update_video, Video, "401 403 404 412 413 422 500 503", **changed)
    add("DELETE", video, videos.delete_video, None, "401 403 404 412 422 500 503", status_code=204)
    add("POST", f"{video}/restore", videos.restore_video, Video, "401 403 404 422 500 503")
    add("POST", many, videos.change_videos, BatchResult, "401 403 413 422 500 503", **batch)

    add("GET", "/tags", tags.list_tags, TagCounts, "401 403 422 500 503", **counted)
    tag = "/tags/{name:tag}"
    add("PATCH", tag, tags.rename_tag, TagCount, "401 403 404 412 413 422 500 503", **renamed)
    add("DELETE", tag, tags.delete_tag, None, "401 403 404 412 422 500 503", **untagged)

    add("GET", "/me", users.get_me, Person, "401 403 422 500 503")
    add("DELETE", "/me", users.delete_me, None, "401 403 422 500 503", status_code=204)

    hook = "/webhooks/clerk"
    add("POST", hook, webhooks.receive_webhook, None, "400 413 500 503", status_code=204)

    sent = {"openapi_extra": imports.IMPORT_BODY | describe_query(ImportQuery)}
    wanted = {"openapi_extra": describe_query(ExportQuery), "responses": {200: EXPORTED}}
    full = "401 403 409 413 422 500 503 507"
    add("POST", "/imports", imports.start_import, Import, full, status_code=202, **sent)
    begun = "/imports/{import_id}"
    add("GET", begun, imports.get_import, Import, "401 403 404 422 500 503")
    add("GET", "/exports", exports.export_library, None, "401 403 422 500 503", **wanted)
