"""POST /videos."""

import re

import pytest

from tests.support.factories import Service, link, list_keys, save

pytestmark = pytest.mark.anyio


async def test_a_new_video_is_answered_with_all_its_fields(service: Service):
    lily = service.person("lily")
    answer = await lily.post(
        "/videos", json={"url": "https://youtu.be/dQw4w9WgXcQ?t=1m30s", "tags": ["Legs", "20 min"]}
    )
    video = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/videos/{video['id']}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", video["created_at"])
    assert video == {
        "id": video["id"],
        "url": "https://youtu.be/dQw4w9WgXcQ?t=1m30s",
        "title": None,
        "thumbnail_url": "https://i.ytimg.com/vi/dQw4w9WgXcQ/mqdefault.jpg",
        "tags": "Legs,20 min",
        "created_at": video["created_at"],
        "video_key": "dQw4w9WgXcQ",
        "start_s": 90,
        "channel": None,
        "availability": "unknown",
        "updated_at": video["created_at"],
        "end_s": None,
        "duration_s": None,
        "minutes": None,
        "done_on": None,
        "done_count": 0,
    }


async def test_a_video_without_tags_has_an_empty_string(service: Service):
    assert (await save(service.person("lily"), "plain-video"))["tags"] == ""


async def test_the_link_is_found_in_the_text_that_a_phone_shares(service: Service):
    text = 'Watch "Legs, 20 min" on YouTube\nhttps://youtu.be/dQw4w9WgXcQ?si=abc'
    answer = await service.person("lily").post("/videos", json={"url": text})
    assert answer.json()["url"] == "https://youtu.be/dQw4w9WgXcQ?si=abc"


async def test_a_given_start_time_overrides_the_link_s(service: Service):
    body = {"url": "https://youtu.be/dQw4w9WgXcQ?t=90", "start_s": 0, "title": "Warm up"}
    video = (await service.person("lily").post("/videos", json=body)).json()
    assert (video["start_s"], video["title"]) == (0, "Warm up")


async def test_saving_again_merges_the_tags_and_keeps_everything_else(service: Service):
    lily = service.person("lily")
    first = await save(lily, "same-video1", "legs", title="Mine", start_s=5)
    answer = await lily.post(
        "/videos",
        json={
            "url": "https://youtu.be/same-video1?t=9",
            "tags": ["LEGS", "new"],
            "title": "Other",
        },
    )
    again = answer.json()
    assert answer.status_code == 200
    assert "location" not in answer.headers
    assert again["tags"] == "legs,new"
    for field in ("id", "url", "title", "start_s", "created_at"):
        assert again[field] == first[field], field


async def test_saving_again_fills_missing_fields(service: Service):
    lily = service.person("lily")
    await save(lily, "same-video2")
    again = await save(lily, "same-video2", title="Now known", start_s=7)
    assert (again["title"], again["start_s"]) == ("Now known", 7)


@pytest.mark.parametrize("start_s", [60, 90])
async def test_saving_again_adds_no_start_after_the_end(service: Service, start_s: int):
    lily, key = service.person("lily"), f"saved-end{start_s}"
    path = f"/videos/{(await save(lily, key))['id']}"
    assert (await lily.patch(path, json={"end_s": 60})).is_success
    assert (await save(lily, key, start_s=start_s))["start_s"] is None
    assert (await lily.patch(path, json={"add_tags": ["legs"]})).is_success
    assert (await save(lily, key, start_s=59))["start_s"] == 59


async def test_saving_again_with_the_same_values_changes_nothing(service: Service):
    lily = service.person("lily")
    first = await save(lily, "same-video3", "legs")
    tag = (await lily.get("/videos")).headers["etag"]
    assert await save(lily, "same-video3", "Legs") == first
    assert (await lily.get("/videos")).headers["etag"] == tag


async def test_saving_a_deleted_video_restores_it(service: Service):
    lily = service.person("lily")
    first = await save(lily, "same-video4", "legs")
    await lily.delete(f"/videos/{first['id']}")
    answer = await lily.post("/videos", json={"url": link("same-video4"), "tags": ["arms"]})
    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["tags"]) == (first["id"], "legs,arms")
    assert await list_keys(lily) == ["same-video4"]
    assert await list_keys(lily, deleted="true") == []


async def test_the_same_video_is_stored_for_each_user_separately(service: Service):
    lily, lars = service.person("lily"), service.person("lars")
    of_lily = await save(lily, "same-video5", "legs")
    answer = await lars.post("/videos", json={"url": link("same-video5"), "tags": ["music"]})
    assert answer.status_code == 201
    assert answer.json()["tags"] == "music"
    assert answer.json()["id"] != of_lily["id"]


async def test_a_list_element_with_commas_is_several_tags(service: Service):
    video = await save(service.person("lily"), "with-commas", "a, b ,,", "c", " ")
    assert video["tags"] == "a,b,c"


async def test_a_tag_keeps_the_spelling_of_its_first_use(service: Service):
    lily = service.person("lily")
    await save(lily, "spelling-01", "Übung")
    video = await save(lily, "spelling-02", "U\u0308BUNG", "ＨＩＩＴ", "hiit")
    assert video["tags"] == "Übung,ＨＩＩＴ"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/url"),
        ({"url": 5}, "#/url"),
        ({"url": ""}, "#/url"),
        ({"url": "https://vimeo.com/76979871"}, "#/url"),
        ({"url": "https://www.youtube.com/playlist?list=PLx"}, "#/url"),
        ({"url": link("dQw4w9WgXcQ") + " " * 4_096}, "#/url"),
        ({"url": link("dQw4w9WgXcQ") + "\0"}, "#/url"),
        ({"url": link("dQw4w9WgXcQ"), "tags": "legs"}, "#/tags"),
        ({"url": link("dQw4w9WgXcQ"), "tags": ["x" * 65]}, "#/tags"),
        ({"url": link("dQw4w9WgXcQ"), "tags": ["a\0"]}, "#/tags"),
        ({"url": link("dQw4w9WgXcQ"), "tags": ["a\x1b"]}, "#/tags"),
        ({"url": link("dQw4w9WgXcQ"), "tags": [str(n) for n in range(51)]}, "#/tags"),
        ({"url": link("dQw4w9WgXcQ"), "tags": [",".join(map(str, range(51)))]}, "#/tags"),
        ({"url": link("dQw4w9WgXcQ"), "tags": ["one"] * 1_025}, "#/tags"),
        ({"url": link("dQw4w9WgXcQ"), "tags": [""] * 5_000}, "#/tags"),
        ({"url": link("dQw4w9WgXcQ"), "title": "x" * 301}, "#/title"),
        ({"url": link("dQw4w9WgXcQ"), "title": "a\nb"}, "#/title"),
        ({"url": link("dQw4w9WgXcQ"), "title": "  "}, "#/title"),
        ({"url": link("dQw4w9WgXcQ"), "start_s": -1}, "#/start_s"),
        ({"url": link("dQw4w9WgXcQ"), "start_s": 1_000_001}, "#/start_s"),
        ({"url": link("dQw4w9WgXcQ"), "start_s": "9"}, "#/start_s"),
        ({"url": link("dQw4w9WgXcQ"), "tag": ["typo"]}, "#/tag"),
        ({"url": link("dQw4w9WgXcQ"), "user_id": 1}, "#/user_id"),
        ([], "#"),
        (None, "#"),
    ],
)
async def test_bad_input_is_named_and_stores_nothing(service: Service, body: object, pointer: str):
    lily = service.person("lily")
    answer = await lily.post("/videos", json=body)
    problem = answer.json()
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert [fault["pointer"].startswith(pointer) for fault in problem["errors"]] == [True]
    assert problem["detail"]
    assert (await lily.get("/videos")).json()["count"] == 0


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"{", 422),
        (b"\xff\xfe", 422),
        (b'{"url": "https://youtu.be/dQw4w9WgXcQ", "start_s": NaN}', 422),
        (b'{"url": "https://youtu.be/dQw4w9WgXcQ", "title": "\\ud800"}', 422),
        (b'{"url": "https://youtu.be/dQw4w9WgXcQ", "start_s": ' + b"9" * 5_000 + b"}", 422),
        (b"[" * 100_000, 422),
        (b'{"url": "' + b"x" * 1024 * 1024 + b'"}', 413),
        (b"", 422),
    ],
)
async def test_a_malformed_body_is_refused_and_stores_nothing(
    service: Service, raw: bytes, status: int
):
    lily = service.person("lily")
    headers = {"Content-Type": "application/json"}
    answer = await lily.post("/videos", content=raw, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert isinstance(answer.json()["detail"], str)
    assert (await lily.get("/videos")).json()["count"] == 0


async def test_a_body_without_the_json_content_type_is_refused(service: Service):
    body = b'{"url": "https://youtu.be/dQw4w9WgXcQ"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = await service.person("lily").post(
            "/videos", content=body, headers={"Content-Type": kind}
        )
        assert answer.status_code == 422
        assert "application/json" in answer.json()["detail"]


async def test_a_field_s_name_is_escaped_in_its_pointer(service: Service):
    body = {"url": link("dQw4w9WgXcQ"), "a/b~c": 1}
    answer = await service.person("lily").post("/videos", json=body)
    assert answer.json()["errors"][0]["pointer"] == "#/a~1b~0c"


@pytest.mark.parametrize("body", [b'{"', b"x" * 2 * 1024 * 1024, b"{}"])
async def test_a_request_without_a_token_is_refused_before_its_body_is_read(
    service: Service, body: bytes
):
    headers = {"Content-Type": "application/json"}
    for method, path in (("POST", "/videos"), ("PATCH", "/videos/1")):
        answer = await service.client().request(method, path, content=body, headers=headers)
        assert answer.status_code == 401


async def test_equal_tags_count_once(service: Service):
    lily, tags = service.person("lily"), [str(number) for number in range(50)]
    saved = await save(lily, "same-tags-1", *tags, "49", "49")
    assert saved["tags"] == ",".join(tags)
    body = {"url": link("same-tags-2"), "tags": [*tags, "49", "50"]}
    answer = await lily.post("/videos", json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"] == "#/tags: a video has at most 50 tags"


async def test_more_than_fifty_tags_are_refused(service: Service):
    lily = service.person("lily")
    await save(lily, "many-tags-1", *[f"a{n}" for n in range(30)])
    body = {"url": link("many-tags-1"), "tags": [f"b{n}" for n in range(30)]}
    answer = await lily.post("/videos", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/tags"
    tags = (await lily.get("/videos")).json()["videos"][0]["tags"]
    assert len(tags.split(",")) == 30
