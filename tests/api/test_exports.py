"""`/exports`: the whole library as a file, which imports to the same library."""

import asyncio
import csv
import io
from typing import Any, get_args

import httpx
import pytest
from lxml import html

from core.choices import ExportFormat
from core.services import exports
from core.transfer.csv_files import FORMULA_STARTS
from tests.support.factories import Service, import_file, link, save

pytestmark = pytest.mark.anyio

PAYLOADS = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</A><script>alert(1)</script>",
    "' onmouseover='alert(1)", "&lt;script&gt;", "javascript:alert(1)", "=cmd|' /C calc'!A0",
    "+1+1", "-2+3", "@SUM(1+1)", "'=1+1", "''", '=HYPERLINK("http://x";"y")', "＝1＋1", ";=1+1",
    ';"=1+1', ';""=1+1', "';'\"'=1+1",
]  # fmt: skip


async def fill(person: httpx.AsyncClient) -> None:
    """Save videos that an export may break: payloads, start times, no tags, trash, duplicates."""
    for number, payload in enumerate(PAYLOADS):
        tag = payload.replace(",", " ")[:64]
        await save(person, f"payload-{number:03}", tag, title=payload, start_s=number)
    trashed = await save(person, "in-trash-01", "gone", title="Thrown away")
    await person.delete(f"/videos/{trashed['id']}")
    await save(person, "without-any")
    link_with_start = {"url": f"{link('from-itstop')}&t=42"}
    begun = (await person.post("/videos", json=link_with_start)).json()
    await person.patch(f"/videos/{begun['id']}", json={"start_s": None})
    same_moment = "\n".join(
        ["url,created_at,channel,availability"]
        + [f"{link(f'same-one-{n:02}')},2020-01-01T00:00:00Z,Ch,gone" for n in range(30)]
    )
    await import_file(person, same_moment.encode())


async def export(person: httpx.AsyncClient, kind: str) -> httpx.Response:
    answer = await person.get("/exports", params={"format": kind})
    assert answer.status_code == 200
    return answer


async def test_other_tasks_run_between_two_pages_of_an_export(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(exports, "PAGE", 7)
    lily, turns = service.person("lily"), [0]
    await fill(lily)
    owner_id = (await lily.get("/me")).json()["id"]

    async def others() -> None:
        while True:
            turns[0] += 1
            await asyncio.sleep(0)

    waiting = asyncio.create_task(others())
    pages = [turns[0] async for _ in exports.write(service.app.state.database, owner_id, "json")]
    waiting.cancel()
    # The last piece of each of the three parts is written in the turn of the previous piece.
    assert len({*pages}) == len(pages) - 3 > 5


@pytest.mark.parametrize("kind", ["json", "csv"])
async def test_export_of_a_new_user_round_trips(
    service: Service, kind: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(exports, "PAGE", 7)
    lily, lars = service.person("lily"), service.person("lars")
    await fill(lily)
    exported = await export(lily, kind)
    report = await import_file(lars, exported.content)
    assert (report["failed"], report["changed"]) == ([], [])
    assert (await export(lars, kind)).content == exported.content
    assert (await export(lars, "json")).content == (await export(lily, "json")).content
    trash = (await lars.get("/videos", params={"deleted": "true"})).json()["videos"]
    assert [video["title"] for video in trash] == ["Thrown away"]


async def test_bookmarks_round_trip_with_titles_tags_and_dates(service: Service):
    lily, lars = service.person("lily"), service.person("lars")
    await fill(lily)
    await import_file(lars, (await export(lily, "html")).content)

    async def seen(person: httpx.AsyncClient) -> list[Any]:
        videos = (await person.get("/videos")).json()["videos"]
        return sorted([v["video_key"], v["title"], v["tags"], v["created_at"][:19]] for v in videos)

    assert await seen(lars) == await seen(lily)


async def test_exported_bookmarks_hold_no_live_markup(service: Service):
    lily = service.person("lily")
    await fill(lily)
    answer = await export(lily, "html")
    assert answer.headers["x-content-type-options"] == "nosniff"
    page = html.fromstring(answer.content)
    expected = {"html", "head", "meta", "title", "body", "h1", "dl", "p", "dt", "a"}
    assert {element.tag for element in page.iter() if isinstance(element.tag, str)} <= expected
    links = list(page.iter("a"))
    assert {name for one in links for name in one.attrib} == {
        "href", "add_date", "last_modified", "tags",
    }  # fmt: skip
    assert all(one.get("href").startswith("https://www.youtube.com/watch?v=") for one in links)
    assert set(PAYLOADS) <= {one.text_content() for one in links}


async def test_exported_csv_holds_no_formula(service: Service):
    lily = service.person("lily")
    await fill(lily)
    text = (await export(lily, "csv")).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert len({len(row) for row in rows}) == 1
    assert not [cell for row in rows for cell in row if cell.startswith(FORMULA_STARTS)]
    for separator in ";\t":  # separators of spreadsheets in other locales
        cells = (c for row in csv.reader(io.StringIO(text), delimiter=separator) for c in row[1:])
        assert not [cell for cell in cells if cell.startswith(FORMULA_STARTS)]


async def test_an_export_is_a_download_with_a_fixed_name(service: Service):
    answer = await export(service.person("lily"), "json")
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="core-')
    assert disposition.endswith('.json"')
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.json() == {"videos": [], "workouts": [], "searches": []}


async def test_every_export_format_is_in_the_openapi_description(service: Service):
    described = service.app.openapi()["paths"]["/exports"]["get"]["responses"]["200"]["content"]
    lily = service.person("lily")
    types = [(await export(lily, kind)).headers["content-type"] for kind in get_args(ExportFormat)]
    assert [*described] == [*dict.fromkeys(each.partition(";")[0] for each in types)]
