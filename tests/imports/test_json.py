"""What an import reads from JSON, drops and reports, for each kind of content."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.transfer.entries import FileRefused
from tests.support.imported_files import WATCH, A, B, C, Read, read_content, tags_of
from tests.support.tool_exports import as_json, as_lines


@pytest.mark.parametrize(
    "document",
    [
        {"watch_history": [A], "videos": [{"videoId": B}]},
        {"watchHistory": [{"videoId": A, "title": "x"}], "videos": [{"videoId": B}]},
        {"history": {"videos": [{"url": WATCH + A}]}, "videos": [WATCH + B]},
        {"playlists": [{"type": "history", "videos": [A]}, {"name": "y", "videos": [B]}]},
        {"subscriptions": [{"url": f"{WATCH}{A}"}], "links": [B]},
        {"preferences": {"items": [A]}, "items": [B]},
        {"ids": [A], "other": {"tags": [A]}, "bookmarks": [{"url": WATCH + B}]},
        [{"videoId": A, "watchProgress": 1, "timeWatched": 1}, {"videoId": B}],
        [{"url": WATCH + B, "thumbnails": [{"url": WATCH + A}], "formats": [{"url": WATCH + A}]}],
    ],
    ids=str,
)  # fmt: skip
def test_histories_and_nested_lists_in_json_are_not_imported(read: Read, document: object):
    assert {*read(as_json(document)).videos} == {B}


def test_takeouts_watch_history_is_not_imported(read: Read):
    history = {
        "header": "YouTube",
        "title": "Watched x",
        "titleUrl": WATCH + A,
        "time": "2023-05-04",
    }
    assert read(as_json([history])).videos == {}
    html = f'<html><body><div class="outer-cell mdl-cell"><a href="{WATCH}{A}">x</a></div></html>'
    with pytest.raises(FileRefused):
        read(html)


def test_words_in_json_are_not_read_as_video_keys(read: Read):
    outcome = read(as_json({"videos": ["instruction", "Bodybuilder", A], "tags": ["dQw4w9WgXcE"]}))
    assert {*outcome.videos} == {A}
    assert len(outcome.refused) == 2


def test_json_lines_are_read_and_other_links_are_reported(read: Read):
    outcome = read(as_lines([{"url": WATCH + A, "tags": "a,b"}, {"url": "https://vimeo.com/1"}]))
    assert tags_of(outcome) == {A: {"a", "b"}}
    assert "vimeo.com" in outcome.refused[0]


def test_a_name_after_its_list_becomes_a_tag_too(read: Read):
    lists = [{"videos": [{"videoId": A}], "playlistName": "Legs"}, {"videos": [B], "name": "Yoga"}]
    assert tags_of(read(as_lines(lists[:1]))) == {A: {"Legs"}}
    assert tags_of(read(as_json({"playlists": lists}))) == {A: {"Legs"}, B: {"Yoga"}}
    assert tags_of(read(as_json({"title": "A page", "videos": [A]}))) == {A: set()}


def test_a_playlist_of_an_old_takeout_is_named_after_its_file(tmp_path: Path):
    item = {"kind": "youtube#playlistItem", "contentDetails": {"videoId": A}}
    for name, tag in (("Legs.json", "Legs"), ("playlists/Leg day.JSON", "Leg day")):
        outcome = read_content(tmp_path, as_json([item]), name)
        assert tags_of(outcome) == {A: {tag}}
    assert tags_of(read_content(tmp_path, as_json({"items": [item]}), "Legs.json")) == {A: set()}


def test_tags_in_json_are_read_in_each_form(read: Read):
    for tags in (
        {"tags": ["a", "b"]}, {"tags": "a, b"}, {"labels": [{"name": "a"}, {"name": "b"}]},
        {"tags": {"a": {"type": "x"}, "b": {}}}, {"tag_names": ["a", "b"]}, {"tags": "a|b"},
        {"tags": [{"label": "a", "slug": "c"}, {"label": "b"}]}, {"tagList": ["a,b"]},
    ):  # fmt: skip
        assert tags_of(read(as_json([{"url": WATCH + A, **tags}]))) == {A: {"a", "b"}}, tags


def test_folders_of_chrome_s_own_file_become_tags(read: Read):
    link = {"date_added": "13327000000000000", "name": "T", "type": "url", "url": WATCH + A}
    sport = {"children": [link], "name": "Sport", "type": "folder"}
    bar = {"children": [sport], "name": "Lesezeichenleiste", "type": "folder"}
    outcome = read(as_json({"roots": {"bookmark_bar": bar}, "version": 1}))
    assert tags_of(outcome) == {A: {"Sport"}}
    assert outcome.videos[A].created_at == datetime(2023, 4, 26, 16, 26, 40, tzinfo=UTC)


def test_an_uploader_s_keywords_do_not_become_tags(read: Read):
    found = {
        "extractor": "youtube",
        "id": A,
        "webpage_url": WATCH + A,
        "tags": ["kw"],
        "_type": "video",
    }
    outcome = read(as_json(found))
    assert tags_of(outcome) == {A: set()}
    assert outcome.changes == ["own-tag-left-out"]


def test_an_entry_with_other_lists_is_read_as_one_entry(read: Read):
    lists = {"pinnedBy": [], "heatmap": [{"value": 1}], "assets": [{"id": "a"}], "formats": [{}]}
    for document in (
        {"response": [{"url": WATCH + A, "name": "T", **lists}]},
        {"extractor": "youtube", "title": "T", "webpage_url": WATCH + A, **lists},
        {"items": [{"link": WATCH + A, "title": "T", "media": [{"link": WATCH + A}]}]},
        {"items": [{"link": WATCH + A, "title": "T", "highlights": [{"url": WATCH + B}]}]},
    ):
        found = read(as_json(document)).videos
        assert {key: video.title for key, video in found.items()} == {A: "T"}
    told = read(as_json({"results": [{"url": "https://vimeo.com/1", "assets": []}]})).refused
    assert "vimeo.com" in told[0]


def test_a_playlist_s_own_link_to_a_video_is_not_imported(read: Read):
    playlist = {"title": "Legs", "_type": "playlist", "original_url": f"{WATCH}{A}&list=PLx"}
    assert {*read(as_json({**playlist, "entries": [{"id": B, "url": WATCH + B}]})).videos} == {B}


def test_long_lists_of_captions_of_yt_dlp_do_not_exceed_the_step_limit(read: Read):
    link = f"https://www.youtube.com/api/timedtext?{'x' * 400}"
    caption = {"ext": "vtt", "url": link, "name": "English"}
    long = {"extractor": "youtube", "automatic_captions": {"en": [caption] * 1_100}}
    keys = [f"aB3dE5f{number:03}A" for number in range(80)]
    outcome = read(as_lines([{**long, "webpage_url": WATCH + key} for key in keys]))
    assert [*outcome.videos] == keys


def test_names_of_tags_are_kept_unchanged(read: Read):
    tags = {"Full Body": {"type": "manual"}, "leg-day": {}, "fullBody": {}}
    found = read(as_json([{"url": WATCH + A, "tags": tags}]))
    assert tags_of(found) == {A: {"Full Body", "leg-day", "fullBody"}}


def test_an_upload_date_is_not_read_as_the_date_of_saving(read: Read):
    snippet = {"publishedAt": "2009-10-25T06:57:33Z", "title": "T"}
    upload = {"kind": "youtube#video", "id": A, "snippet": snippet}
    added = {"snippet": snippet, "contentDetails": {"videoId": B}}
    search = {"id": {"kind": "youtube#video", "videoId": C}, "snippet": snippet}
    videos = read(as_json({"items": [upload, added, search]})).videos
    dates = {key: video.created_at for key, video in videos.items()}
    assert dates == {A: None, B: datetime(2009, 10, 25, 6, 57, 33, tzinfo=UTC), C: None}


def test_folders_of_firefox_s_backup_become_tags(read: Read):
    def folder(title: str, *children: object, **more: str) -> dict[str, object]:
        kind = "text/x-moz-place-container"
        return {"title": title, "type": kind, **more, "children": [*children]}

    link = {"title": "T", "type": "text/x-moz-place", "uri": WATCH + A, "tags": "a,b",
            "dateAdded": 1_683_158_400_000_000}  # fmt: skip
    menu = folder("menu", folder("Sport", folder("Legs", link)), root="bookmarksMenuFolder")
    outcome = read(as_json(folder("", menu, root="placesRoot")))
    assert tags_of(outcome) == {A: {"a", "b", "Sport", "Legs"}}
    assert outcome.videos[A].created_at == datetime(2023, 5, 4, tzinfo=UTC)


def test_links_in_messages_of_telegram_are_read(read: Read):
    parts = ["see ", {"type": "link", "text": f"https://youtu.be/{A}"}]
    other = [{"type": "text_link", "text": "this", "href": WATCH + B}]
    messages = [{"id": 1, "type": "message", "text": parts, "text_entities": [parts[1]]},
                {"id": 2, "type": "message", "text": other}]  # fmt: skip
    chat = {"name": "Ann", "type": "personal_chat", "messages": messages}
    assert tags_of(read(as_json(chat))) == {A: set(), B: set()}
