"""Saved searches: names for sets of filters."""

import json
from typing import Any

import httpx
import pytest

from core.services.searches import MAX_SEARCHES
from tests.support.factories import VIDEO_KEYS, Service, import_file, save

pytestmark = pytest.mark.anyio


async def add(person: httpx.AsyncClient, name: str, query: str = "tags=legs", **more: Any) -> Any:
    answer = await person.post("/searches", json={"name": name, "query": query, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def listed(person: httpx.AsyncClient) -> dict[str, str]:
    answer = (await person.get("/searches")).json()
    assert answer["count"] == len(answer["searches"])
    return {one["name"]: one["query"] for one in answer["searches"]}


async def code_of(person: httpx.AsyncClient, name: str, query: str) -> str:
    answer = await person.post("/searches", json={"name": name, "query": query})
    assert answer.status_code == 422, answer.text
    return str(answer.json()["errors"][0]["code"])


async def test_a_saved_search_holds_what_was_sent_is_renamed_replaced_and_deleted(service: Service):
    lily = service.person("lily")
    saved = await add(lily, " Short legs ", "max=20&tags=legs", id=7)
    assert saved == {
        "id": 7,
        "name": "Short legs",
        "query": "tags=legs&max=20",
        "created_at": saved["created_at"],
        "updated_at": saved["created_at"],
    }
    again = await lily.post("/searches", json={"id": 7, "name": "other", "query": "q=a"})
    assert (again.status_code, again.json()) == (200, saved)
    assert (await lily.get("/searches")).json() == {"searches": [saved], "count": 1}
    token = (await lily.get("/changes")).json()["revision"]
    renamed = await lily.patch("/searches/7", json={"name": "SHORT LEGS"})
    assert renamed.json()["name"] == "SHORT LEGS"
    await lily.patch("/searches/7", json={"query": "q=yoga"})
    assert await listed(lily) == {"SHORT LEGS": "q=yoga"}
    [changed] = (await lily.get("/changes", params={"since": token})).json()["searches"]
    assert (changed["query"], changed["revision"]) == ("q=yoga", token + 2)
    assert (await lily.delete("/searches/7")).status_code == 204
    changes = (await lily.get("/changes", params={"since": token})).json()
    assert (changes["searches"], changes["gone"]["searches"]) == ([], [7])


@pytest.mark.parametrize(
    "query",
    [
        "tags=a,%C3%9Cbung&match=any&without=b&kind=unavailable&max=1440&rest=365&q=a+b&sort=due",
        "tags=leg+day%26co",
        "sort=title",
    ],
)
async def test_filters_are_those_of_the_web_app_s_address(service: Service, query: str):
    lily = service.person("lily")
    assert (await add(lily, "Any", query))["query"] == query


@pytest.mark.parametrize(
    "query",
    [
        "tags=",
        "legs",
        "tags=legs&tags=abs",
        "tags=legs&other=1",
        "max=0",
        "max=1e3",
        "rest=366",
        "kind=all",
        "sort=random",
        "match=some",
        f"tags={'a' * 65}",
        "q=%00",
        "q=%ff",
        "q=" + "+".join("abcdefghi"),
        "&".join(f"a{n}=1" for n in range(30)),
        "tags=" + ",".join(f"{'Ж' * 60}{n}" for n in range(40)),
    ],
)
async def test_an_invalid_filter_is_refused(service: Service, query: str):
    lily = service.person("lily")
    assert await code_of(lily, "Any", query) == "no-filters"
    assert await listed(lily) == {}


async def test_names_are_unique_for_one_user_and_a_21st_search_is_refused(service: Service):
    lily, lars = service.person("lily"), service.person("lars")
    await add(lily, "Übung")
    assert await code_of(lily, "ÜBUNG", "q=a") == "name-taken"
    await add(lars, "Übung")
    for name, code in {"": "too-short", "a" * 41: "too-long"}.items():
        assert await code_of(lily, name, "q=a") == code
    for n in range(1, MAX_SEARCHES):
        await add(lily, f"search {n}")
    assert await code_of(lily, "one more", "q=a") == "too-many-searches"
    [first, *_] = (await lily.get("/searches")).json()["searches"]
    answer = await lily.patch(f"/searches/{first['id']}", json={"name": "Search 1"})
    assert answer.json()["errors"][0]["code"] == "name-taken"


async def test_a_saved_search_follows_a_tag_that_is_renamed(service: Service):
    lily = service.person("lily")
    await save(lily, VIDEO_KEYS[0], "legs,abs")
    await add(lily, "both", "tags=LEGS,abs&q=legs")
    await add(lily, "not", "without=legs")
    await add(lily, "other", "tags=abs")
    revision = (await lily.get("/changes")).json()["revision"]
    await lily.patch("/tags/legs", json={"name": "leg day"})
    assert await listed(lily) == {
        "both": "tags=leg+day,abs&q=legs",
        "not": "without=leg+day",
        "other": "tags=abs",
    }
    changed = (await lily.get("/changes", params={"since": revision})).json()["searches"]
    assert {one["name"] for one in changed} == {"both", "not"}
    await lily.patch("/tags/leg%20day", json={"name": "ABS"})
    assert (await listed(lily))["both"] == "tags=abs&q=legs"


async def test_another_tag_that_is_renamed_or_deleted_changes_no_saved_search(service: Service):
    lily = service.person("lily")
    await save(lily, VIDEO_KEYS[0], "legs,abs")
    for query in ("sort=title", "match=any&q=x", "tags=Legs&match=any", "without=legs"):
        await add(lily, query, query)
    before = await listed(lily)
    assert (await lily.patch("/tags/abs", json={"name": "core"})).status_code == 200
    assert (await lily.delete("/tags/core")).status_code == 204
    assert await listed(lily) == before


async def test_a_deleted_tag_leaves_the_saved_searches_in_the_same_revision(service: Service):
    lily, lars = service.person("lily"), service.person("lars")
    for person in (lily, lars):
        await save(person, VIDEO_KEYS[0], "legs,abs")
        await add(person, "both", "tags=Legs,abs&match=any")
        await add(person, "not", "without=LEGS&max=20")
    nothing_else = await add(lily, "legs alone", "tags=legs&match=any&sort=title")
    revision = (await lily.get("/changes")).json()["revision"]
    assert (await lily.delete("/tags/legs")).status_code == 204
    assert await listed(lily) == {"both": "tags=abs&match=any", "not": "max=20"}
    found = (await lily.get("/changes", params={"since": revision})).json()
    assert {one["name"] for one in found["searches"]} == {"both", "not"}
    assert found["gone"]["searches"] == [nothing_else["id"]]
    assert len({one["revision"] for one in (*found["searches"], *found["videos"])}) == 1
    assert len(await listed(lars)) == 2
    assert (await listed(lars))["not"] == "without=LEGS&max=20"


async def test_an_export_restores_saved_searches_in_another_library(service: Service):
    lily, lars = service.person("lily"), service.person("lars")
    await add(lily, "Short legs", "tags=legs&max=20")
    await add(lily, "Übung & </script>", "q=a+b")
    document = (await lily.get("/exports")).content
    report = await import_file(lars, document)
    assert (report["imported"], report["failed_count"], report["changed"]) == (2, 0, [])
    assert (await lars.get("/exports")).content == document
    report = await import_file(lars, document)
    assert (report["imported"], report["merged"]) == (0, 2)
    assert (await lars.get("/exports")).content == document


async def test_an_import_reports_searches_over_the_limit_and_invalid_ones(service: Service):
    lily = service.person("lily")
    await add(lily, "Known", "q=mine")
    moment = "2026-01-04T18:00:00.123Z"
    rows = [
        {"id": n, "name": name, "query": query, "created_at": moment, "updated_at": moment}
        for n, (name, query) in enumerate(
            [("known", "q=theirs"), ("wrong", "max=0"), ("", "q=a")]
            + [(f"search {n}", "q=a") for n in range(MAX_SEARCHES)]
        )
    ]
    report = await import_file(lily, json.dumps({"videos": [], "searches": rows}).encode())
    assert (report["imported"], report["merged"]) == (MAX_SEARCHES - 1, 1)
    codes = [one["codes"] for one in report["failed"]]
    assert codes == [["not-a-saved-search"], ["not-a-saved-search"], ["searches-are-full"]]
    texts = [one["text"] for one in report["failed"]]
    assert texts[::2] == ["wrong", f"search {MAX_SEARCHES - 1}"]
    assert (await listed(lily))["Known"] == "q=mine"
