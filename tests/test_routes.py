"""Every route without a token, as another user, and with malformed ids.

TABLE says how each route is called and which cases apply; the running application's own
table and its OpenAPI description say whether TABLE is complete.
"""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from core.api import web
from core.main import create_app
from tests.support.databases import DIALECTS
from tests.support.factories import (
    PROBLEM_FIELDS,
    Service,
    finished_import,
    link,
    save,
    settings_for,
)
from tests.support.nouns import NO_IDS, find_nouns, row
from tests.support.tokens import SigningKey

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}


TABLE = {
    ("GET", "/health"): row("public"),
    ("GET", "/health/ready"): row("public"),
    ("GET", "/timer"): row("public"),
    ("GET", "/config.json"): row("public"),
    ("GET", "/videos"): row("anonymous cursor tag if_none_match", params={"limit": 1}),
    ("POST", "/videos"): row("anonymous", 201, json={"url": link("a-new-video")}),
    ("GET", "/videos/{video_id}"): row("anonymous stranger malformed if_none_match"),
    ("PATCH", "/videos/{video_id}"): row(
        "anonymous stranger malformed if_match", json={"title": "Changed"}
    ),
    ("DELETE", "/videos/{video_id}"): row("anonymous stranger malformed if_match", 204),
    ("POST", "/videos/{video_id}/restore"): row("anonymous stranger malformed"),
    ("POST", "/videos/batch"): row("anonymous", json={"ids": [1], "action": "delete"}),
    ("PATCH", "/tags/{name}"): row("anonymous stranger malformed if_match", json={"name": "new"}),
    ("DELETE", "/tags/{name}"): row("anonymous stranger malformed if_match", 204),
    ("POST", "/webhooks/clerk"): row("public", 503),
    ("GET", "/me"): row("anonymous"),
    ("DELETE", "/me"): row("anonymous", 204),
    ("GET", "/tags"): row("anonymous tag if_none_match"),
    ("POST", "/imports"): row("anonymous", 202, content=b"https://youtu.be/an-imported"),
    ("GET", "/imports/{import_id}"): row("anonymous stranger malformed"),
    ("GET", "/exports"): row("anonymous"),
}
MISSING = {"video_id": 2**53 - 1, "import_id": 2**53 - 1, "name": "unused"}
"""For each parameter of a path: an id that does not exist."""
MALFORMED = {
    "video_id": NO_IDS,
    "import_id": NO_IDS,
    "name": ["%00", "%20", "a%2Cb", "x" * 65],
}
"""For each parameter of a path: invalid values."""
TAG_PARAMETERS = {"tags", "with", "prefix"}

for noun in find_nouns():
    TABLE.update(noun.rows)
    MISSING.update(noun.missing)
    MALFORMED.update(noun.malformed)


def rows_with(case: str) -> list[tuple[str, str]]:
    return [route for route, row in TABLE.items() if case in row.cases]


@dataclass
class People:
    """Lily and Lars, whose libraries are equal, so that only the owner differs."""

    anonymous: httpx.AsyncClient
    lily: httpx.AsyncClient
    lars: httpx.AsyncClient
    of_lily: dict[str, Any] = field(default_factory=dict)
    of_lars: dict[str, Any] = field(default_factory=dict)

    async def library_of_lars(self) -> Any:
        trash = await self.lars.get("/videos", params={"deleted": "true"})
        lists = ["/videos", *(path for noun in find_nouns() for path in noun.lists)]
        return trash.json(), [(await self.lars.get(path)).json() for path in lists]


async def fill(service: Service) -> People:
    people = People(service.client(), service.person("lily"), service.person("lars"))
    mine = (people.lily, people.of_lily, "of lily"), (people.lars, people.of_lars, "of lars")
    for person, ids, tag in mine:
        await save(person, "older-video", tag)
        ids["video_id"] = (await save(person, "newer-video", tag))["id"]
        ids["name"] = tag
        begun = await person.post("/imports", content=link("imported-01").encode())
        ids["import_id"] = await finished_import(person, begun)
        for noun in find_nouns():
            ids.update(await noun.fill(person, tag))
    return people


@pytest.fixture
async def people(service: Service) -> People:
    """Libraries of this test alone, which may change them."""
    return await fill(service)


@pytest.fixture(scope="module")
async def filled(shared_apps: dict[str, FastAPI], signing_key: SigningKey) -> dict[str, People]:
    return {dialect: await fill(Service(app, signing_key)) for dialect, app in shared_apps.items()}


@pytest.fixture(params=DIALECTS)
def readers(request: pytest.FixtureRequest, filled: dict[str, People]) -> People:
    """Libraries that tests share: each of their requests reads, or is refused."""
    return filled[request.param]


async def call(
    person: httpx.AsyncClient, route: tuple[str, str], ids: dict[str, Any], **more: Any
) -> httpx.Response:
    """Call the route as its row says, with more query parameters or headers."""
    method, path = route
    options = dict(TABLE[route].call)
    options["params"] = options.get("params", {}) | more.pop("params", {})
    return await person.request(method, path.format(**ids), **options, **more)


# --------------------------------------------------------------- the table is complete


@pytest.fixture(scope="session")
def app(signing_key: SigningKey) -> FastAPI:
    return create_app(settings_for("sqlite:///never-opened.db", signing_key))


def routes_of(app: FastAPI) -> Iterator[tuple[str, str]]:
    """List the application's routes, except its description and the web app's files.

    These are the same for every user: tests/web/test_files.py.
    """
    pages = {app.openapi_url, *web.PAGES, *web.NAMED, web.ASSET.replace(":path", "")}
    for route in app.routes:
        path, methods = (
            getattr(route, "path_format", str(route)),
            getattr(route, "methods", {"ANY"}),
        )
        if path not in pages:
            yield from ((method, path) for method in methods - {"HEAD"})


def cases_by_description(path: str, operation: dict[str, Any]) -> set[str]:
    """Derive from the description of a route which cases apply to it."""
    answers = operation["responses"]
    queries = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "query"}
    applies = {
        "public": "401" not in answers,
        "anonymous": "401" in answers,
        "stranger": "{" in path,
        "malformed": "{" in path,
        "cursor": "cursor" in queries,
        "tag": not TAG_PARAMETERS.isdisjoint(queries),
        "if_none_match": "304" in answers,
        "if_match": "412" in answers,
    }
    return {case for case, does in applies.items() if does}


def test_every_route_has_a_row_in_the_table(app: FastAPI):
    missing = set(routes_of(app)) - TABLE.keys()
    assert not missing, f"Say in TABLE which cases apply to these routes: {sorted(missing)}"


def test_every_row_of_the_table_has_a_route(app: FastAPI):
    gone = TABLE.keys() - set(routes_of(app))
    assert not gone, f"Remove these rows from TABLE, they have no route: {sorted(gone)}"


def test_every_route_is_in_the_openapi_description(app: FastAPI):
    described = {
        (method.upper(), path)
        for path, operations in app.openapi()["paths"].items()
        for method in operations
    }
    hidden = set(routes_of(app)) - described
    assert not hidden, f"These routes are not in /openapi.json: {sorted(hidden)}"


@pytest.mark.anyio
async def test_the_description_has_no_page_that_loads_scripts_from_elsewhere(service: Service):
    assert (await service.client().get("/openapi.json")).status_code == 200
    for path in ("/docs", "/redoc", "/docs/oauth2-redirect"):
        assert (await service.client().get(path)).status_code == 404


@pytest.mark.parametrize("route", TABLE, ids=" ".join)
def test_every_row_has_the_cases_that_its_route_needs(app: FastAPI, route: tuple[str, str]):
    method, path = route
    expected = cases_by_description(path, app.openapi()["paths"][path][method.lower()])
    assert TABLE[route].cases == expected, f"By its description {method} {path} needs {expected}"
    for name in re.findall(r"{(\w+)}", path):
        assert name in MISSING, f"Add an id to MISSING that does not exist as {name}"
        assert name in MALFORMED, f"Add invalid values of {name} to MALFORMED"


# ------------------------------------------------------------------------- the cases


@pytest.mark.anyio
@pytest.mark.parametrize("route", TABLE, ids=" ".join)
async def test_the_owner_gets_the_expected_status(people: People, route: tuple[str, str]):
    answer = await call(people.lars, route, people.of_lars)
    assert answer.status_code == TABLE[route].status, answer.text


@pytest.mark.anyio
@pytest.mark.parametrize("route", rows_with("public"), ids=" ".join)
async def test_a_public_route_answers_without_a_token(service: Service, route: tuple[str, str]):
    for headers in ({}, {"Authorization": "Bearer rubbish"}):
        answer = await call(service.client(headers), route, {})
        assert answer.status_code == TABLE[route].status, answer.text


@pytest.mark.anyio
@pytest.mark.parametrize("route", rows_with("anonymous"), ids=" ".join)
async def test_a_request_without_a_token_is_refused(readers: People, route: tuple[str, str]):
    before = await readers.library_of_lars()
    for ids in (readers.of_lars, MISSING):
        answer = await call(readers.anonymous, route, ids)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="core"'
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.json()) == PROBLEM_FIELDS
    assert await readers.library_of_lars() == before


@pytest.mark.anyio
@pytest.mark.parametrize("route", rows_with("stranger"), ids=" ".join)
async def test_another_user_s_row_is_answered_like_a_missing_one(
    readers: People, route: tuple[str, str]
):
    before = await readers.library_of_lars()
    for more in ({}, {"headers": {"If-Match": '"x"', "If-None-Match": "*"}}):
        foreign = await call(readers.lily, route, readers.of_lars, **more)
        missing = await call(readers.lily, route, MISSING, **more)
        assert foreign.status_code == 404
        assert foreign.content == missing.content
        for answer in (foreign, missing):
            assert answer.headers.pop("x-request-id")
        assert foreign.headers == missing.headers
        assert set(foreign.json()) == PROBLEM_FIELDS
    assert await readers.library_of_lars() == before


@pytest.mark.anyio
@pytest.mark.parametrize("route", rows_with("malformed"), ids=" ".join)
async def test_a_malformed_id_is_refused_by_name(readers: People, route: tuple[str, str]):
    for name in re.findall(r"{(\w+)}", route[1]):
        for malformed in MALFORMED[name]:
            answer = await call(readers.lily, route, {**readers.of_lily, name: malformed})
            assert answer.status_code == 422, malformed
            assert [fault["pointer"] for fault in answer.json()["errors"]] == [f"/{name}"]


@pytest.mark.anyio
@pytest.mark.parametrize("route", rows_with("cursor"), ids=" ".join)
async def test_another_user_s_cursor_is_refused(readers: People, route: tuple[str, str]):
    cursor = (await call(readers.lars, route, readers.of_lars)).json()["next_cursor"]
    own = await call(readers.lars, route, readers.of_lars, params={"cursor": cursor})
    assert own.status_code == 200
    answer = await call(readers.lily, route, readers.of_lily, params={"cursor": cursor})
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["?cursor"]


@pytest.mark.anyio
@pytest.mark.parametrize("route", rows_with("tag"), ids=" ".join)
async def test_another_user_s_tag_finds_the_same_as_an_unused_tag(
    app: FastAPI, readers: People, route: tuple[str, str]
):
    method, path = route
    parameters = app.openapi()["paths"][path][method.lower()]["parameters"]
    names = TAG_PARAMETERS & {parameter["name"] for parameter in parameters}
    for name in names:
        own = await call(readers.lars, route, readers.of_lars, params={name: "of lars"})
        assert own.json()["count"] == 1
        foreign = await call(readers.lily, route, readers.of_lily, params={name: "of lars"})
        unused = await call(readers.lily, route, readers.of_lily, params={name: "unused"})
        assert foreign.json()["count"] == 0
        assert foreign.content == unused.content


@pytest.mark.anyio
@pytest.mark.parametrize("route", rows_with("if_none_match"), ids=" ".join)
async def test_another_user_s_etag_never_gives_304(readers: People, route: tuple[str, str]):
    foreign = (await call(readers.lars, route, readers.of_lars)).headers["etag"]
    answer = await call(readers.lily, route, readers.of_lily, headers={"If-None-Match": foreign})
    assert answer.status_code == 200
    own = {"If-None-Match": answer.headers["etag"]}
    assert (await call(readers.lily, route, readers.of_lily, headers=own)).status_code == 304


@pytest.mark.anyio
@pytest.mark.parametrize("route", rows_with("if_match"), ids=" ".join)
async def test_another_user_s_etag_never_satisfies_if_match(people: People, route: tuple[str, str]):
    foreign = (await people.lars.get("/videos")).headers["etag"]
    before = await people.lily.get("/videos")
    answer = await call(people.lily, route, people.of_lily, headers={"If-Match": foreign})
    assert answer.status_code == 412
    assert (await people.lily.get("/videos")).content == before.content
    own = {"If-Match": before.headers["etag"]}
    answer = await call(people.lily, route, people.of_lily, headers=own)
    assert answer.status_code == TABLE[route].status


# ------------------------------------------------------------ addresses without a route


@pytest.mark.anyio
@pytest.mark.parametrize("path", sorted({path for _, path in TABLE}))
async def test_every_other_method_is_answered_with_a_problem(readers: People, path: str):
    known = {method for method, of in TABLE if of == path}
    allowed = known | ({"HEAD"} if "GET" in known else set())
    for method in sorted(METHODS - known):
        for person in (readers.anonymous, readers.lars):
            answer = await person.request(method, path.format(**readers.of_lars))
            assert answer.status_code == 405, method
            assert answer.headers["allow"] == ", ".join(sorted(allowed))
            assert answer.headers["content-type"] == "application/problem+json"
            assert set(answer.json()) == PROBLEM_FIELDS


@pytest.mark.anyio
@pytest.mark.parametrize("path", sorted({path for _, path in TABLE}))
async def test_head_reveals_no_more_than_get(readers: People, path: str):
    for person in (readers.anonymous, readers.lars):
        head = await person.head(path.format(**readers.of_lars))
        get = await person.get(path.format(**readers.of_lars))
        assert head.status_code == get.status_code
        assert head.content == b""


@pytest.mark.anyio
@pytest.mark.parametrize("route", TABLE, ids=" ".join)
async def test_a_trailing_slash_is_404(readers: People, route: tuple[str, str]):
    method, path = route
    for person in (readers.anonymous, readers.lars):
        answer = await person.request(method, path.format(**readers.of_lars) + "/")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"] == "There is nothing at this address."


@pytest.mark.anyio
@pytest.mark.parametrize("route", rows_with("anonymous"), ids=" ".join)
async def test_no_body_is_read_before_the_token_is_verified(
    service: Service, route: tuple[str, str]
):
    read = []

    async def body() -> AsyncIterator[bytes]:
        read.append("the body")
        yield b"{}"

    method, path = route
    for kind in ("application/json", "multipart/form-data; boundary=b", "text/plain"):
        answer = await service.client().request(
            method, path.format(**MISSING), content=body(), headers={"content-type": kind}
        )
        assert (answer.status_code, read) == (401, [])
