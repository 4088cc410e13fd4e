"""GET /videos."""

import base64
from itertools import chain
from typing import Any

import pytest

from core.api.http import cursors
from core.schemas.videos import VideoListQuery
from tests.support.factories import VIDEO_KEYS, Service, list_keys, save

pytestmark = pytest.mark.anyio


async def test_an_empty_library_is_an_empty_list(service: Service):
    answer = await service.person("lily").get("/videos")
    assert answer.json() == {"videos": [], "count": 0, "next_cursor": None}


async def test_the_newest_video_comes_first(service: Service):
    lily = service.person("lily")
    for key in VIDEO_KEYS[:3]:
        await save(lily, key)
    assert await list_keys(lily) == VIDEO_KEYS[2::-1]
    assert await list_keys(lily, sort="oldest") == VIDEO_KEYS[:3]


async def test_a_list_item_equals_the_answer_to_its_save(service: Service):
    lily = service.person("lily")
    saved = await save(lily, "the-same-01", "a", 'quote"d', title='<b>"x"</b> \\ é 楽')
    answer = await lily.get("/videos")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"videos": [saved], "count": 1, "next_cursor": None}
    assert (await lily.get(f"/videos/{saved['id']}")).json() == saved


async def test_titles_sort_without_case_and_accents_and_untitled_ones_last(service: Service):
    lily = service.person("lily")
    titles = {
        "k-banana-01": "banana",
        "k-Ananas-01": "Änanas",
        "k-apple-001": "Apple",
        "k-none-0001": None,
    }
    for key, title in titles.items():
        await save(lily, key, title=title)
    expected = ["k-Ananas-01", "k-apple-001", "k-banana-01", "k-none-0001"]
    assert await list_keys(lily, sort="title") == expected
    first = (await lily.get("/videos", params={"sort": "title", "limit": 3})).json()
    assert [video["video_key"] for video in first["videos"]] == expected[:3]
    rest = await list_keys(lily, sort="title", limit=3, cursor=first["next_cursor"])
    assert rest == expected[3:]


async def tagged_library(service: Service):
    lily = service.person("lily")
    await save(lily, "both-video1", "abs", "legs")
    await save(lily, "only-abs-01", "Abs")
    await save(lily, "absolute-01", "absolute", "100%")
    await save(lily, "Ubung-video", "Übung", "a_b")
    return lily


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"tags": "abs"}, ["only-abs-01", "both-video1"]),
        ({"tags": "ABS"}, ["only-abs-01", "both-video1"]),
        ({"tags": "abs,legs"}, ["both-video1"]),
        ({"tags": " legs , ,abs,"}, ["both-video1"]),
        ({"tags": "abs,absolute"}, []),
        ({"tags": "abs,absolute", "match": "any"}, ["absolute-01", "only-abs-01", "both-video1"]),
        ({"tags": "100%"}, ["absolute-01"]),
        ({"tags": "%"}, []),
        ({"tags": "a_b"}, ["Ubung-video"]),
        ({"tags": "axb"}, []),
        ({"tags": "ÜBUNG"}, ["Ubung-video"]),
        ({"tags": "u\u0308bung"}, ["Ubung-video"]),
        ({"tags": "Ubung"}, []),
        ({"tags": "never used"}, []),
        ({"tags": ""}, ["Ubung-video", "absolute-01", "only-abs-01", "both-video1"]),
        ({"tags": ",,"}, ["Ubung-video", "absolute-01", "only-abs-01", "both-video1"]),
    ],
)
async def test_a_tag_filter_matches_whole_tags(
    service: Service, query: dict[str, str], found: list[str]
):
    lily = await tagged_library(service)
    assert await list_keys(lily, **query) == found


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("full", ["body-video1"]),
        ("BODY full", ["body-video1"]),
        ("body nothing", []),
        ("rucken", ["back-video1"]),
        ("RÜCKEN", ["back-video1"]),
        ("legs min", ["body-video1"]),
        ("back-video1", ["back-video1"]),
        ("100%", ["back-video1"]),
        ("%", ["back-video1"]),
        ("_", []),
        ("楽", ["back-video1"]),
        ("fullbody", []),
        ("", ["back-video1", "body-video1"]),
        ("   ", ["back-video1", "body-video1"]),
    ],
)
async def test_a_search_needs_every_word(service: Service, q: str, found: list[str]):
    lily = service.person("lily")
    await save(lily, "body-video1", "legs", title="20 Min Full Body")
    await save(lily, "back-video1", "100%", title="Rücken 音楽")
    assert await list_keys(lily, q=q) == found


async def test_availability_filters_the_list(service: Service):
    lily = service.person("lily")
    await save(lily, "unknown-one")
    assert await list_keys(lily, availability="unknown") == ["unknown-one"]
    assert await list_keys(lily, availability="gone") == []


@pytest.mark.parametrize("sort", ["newest", "oldest", "title"])
async def test_pages_together_are_the_whole_list(service: Service, sort: str):
    lily = service.person("lily")
    for number, key in enumerate(VIDEO_KEYS[:7]):
        await save(lily, key, title=f"Title {number % 3}" if number % 2 else None)
    whole = await list_keys(lily, sort=sort)
    pages: list[list[str]] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"sort": sort, "limit": "3"} | ({"cursor": cursor} if cursor else {})
        page = (await lily.get("/videos", params=query)).json()
        assert page["count"] == len(page["videos"])
        pages.append([video["video_key"] for video in page["videos"]])
        cursor = page["next_cursor"]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert list(chain(*pages)) == whole


async def test_the_last_full_page_has_no_cursor(service: Service):
    lily = service.person("lily")
    for key in VIDEO_KEYS[:4]:
        await save(lily, key)
    first = (await lily.get("/videos", params={"limit": 2})).json()
    last = (await lily.get("/videos", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert last["count"] == 2
    assert last["next_cursor"] is None


@pytest.mark.parametrize("sort", ["newest", "oldest", "title"])
async def test_a_cursor_stays_valid_while_rows_are_added_and_removed(service: Service, sort: str):
    lily = service.person("lily")
    saved = {key: await save(lily, key, title=key) for key in VIDEO_KEYS[10:16]}
    whole = await list_keys(lily, sort=sort)
    first = (await lily.get("/videos", params={"sort": sort, "limit": 3})).json()
    for key in (whole[0], whole[2]):  # one on the first page, and the one that the cursor points to
        await lily.delete(f"/videos/{saved[key]['id']}")
    await lily.delete(f"/videos/{saved[whole[4]]['id']}")
    rest = await list_keys(lily, sort=sort, limit=3, cursor=first["next_cursor"])
    assert rest == [whole[3], whole[5]]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "501"},
        {"limit": "x"},
        {"limit": "1e1"},
        {"limit": "1_0"},
        {"limit": "5.0"},
        {"limit": "+5"},
        {"match": "none"},
        {"sort": "random"},
        {"availability": "lost"},
        {"deleted": "perhaps"},
        {"cursor": ""},
        {"cursor": "rubbish"},
        {"cursor": "ä"},
        {"cursor": "A" * 3_000},
        {"q": "x" * 201},
        {"q": "a\0b"},
        {"tags": "x" * 65},
        {"tags": "a\x1b"},
        {"tag": "typo"},
        {"user_id": "1"},
        {"tags": ["a", "b"]},
    ],
)
async def test_a_bad_query_is_refused_by_name(service: Service, query: dict[str, str]):
    answer = await service.person("lily").get("/videos", params=query)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == f"?{next(iter(query))}"


@pytest.mark.parametrize(
    "payload",
    [
        '[{},""]',
        '[1000000000000000000000,""]',
        "[1,2,3]",
        "not json",
        '["1",""]',
        '[1,"\\ud800"]',
        '[1,"\\u0000"]',
    ],
)
async def test_a_cursor_with_a_made_up_position_is_refused(service: Service, payload: str):
    lily = service.person("lily")
    owner_id = int((await lily.get("/videos")).headers["etag"].split("-")[1])
    raw = payload.encode()
    listing = VideoListQuery(limit=1).listing
    cursor = base64.urlsafe_b64encode(cursors._digest(raw, owner_id, listing) + raw).decode()
    answer = await lily.get("/videos", params={"limit": 1, "cursor": cursor})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "?cursor"


async def test_a_cursor_is_bound_to_its_owner_and_its_query(service: Service):
    lily, lars = service.person("lily"), service.person("lars")
    for key in VIDEO_KEYS[:3]:
        await save(lily, key, "a")
        await save(lars, key, "a")
    cursor = (await lily.get("/videos", params={"limit": 1})).json()["next_cursor"]
    moved: list[tuple[Any, dict[str, Any]]] = [
        (lars, {"limit": 1}),
        (lily, {"limit": 1, "tags": "a"}),
        (lily, {"limit": 1, "sort": "oldest"}),
        (lily, {"limit": 1, "deleted": "true"}),
    ]
    for person, query in moved:
        answer = await person.get("/videos", params={**query, "cursor": cursor})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "?cursor"
    assert await list_keys(lily, limit=2, cursor=cursor) == [VIDEO_KEYS[1], VIDEO_KEYS[0]]
