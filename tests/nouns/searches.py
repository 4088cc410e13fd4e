"""How the checks of routes and isolation use saved searches."""

from typing import TYPE_CHECKING, Any

import httpx

from core.services import searches
from tests.support.nouns import NO_IDS, Noun, row

if TYPE_CHECKING:
    from tests.support.isolation.model import Model, ModelUser

NAMES = ("Legs", "legs", "Short", "Übung", "Yoga & abs")
QUERIES = ("q=back", "max=20&rest=7", "kind=untagged&sort=title")
MOST = 4
"""Fewer than the colliding ids, so that free ids remain."""


async def fill(client: httpx.AsyncClient, label: str) -> dict[str, Any]:
    ids = []
    for name in (label, f"{label} 2"):
        answer = await client.post("/searches", json={"name": name[:40], "query": "q=back"})
        assert answer.status_code == 201, answer.text
        ids.append(answer.json()["id"])
    return {"search_id": ids[0]}


def shape(search: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a saved search that the model compares."""
    return {name: search[name] for name in ("name", "query")}


def is_taken(user: "ModelUser", name: str, search_id: int | None = None) -> bool:
    return name.lower() in {
        one["name"].lower() for id_, one in user.rows["searches"].items() if id_ != search_id
    }


async def save(model: "Model", user: "ModelUser") -> None:
    """Save a search under a name that may be taken; another user's name counts as free."""
    mine = user.rows["searches"]
    if len(mine) >= MOST:
        return
    body = {"name": model.random.choice(NAMES), "query": model.random.choice(QUERIES)}
    answer = await user.send("POST", "/searches", json=body)
    taken = is_taken(user, body["name"])
    assert answer.status_code == (422 if taken else 201), answer.text
    if not taken:
        saved = answer.json()
        assert saved["id"] not in mine
        mine[saved["id"]] = body
        assert shape(saved) == body


async def list_all(_: "Model", user: "ModelUser") -> None:
    listed = (await user.send("GET", "/searches")).json()
    assert {one["id"]: shape(one) for one in listed["searches"]} == user.rows["searches"]
    assert listed["count"] == len(user.rows["searches"])


async def change(model: "Model", user: "ModelUser") -> None:
    """Rename a saved search, or find that another user's does not exist."""
    mine, theirs = user.rows["searches"], model.another_than(user).rows["searches"]
    ids = sorted({*mine, *theirs})
    for search_id in model.some(ids, min(2, len(ids))):
        body = {"name": model.random.choice(NAMES)}
        answer = await user.send("PATCH", f"/searches/{search_id}", json=body)
        is_free = search_id in mine and not is_taken(user, body["name"], search_id)
        assert answer.status_code == (200 if is_free else 422 if search_id in mine else 404)
        if is_free:
            mine[search_id] |= body
            assert shape(answer.json()) == mine[search_id]


async def delete(model: "Model", user: "ModelUser") -> None:
    """Delete a saved search of the user's own, or find that another user's does not exist."""
    mine, theirs = user.rows["searches"], model.another_than(user).rows["searches"]
    ids = sorted({*mine, *theirs})
    for search_id in model.some(ids, min(1, len(ids))):
        answer = await user.send("DELETE", f"/searches/{search_id}")
        assert answer.status_code == (204 if search_id in mine else 404), answer.text
        mine.pop(search_id, None)


async def retry(_: "Model", user: "ModelUser") -> None:
    """Save a search again under its id: it does not change."""
    for search_id, search in user.rows["searches"].items():
        body = {"id": search_id, "name": "again", "query": "q=again"}
        answer = await user.send("POST", "/searches", json=body)
        assert answer.status_code == 200, answer.text
        assert shape(answer.json()) == search


async def export(_: "Model", user: "ModelUser") -> None:
    exported = (await user.send("GET", "/exports")).json()["searches"]
    assert {one["id"]: shape(one) for one in exported} == user.rows["searches"]


NOUN = Noun(
    rows={
        ("GET", "/searches"): row("anonymous if_none_match"),
        ("POST", "/searches"): row("anonymous", 201, json={"name": "A name", "query": "q=back"}),
        ("PATCH", "/searches/{search_id}"): row(
            "anonymous stranger malformed if_match", json={"name": "Another"}
        ),
        ("DELETE", "/searches/{search_id}"): row("anonymous stranger malformed if_match", 204),
    },
    missing={"search_id": 2**53 - 1},
    malformed={"search_id": NO_IDS},
    fill=fill,
    operations={
        "save_search": save,
        "list_searches": list_all,
        "change_search": change,
        "delete_search": delete,
        "save_search_again": retry,
        "export_searches": export,
    },
    draws_ids=(searches,),
)
