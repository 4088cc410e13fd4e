"""A title that was shared with a link is shown until YouTube's title replaces it."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from core.workers.titles import TitleWorker
from core.youtube.oembed import Oembed
from core.youtube.shared_titles import find_shared_title
from tests.support.factories import VIDEO_KEYS, Service, import_file, link, save
from tests.support.titles.youtube import YouTube, http

pytestmark = pytest.mark.anyio

URL = "https://youtu.be/BGQWPY4IigY?si=abc"
TITLES = {
    f'Watch "20 min legs" on YouTube\n{URL}': "20 min legs",
    f"Schau dir „Rücken & Bauch“ auf YouTube an {URL}": "Rücken & Bauch",
    f'Regarde "Jambes" sur YouTube {URL}': "Jambes",
    f"{URL}\n(3) Yoga for beginners - YouTube": "Yoga for beginners",
    "https://www.youtube.com/watch?v=BGQWPY4IigY\nYoga | Day 1 - YouTube Music": "Yoga | Day 1",
    f"{URL}\nTom &amp; Jerry": "Tom & Jerry",
    f"Try this one: {URL}": "Try this one",
    f"Look at this {URL}\nLeg day": "Leg day",
    f"עברית {URL}": "עברית",
    f"[Leg day]({URL})": "Leg day",
    f"- [ ] [Leg day [HD]](<{URL}>), with Anna": "Leg day [HD]",
    f"[![Leg day](https://img.youtube.com/vi/BGQWPY4IigY/0.jpg)]({URL})": "Leg day",
    f'<a href="{URL}">Leg day</a>': "Leg day",
    f"[[{URL}][Leg day]]": "Leg day",
    f"| Leg day | {URL} | legs |": "Leg day",
    f"| 1 | [Leg day]({URL}) | legs |": "Leg day",
    f"- [x] Leg day: {URL}": "Leg day",
    f"28/11/2026, 10:12 - Anna Smith: Leg day {URL}": "Leg day",
    f'<a href="{URL}"><b>Leg day</b></a>': "Leg day",
    f"<item><title>Leg day</title><link>{URL}</link></item>": "Leg day",
    f"[url={URL}]Leg day[/url]": "Leg day",
    f"[![Leg day](https://i.ytimg.com/vi/BGQWPY4IigY/0.jpg)]({URL})": "Leg day",
}
CASES = json.loads(
    (Path(__file__).parent / "data/shared-cases/shared_titles.json").read_text("utf-8")
)
NONE = [
    URL, "BGQWPY4IigY", f"  {URL}  ", f"Watch on YouTube {URL}", f"{URL}\nYouTube", f"<{URL}>",
    f"{URL}\n- YouTube", f"1. {URL}", f"{URL} {URL}", f"📺 {URL}",
    "-fVMmk1Mh30", "fVMmk1Mh30-",
    f"- [x] {URL}",
    f"[28.11.26, 10:12:33] Anna: {URL}",
    f"11/28/26, 10:12 AM - Anna: {URL}",
    '<iframe width="560" src="https://www.youtube.com/embed/BGQWPY4IigY" title="YouTube video">',
    f"URL={URL}",
]  # fmt: skip


@pytest.mark.parametrize(("shared", "title"), TITLES.items())
def test_the_title_of_a_shared_text_is_found(shared: str, title: str):
    assert find_shared_title(shared) == title


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"])
def test_the_web_app_finds_the_same_title(case: dict[str, str]):
    assert (find_shared_title(case["text"]) or "") == case["title"]


@pytest.mark.parametrize("part", ["x", '"', "[", "[a](", "<a ", "[[", "a.b/ ", '"a" YouTube '])
def test_a_title_is_found_in_linear_time(part: str):
    began = time.process_time()
    find_shared_title(f"{part * (4_000 // len(part))} {URL}")
    assert time.process_time() - began < 0.2


@pytest.mark.parametrize("shared", NONE)
def test_a_text_with_nothing_but_a_link_has_no_title(shared: str):
    assert find_shared_title(shared) is None


def test_a_title_is_cut_and_cleaned():
    assert find_shared_title(f"{URL}\n{'x' * 400}\x00") == "x" * 300


async def shared(service: Service, title: str = "Shared title") -> Any:
    text = f'Watch "{title}" on YouTube {link(VIDEO_KEYS[0])}'
    answer = await service.person("lily").post("/videos", json={"url": text})
    assert answer.is_success, answer.text
    return answer.json()


async def fetch_title(service: Service, youtube: YouTube) -> None:
    """Fetch every title that is due: the service must be the test's own."""
    worker = TitleWorker(service.app.state.database, Oembed(youtube.oembed_url))
    while await worker.run_round():
        pass
    await worker.close()


async def title_of(service: Service, video: Any) -> str | None:
    found = (await service.person("lily").get(f"/videos/{video['id']}")).json()
    title: str | None = found["title"]
    return title


async def test_the_shared_title_is_shown_found_and_counted(service: Service):
    lily, video = service.person("lily"), await shared(service, "20 min legs")
    assert (video["title"], video["minutes"]) == ("20 min legs", 20)
    assert (await lily.get("/videos", params={"q": "legs"})).json()["count"] == 1


async def test_youtube_s_title_replaces_a_shared_one(own_service: Service):
    video = await shared(own_service)
    async with YouTube() as youtube:
        await fetch_title(own_service, youtube)
    assert await title_of(own_service, video) == f"Title of {VIDEO_KEYS[0]}"


async def test_a_shared_title_stays_when_youtube_has_none(own_service: Service):
    video = await shared(own_service)
    async with YouTube() as youtube:
        youtube.answers[VIDEO_KEYS[0]] = http(404)
        await fetch_title(own_service, youtube)
    assert await title_of(own_service, video) == "Shared title"


@pytest.mark.parametrize("how", ["changed", "saved again", "imported"])
async def test_the_user_s_own_title_replaces_a_shared_one_and_is_kept(
    own_service: Service, how: str
):
    lily, video = own_service.person("lily"), await shared(own_service)
    if how == "changed":
        await lily.patch(f"/videos/{video['id']}", json={"title": "Mine"})
    elif how == "saved again":
        await lily.post("/videos", json={"url": link(VIDEO_KEYS[0]), "title": "Mine"})
    else:
        await import_file(lily, f"url,title\n{link(VIDEO_KEYS[0])},Mine".encode())
    assert await title_of(own_service, video) == "Mine"
    await shared(own_service, "Shared again")
    async with YouTube() as youtube:
        await fetch_title(own_service, youtube)
    assert await title_of(own_service, video) == "Mine"


async def test_a_change_of_another_field_keeps_a_title_provisional(own_service: Service):
    lily, video = own_service.person("lily"), await shared(own_service)
    await lily.patch(f"/videos/{video['id']}", json={"start_s": 7})
    async with YouTube() as youtube:
        await fetch_title(own_service, youtube)
    assert await title_of(own_service, video) == f"Title of {VIDEO_KEYS[0]}"


async def test_an_import_of_a_text_keeps_its_titles_until_youtube_s_come(own_service: Service):
    lily = own_service.person("lily")
    lines = [
        f'Watch "Leg day" on YouTube {link(VIDEO_KEYS[0])}',
        f"Arm day with Anna {link(VIDEO_KEYS[1])}",
        f"[20 min abs](https://youtu.be/{VIDEO_KEYS[2]})",
    ]
    for _ in range(2):
        await import_file(lily, "\n".join(lines).encode())
        found = {video["title"] for video in (await lily.get("/videos")).json()["videos"]}
        assert found == {"Leg day", "Arm day with Anna", "20 min abs"}
    async with YouTube() as youtube:
        await fetch_title(own_service, youtube)
    found = {video["title"] for video in (await lily.get("/videos")).json()["videos"]}
    assert found == {f"Title of {key}" for key in VIDEO_KEYS[:3]}


async def test_an_import_with_the_same_title_makes_it_the_user_s_own(own_service: Service):
    lily, video = own_service.person("lily"), await shared(own_service)
    await import_file(lily, f"url,title\n{link(VIDEO_KEYS[0])},Shared title".encode())
    async with YouTube() as youtube:
        await fetch_title(own_service, youtube)
    assert await title_of(own_service, video) == "Shared title"


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("(12) Leg day 20 min - YouTube", "Leg day 20 min"),
        ("Leg day – YouTube", "Leg day"),
        ('"Quads" and calves | YouTube Music', '"Quads" and calves'),
    ],
)
async def test_the_name_of_a_bookmarked_page_becomes_a_shared_title(
    own_service: Service, name: str, title: str
):
    lily = own_service.person("lily")
    bookmark = f'<DT><A HREF="{link(VIDEO_KEYS[0])}">{name}</A>'
    await import_file(lily, f"<!DOCTYPE NETSCAPE-Bookmark-file-1><DL>{bookmark}</DL>".encode())
    [video] = (await lily.get("/videos")).json()["videos"]
    assert video["title"] == title
    async with YouTube() as youtube:
        await fetch_title(own_service, youtube)
    assert await title_of(own_service, video) == f"Title of {VIDEO_KEYS[0]}"


async def test_an_own_title_that_ends_in_youtube_survives_an_export(service: Service):
    lily, lars = service.person("lily"), service.person("lars")
    await save(lily, VIDEO_KEYS[0], title="How I film - YouTube")
    for format_ in ("json", "csv"):
        document = (await lily.get("/exports", params={"format": format_})).content
        await import_file(lars, document)
        exported = (await lars.get("/exports")).content
        assert b'"How I film - YouTube"' in exported
        assert b"provisional" not in exported


async def test_an_exported_title_stays_provisional(own_service: Service):
    lily, lars = own_service.person("lily"), own_service.person("lars")
    await shared(own_service)
    await save(lily, VIDEO_KEYS[1], title="Mine")
    document = (await lily.get("/exports")).content
    assert document.count(b'"title_is_provisional":true') == 1
    await import_file(lars, document)
    assert (await lars.get("/exports")).content == document
    assert (await import_file(lars, document))["merged"] == 2
    assert (await lars.get("/exports")).content == document
    async with YouTube() as youtube:
        await fetch_title(own_service, youtube)
    found = {video["title"] for video in (await lars.get("/videos")).json()["videos"]}
    assert found == {f"Title of {VIDEO_KEYS[0]}", "Mine"}


@pytest.mark.parametrize("format_", ["json", "csv"])
async def test_a_title_of_another_export_is_the_user_s_own(service: Service, format_: str):
    lily, lars = service.person("lily"), service.person("lars")
    await save(lily, VIDEO_KEYS[0], title="Mine")
    document = (await lily.get("/exports", params={"format": format_})).content
    assert b"provisional" not in document
    await import_file(lars, document)
    assert b"provisional" not in (await lars.get("/exports")).content
