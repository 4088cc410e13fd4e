"""The hot routes of `/videos` answer exactly as the router does."""

from typing import Any

import httpx
import pytest

from core.api.middleware.body_limit import MAX_BODY_MIB, MIB
from core.api.middleware.hot_routes import HotRoutes
from tests.support.factories import Service, link, save

pytestmark = pytest.mark.anyio

CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/videos", {}),
    ("GET", "/videos", {"params": {"limit": "1", "sort": "title"}}),
    ("GET", "/videos", {"headers": {"If-None-Match": "*"}}),
    ("GET", "/videos", {"headers": {"Authorization": "Bearer x"}}),
    ("GET", "/videos", {"params": {"limit": "0", "fantasy": "1"}}),
    ("GET", "/videos", {"params": {"cursor": "x"}}),
    ("HEAD", "/videos", {}),
    ("PUT", "/videos", {}),
    ("GET", "/videos/", {}),
    ("GET", "/videos%0A", {}),
    ("POST", "/videos", {"json": {"url": link("hot-video-1")}}),
    ("POST", "/videos", {"json": {"url": "no video", "tags": 5}}),
    ("POST", "/videos", {"json": {"url": "no video"}}),
    ("POST", "/videos", {"content": b"{}"}),
    ("POST", "/videos", {"content": b"x" * (MAX_BODY_MIB * MIB + 1)}),
    ("POST", "/videos", {"params": {"fantasy": "1"}}),
]


def parts(answer: httpx.Response) -> tuple[int, list[tuple[str, str]], bytes]:
    answer.headers.pop("x-request-id")
    return answer.status_code, sorted(answer.headers.multi_items()), answer.content


async def pass_on(self: HotRoutes, scope: Any, receive: Any, send: Any) -> None:
    await self.app(scope, receive, send)


@pytest.mark.parametrize(("method", "path", "more"), CASES)
async def test_the_hot_route_answers_as_the_router_does(
    service: Service, monkeypatch: pytest.MonkeyPatch, method: str, path: str, more: dict[str, Any]
):
    lily = service.person("lily")
    await save(lily, "hot-video-1")
    await save(lily, "hot-video-2")
    shortcut = parts(await lily.request(method, path, **more))
    monkeypatch.setattr(HotRoutes, "__call__", pass_on)
    assert shortcut == parts(await lily.request(method, path, **more))


async def test_listing_and_saving_skip_the_router(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    lily = service.person("lily")
    monkeypatch.setattr(service.app.router, "routes", [])
    assert (await lily.post("/videos", json={"url": link("hot-video-1")})).status_code == 201
    assert (await lily.get("/videos")).json()["count"] == 1
    assert (await lily.get("/tags")).status_code == 404
