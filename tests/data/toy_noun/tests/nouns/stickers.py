"""How the checks of routes and isolation use stickers."""

from typing import TYPE_CHECKING, Any

import httpx

from core.services import stickers
from tests.support.nouns import NO_IDS, Noun, row

if TYPE_CHECKING:
    from tests.support.isolation.model import Model, ModelUser

LABELS = ("a star", "a cat", "a rocket")
MOST = 10
"""Fewer than the colliding ids, so that free ids remain."""


async def fill(client: httpx.AsyncClient, label: str) -> dict[str, Any]:
    answer = await client.post("/stickers", json={"label": label})
    assert answer.status_code == 201, answer.text
    return {"sticker_id": answer.json()["id"]}


async def add(model: "Model", user: "ModelUser") -> None:
    mine = user.rows["stickers"]
    if len(mine) < MOST:
        label = model.random.choice(LABELS)
        answer = await user.send("POST", "/stickers", json={"label": label})
        assert answer.status_code == 201, answer.text
        assert answer.json()["id"] not in mine
        mine[answer.json()["id"]] = label


async def list_all(_: "Model", user: "ModelUser") -> None:
    answer = await user.send("GET", "/stickers")
    found = {sticker["id"]: sticker["label"] for sticker in answer.json()["stickers"]}
    assert found == user.rows["stickers"]


async def delete(model: "Model", user: "ModelUser") -> None:
    """Delete a sticker of the user's own, or find that another user's does not exist."""
    mine, theirs = user.rows["stickers"], model.another_than(user).rows["stickers"]
    ids = sorted({*mine, *theirs})
    for sticker_id in model.some(ids, min(2, len(ids))):
        answer = await user.send("DELETE", f"/stickers/{sticker_id}")
        assert answer.status_code == (204 if sticker_id in mine else 404)
        mine.pop(sticker_id, None)


NOUN = Noun(
    rows={
        ("GET", "/stickers"): row("anonymous if_none_match"),
        ("POST", "/stickers"): row("anonymous", 201, json={"label": "a star"}),
        ("DELETE", "/stickers/{sticker_id}"): row("anonymous stranger malformed", 204),
    },
    missing={"sticker_id": 2**53 - 1},
    malformed={"sticker_id": NO_IDS},
    fill=fill,
    operations={"add_sticker": add, "list_stickers": list_all, "delete_sticker": delete},
    draws_ids=(stickers,),
)
