"""What an import reads from JSON whose fields or folders are named by the user's own data."""

from datetime import UTC, datetime

import pytest

from tests.support.imported_files import WATCH, A, B, Read, tags_of
from tests.support.tool_exports import as_json


@pytest.mark.parametrize(
    "document",
    [
        {A: {"title": "Leg day", "tags": ["legs"]}, B: {"title": "Yoga"}},
        {"videos": {A: {"title": "Leg day", "tags": ["legs"]}, B: {"title": "Yoga"}}},
        {WATCH + A: {"title": "Leg day", "tags": "legs"}, WATCH + B: {"title": "Yoga"}},
        {"list": {"1": {"given_url": WATCH + A, "given_title": "Leg day", "tags": {"legs": {}}},
                  "2": {"given_url": WATCH + B, "given_title": "Yoga"}}},
    ],
    ids=str,
)  # fmt: skip
def test_objects_that_are_named_by_ids_links_or_numbers_are_entries(read: Read, document: object):
    outcome = read(as_json(document))
    assert tags_of(outcome) == {A: {"legs"}, B: set()}
    assert [video.title for video in outcome.videos.values()] == ["Leg day", "Yoga"]


@pytest.mark.parametrize(
    "document",
    [
        {"history": {A: {"title": "x"}}, "videos": [B]},
        {"instruction": {"title": "x"}, "videos": [B]},
        {"watched": {"1": {"url": WATCH + A}}, "videos": [B]},
        [{"url": WATCH + B, "thumbnails": {"1": {"url": WATCH + A}}}],
        [{"url": WATCH + B, "player": {"1": {"url": WATCH + A}}}],
    ],
    ids=str,
)  # fmt: skip
def test_other_objects_with_such_names_are_not_imported(read: Read, document: object):
    assert {*read(as_json(document)).videos} == {B}


def test_a_playlist_of_piped_s_api_becomes_a_tag(read: Read):
    streams = [{"url": f"/watch?v={A}", "title": "Leg day", "uploaderUrl": "/channel/UCx"}]
    for playlist in (
        {"name": "Legs", "bannerUrl": None, "nextpage": None, "relatedStreams": streams},
        {"relatedStreams": streams, "bannerUrl": None, "name": "Legs"},
    ):
        assert tags_of(read(as_json(playlist))) == {A: {"Legs"}}


def test_a_relative_link_in_a_list_is_read(read: Read):
    assert {*read(as_json({"videos": [f"/watch?v={A}", f"/watch?v={B}&t=9"]})).videos} == {A, B}


@pytest.mark.parametrize(
    "named",
    [
        {"tags": {"name": "legs", "id": 3}}, {"tags": {"legs": True, "arms": False}},
        {"tags": [{"tag": {"id": 1, "name": "legs"}}]}, {"lists": [{"id": 1, "name": "legs"}]},
        {"collections": [{"title": "legs", "public": True}]}, {"folder": {"name": "legs"}},
    ],
    ids=str,
)  # fmt: skip
def test_names_of_tags_and_folders_in_objects_become_tags(read: Read, named: dict[str, object]):
    for entry in ({"url": WATCH + A, **named}, {**named, "url": WATCH + A}):
        assert tags_of(read(as_json([entry]))) == {A: {"legs"}}


def test_collections_of_a_document_do_not_become_tags_of_every_entry(read: Read):
    lists = [{"id": "l1", "name": "Sport"}, {"id": "l2", "name": "Empty", "links": []}]
    document = {"lists": lists, "bookmarks": [{"url": WATCH + A}]}
    assert tags_of(read(as_json(document))) == {A: set()}


@pytest.mark.parametrize("date", ["2023-05-04T00:00:00Z", {"$numberLong": "1683158400000"}])
def test_a_date_in_an_object_of_mongodb_is_read(read: Read, date: object):
    outcome = read(as_json([{"url": WATCH + A, "createdAt": {"$date": date}}]))
    assert outcome.videos[A].created_at == datetime(2023, 5, 4, tzinfo=UTC)


def test_keywords_of_tube_archivist_do_not_become_tags(read: Read):
    video = {"youtube_id": A, "title": "Leg day", "tags": ["keyword"], "vid_type": "videos"}
    outcome = read(as_json({"data": [video]}))
    assert (tags_of(outcome), outcome.changes) == ({A: set()}, ["own-tag-left-out"])


@pytest.mark.parametrize(
    "noted",
    [
        {"highlights": [{"text": "x", "note": ""}]}, {"annotations": [{"quote": "x", "text": "y"}]},
        {"notes": [{"text": "x"}]}, {"notes": ["x"]}, {"note": "x"},
        {"contentDetails": {"videoId": A, "note": "x"}},
    ],
    ids=str,
)  # fmt: skip
def test_notes_of_other_tools_are_reported(read: Read, noted: dict[str, object]):
    outcome = read(as_json({"items": [{"link": WATCH + A, **noted}]}))
    assert (tags_of(outcome), outcome.changes) == ({A: set()}, ["note-left-out"])


def test_a_number_is_no_video_id(read: Read):
    outcome = read(as_json([{"video_id": 12345678904}, {"video": {"id": 12345678904}, "link": A}]))
    assert {*outcome.videos} == {A}
