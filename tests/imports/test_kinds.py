"""What an import reads, drops and reports, for each kind of content."""

import json
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.codes import Reason
from core.transfer import formats
from core.transfer.decoding import CHUNK_BYTES
from core.transfer.entries import FileRefused
from core.transfer.tag_lists import join_folders, join_tags
from core.transfer.timestamps import AmbiguousDate, read_timestamp
from tests.support.imported_files import WATCH, A, B, C, Read, tags_of
from tests.support.tool_exports import as_json, tarred, zipped

PLAYLIST = f"Video ID,Playlist Video Creation Timestamp\n{A},2023-05-04T10:11:12+00:00\n"
INDEX = (
    "Playlist ID,a,b,c,d,e,Playlist Title (Original),f,g,h,i,Playlist Visibility\n"
    f"PL{'a' * 32},,,,,,Legs/Abs: 20 min?,,,,,Private\n"
)
BOOKMARKS = "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<H1>Bookmarks</H1>\n<DL><p>\n"


# ----------------------------------------------------------------- which format a file has


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (f"[Leg day](https://youtu.be/{A})", "text"),
        (f"[ ] https://youtu.be/{A}", "text"),
        (f"[x] https://youtu.be/{A}", "text"),
        (f"[12/03/21, 10:00:00] Ann: https://youtu.be/{A}", "text"),
        (f"[[https://youtu.be/{A}][Leg day]]", "text"),
        (f'["Leg day"](https://youtu.be/{A})', "text"),
        (f"[1] https://youtu.be/{A}", "text"),
        (f"{{Leg day}} https://youtu.be/{A}", "text"),
        (f"<https://youtu.be/{A}>", "text"),
        (f"<p>https://youtu.be/{A}</p>", "text"),
        (f'["https://youtu.be/{A}"]', "json"),
        (f'["{A}", "instruction"]', "json"),
        (f'<ul><li><a href="https://youtu.be/{A}">x</a></ul>', "html"),
        (f"https://youtu.be/{A},https://youtu.be/{B}", "text"),
        (f"https://youtu.be/{A},Leg day", "csv"),
        (f"Leg day\t{A}", "csv"),
        (f"video_id,title\n{A},Leg day\n", "csv"),
        (PLAYLIST, "takeout"),
        (f"Hi, see https://youtu.be/{A}, it is good", "text"),
    ],
)
def test_the_first_character_does_not_decide_the_format(
    tmp_path: Path, read: Read, content: str, kind: str
):
    assert A in read(content).videos
    assert formats.detect(tmp_path / "file") == kind


# ----------------------------------------------------------------------------------- CSV


@pytest.mark.parametrize(
    "cell",
    ["a,b", "a, b", "a|b", "a;b", "a; b", '["a","b"]', "['a', 'b']", '["a", \'b\']', "[a, b]",
     r'["a","\u0062"]'],
)  # fmt: skip
def test_tags_are_split_at_each_tool_s_separator(cell: str):
    assert [tag.strip() for tag in join_tags(cell).split(",")] == ["a", "b"]


def test_a_folder_path_becomes_several_tags_and_a_built_in_folder_none():
    assert join_folders("Sport / Yoga") == ("Sport,Yoga", False)
    assert join_folders("Sport/Yoga") == ("Sport/Yoga", False)
    for own in ("Unsorted", "Unread", "Archive", "Starred", "unread "):
        assert join_folders(own) == ("", True)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_without_a_known_header_each_cell_is_searched_for_links(read: Read, separator: str):
    rows = [[WATCH + A, "Leg day", "legs"], [WATCH + B, "Yoga", "yoga"]]
    for header in ([], [["Wo", "Wie", "Was"]]):
        outcome = read("\n".join(separator.join(row) for row in [*header, *rows]))
        assert tags_of(outcome) == {A: {"legs"}, B: {"yoga"}}
        assert outcome.videos[A].title == "Leg day"
    outcome = read(f"true,Leg day,2023-05-04,{A},legs\n")
    assert outcome.videos[A].created_at == datetime(2023, 5, 4, tzinfo=UTC)


def test_a_row_without_a_link_does_not_end_the_table(read: Read):
    outcome = read(f"Leg day,{WATCH}{A},legs\nRest,,x\nYoga,{WATCH}{B},yoga\n")
    assert tags_of(outcome) == {A: {"legs"}, B: {"yoga"}}
    assert len(outcome.refused) == 1


def test_a_header_may_follow_title_rows(read: Read):
    outcome = read(f"My videos\n\n2023\nTitle,URL,Tags\nLeg day,{WATCH}{A},legs\n")
    assert tags_of(outcome) == {A: {"legs"}}
    assert outcome.refused == []
    notes = f"A list\nlink\nhttps://youtu.be/{A}, good\nhttps://youtu.be/{B}\n"
    assert {*read(notes).videos} == {A, B}


def test_the_separator_that_excel_names_is_used(read: Read):
    assert tags_of(read(f"sep=;\nURL;Tags\n{WATCH}{A};a,b\n")) == {A: {"a", "b"}}


def test_a_table_of_a_western_excel_is_read_with_its_letters(read: Read):
    table = f"Titel;Link;Schlagwörter\r\nRücken – 20 €;{WATCH}{A};Füße, Rücken\r\n"
    for encoding in ("cp1252", "utf-16", "utf-8-sig"):
        outcome = read(table.encode(encoding))
        assert tags_of(outcome) == {A: {"Füße", "Rücken"}}
        assert (outcome.videos[A].title, outcome.changes) == ("Rücken – 20 €", [])


@pytest.mark.parametrize("rows", [0, 1_500, 3_000])
@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
def test_letters_after_much_ascii_are_read(read: Read, encoding: str, rows: int):
    ascii_rows = f"{WATCH}{A},x\n" * rows
    for title in ("Füße", "Fußß", "à"):
        outcome = read(f"url,title\n{ascii_rows}{WATCH}{B},{title}".encode(encoding))
        assert (outcome.videos[B].title, outcome.changes) == (title, [])


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
def test_a_letter_at_the_end_of_a_piece_is_read(read: Read, encoding: str):
    for at in range(CHUNK_BYTES - 3, CHUNK_BYTES + 1):
        head = f"title,url\nx,{WATCH}{A}\n"
        filler = "x" * (at - len(head))
        outcome = read(f"{head}{filler}ü,{WATCH}{B}\n".encode(encoding))
        assert "title-lost-characters" not in outcome.changes


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_have_each_kind_of_end(read: Read, end: str):
    rows = [f"{WATCH}{A},\u2028{number:05}\u0085" for number in range(3_000)]
    content = end.join(["url,title", *rows, f"{WATCH}{B},last"])
    outcome = read(content.encode())
    assert {key: video.title for key, video in outcome.videos.items()}[B] == "last"
    assert outcome.refused == []


@pytest.mark.parametrize(
    "title",
    ["Приседания".encode("cp1251"), "脚の日".encode("shift_jis"), "Füße ".encode() + b"\xfc"],
)
def test_letters_of_an_unknown_encoding_are_reported(read: Read, title: bytes):
    outcome = read(b"url,title\n" + f"{WATCH}{A},".encode() + title + b"\n")
    assert outcome.changes == ["title-lost-characters"]


# --------------------------------------------------------------------------------- dates


DATES = """
20230504; 04.05.2023; 4.5.2023; 04.05.23; 2023-05-04; 2023/05/04; 2023-5-4; 2023-05-04 00:00:00 UTC
2023-05-04 00:00 Z; May 4, 2023; 4 May 2023; Thu, 04 May 2023 00:00:00 +0000; 2023-05-04T00:00:00Z
Thu May 04 2023 02:00:00 GMT+0200 (CEST); 1683158400; 1683158400.0; 1683158400000; 4. 5. 2023
1683158400000000; 13327632000000000; 2023-05-04T02:00:00+0200; May 4, 2023 at 12:00 AM
"""


@pytest.mark.parametrize("text", DATES.strip().replace("\n", ";").split(";"))
def test_a_date_is_read_in_each_form(text: str):
    assert read_timestamp(text) == datetime(2023, 5, 4, tzinfo=UTC)


@pytest.mark.parametrize("text", ["45050", "45050.42", "tomorrow", "2023-13-01", "31.02.2023"])
def test_an_unreadable_date_is_reported(read: Read, text: str):
    outcome = read(f"url,created\n{WATCH}{A},{text}\n")
    assert outcome.videos[A].created_at is None
    assert outcome.changes == ["date-unreadable"]


def test_an_ambiguous_date_is_resolved_by_another_row_or_reported(read: Read):
    with pytest.raises(AmbiguousDate):
        read_timestamp("5/4/2023 10:11")
    assert read_timestamp("5/5/2023") == datetime(2023, 5, 5, tzinfo=UTC)
    rows = f"url,created\n{WATCH}{B},2023-01-01\n{WATCH}{A},5/4/2023 10:11 PM\n"
    outcome = read(rows)
    assert (outcome.changes, outcome.videos[A].created_at) == (["date-ambiguous"], None)
    for other, month in (("13/4/2023", 4), ("4/13/2023", 5), ("1/31/23", 5)):
        outcome = read(f"{rows}{WATCH}{C},{other}\n")
        day = 9 - month
        assert outcome.videos[A].created_at == datetime(2023, month, day, 22, 11, tzinfo=UTC)
        assert (outcome.changes, len(outcome.videos)) == ([], 3)


def test_an_ambiguous_date_in_json_is_resolved_by_another_object_or_reported(read: Read):
    dates = {B: "2023-01-01", A: "5/4/2023"}
    videos = [{"url": WATCH + key, "created": date} for key, date in dates.items()]
    outcome = read(json.dumps({"name": "Legs", "videos": videos}), "legs.json")
    assert (outcome.changes, outcome.videos[A].created_at) == (["date-ambiguous"], None)
    for other, month in (("13/4/2023", 4), ("4/13/2023", 5)):
        more = [*videos, {"url": WATCH + C, "created": other}]
        outcome = read(json.dumps({"videos": more, "name": "Legs"}), "legs.json")
        assert outcome.videos[A].created_at == datetime(2023, month, 9 - month, tzinfo=UTC)
        assert (outcome.changes, len(outcome.videos)) == ([], 3)


# ------------------------------------------------------------------------------- Takeout


@pytest.mark.parametrize("pack", [bytes, lambda content: zipped({"Legs-videos.csv": content})])
def test_another_row_of_a_playlist_resolves_an_ambiguous_date(
    read: Read, pack: Callable[[bytes], bytes]
):
    rows = f"Video ID,Playlist Video Creation Timestamp\n{A},5/4/2023 10:11\n"
    outcome = read(pack(rows.encode()), "Legs-videos.csv")
    assert (tags_of(outcome), outcome.changes) == ({A: {"Legs"}}, ["date-ambiguous"])
    outcome = read(pack(f"{rows}{B},25/4/2023 10:11\n".encode()), "Legs-videos.csv")
    assert outcome.videos[A].created_at == datetime(2023, 4, 5, 10, 11, tzinfo=UTC)
    assert (len(outcome.videos), outcome.changes) == (2, [])


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_playlist_that_a_spreadsheet_has_saved_keeps_its_name(read: Read, separator: str):
    old = f"Playlist Id,Time Created,Title,,,,\nPLx,2015-01-01,Legs,,,,\n\nVideo Id,Time\n{A},\n"
    for content, name in ((PLAYLIST, "Legs-videos.csv"), (old, "x.csv")):
        assert tags_of(read(content.replace(",", separator), name)) == {A: {"Legs"}}


def test_a_playlist_s_name_is_cut_only_at_the_suffix(read: Read):
    for name, tag in (
        ("Full-body-videos.csv", "Full-body"), ("Full-body.csv", "Full-body"),
        ("Mobility-Vídeos(2).csv", "Mobility"), ("Zug-動画.csv", "Zug"),
        (unicodedata.normalize("NFD", "Séance-vidéos.csv"), "Séance"),
    ):  # fmt: skip
        assert tags_of(read(PLAYLIST, name)) == {A: {tag}}


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_the_title_in_playlists_csv_overrides_the_file_name(
    read: Read, pack: Callable[[dict[str, bytes]], bytes]
):
    files = {
        "T/playlists/Legs_Abs_ 20 min_-videos.csv": PLAYLIST,
        "T/playlists/playlists.csv": INDEX,
        "T/comments/comments.csv": f"Comment ID,Channel ID,Video ID,Text\nx,y,{B},hi\n",
        "T/history/watch-history.json": json.dumps([{"url": WATCH + B}]),
        "T/archive_browser.html": "<html>",
    }
    outcome = read(pack({name: content.encode() for name, content in files.items()}))
    assert tags_of(outcome) == {A: {"Legs/Abs: 20 min?"}}
    assert outcome.skipped == {
        "T/comments/comments.csv": "file-without-playlist",
        "T/history/watch-history.json": "file-with-history",
        "T/archive_browser.html": "file-without-playlist",
    }


def test_a_takeout_without_playlists_imports_no_other_list(read: Read):
    files = {
        "comments/comments.csv": f"Comment ID,Video ID,Comment Text\nx,{B},hi\n".encode(),
        "videos.csv": f"Video ID,Video Title (Original)\n{B},Mine\n".encode(),
        "subscriptions.csv": b"Channel Id,Channel Url\nUCx,https://www.youtube.com/channel/UCx\n",
        "subscriptions.json": as_json(
            [{"kind": "youtube#subscription", "snippet": {"title": "x"}}]
        ),
        "my-comments.html": f'<ul><li><a href="{WATCH}{B}">x</a></ul>'.encode(),
    }
    saved = {"Takeout/Saved/Watch.csv": f"Title,Note,URL\nLeg day,,{WATCH}{A}\n".encode()}
    others = {f"Takeout/YouTube/{name}": content for name, content in files.items()}
    outcome = read(zipped(saved | others))
    assert (tags_of(outcome), outcome.refused) == ({A: set()}, [])
    assert outcome.skipped == dict.fromkeys(others, "file-of-other-kind")
    with pytest.raises(FileRefused, match="no playlist"):
        read(zipped(others))


def test_a_known_header_is_not_guessed(read: Read):
    outcome = read(f"Comment ID,Channel ID,Video ID,Comment Text\nx,UCx,{A},hi\n")
    assert (tags_of(outcome), outcome.videos[A].title) == ({A: set()}, None)
    outcome = read(f"Video ID,Duration (ms),Video Title (Original)\n{A},1000,Leg day\n")
    assert (tags_of(outcome), outcome.videos[A].title) == ({A: set()}, "Leg day")


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_the_archive_of_another_tool_is_read_file_by_file(
    read: Read, pack: Callable[[dict[str, bytes]], bytes]
):
    outcome = read(
        pack(
            {
                "metadata_0_to_20.json": as_json([{"url": WATCH + A, "labels": ["legs"]}]),
                "part_1.csv": f"title,url\nYoga,{WATCH}{B}\n".encode(),
                "playlists/Legs.json": as_json([{"snippet": {"resourceId": {"videoId": C}}}]),
                "content/leg-day.html": b"<p>x</p>",
            }
        )
    )
    assert tags_of(outcome) == {A: {"legs"}, B: set(), C: {"Legs"}}
    assert outcome.skipped == {"content/leg-day.html": "file-of-other-kind"}


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_pages_in_an_archive_with_lists_of_links_are_skipped(
    read: Read, pack: Callable[[dict[str, bytes]], bytes]
):
    pages = {
        "content/a.html": f'<p>x</p><a href="{WATCH}{B}">x</a>'.encode(),
        "highlights/a.md": f"> {WATCH}{B}".encode(),
    }
    lists = {
        "metadata.json": as_json([{"url": WATCH + A}]),
        "bookmarks.html": f'{BOOKMARKS}<DT><A HREF="{WATCH}{C}">x</A>'.encode(),
    }
    outcome = read(pack(pages | lists))
    assert {*outcome.videos} == {A, C}
    assert outcome.skipped == dict.fromkeys(pages, "file-of-other-kind")
    assert {*read(pack(pages)).videos} == {B}


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_broken_file_in_an_archive_is_skipped(
    read: Read, pack: Callable[[dict[str, bytes]], bytes]
):
    broken = {"a.json": b'{"url": "x", oops}', "b.json": b'{"url":' + b"[" * 99}
    outcome = read(pack({**broken, "c.json": as_json([{"url": WATCH + A}])}))
    assert {*outcome.videos} == {A}
    assert outcome.skipped == {"a.json": "unreadable-json", "b.json": "json-too-deep"}
    with pytest.raises(FileRefused, match="not valid JSON"):
        read(pack(broken))


def test_a_skipped_file_is_reported_with_a_reason(tmp_path: Path):
    path, told = tmp_path / "file", list[tuple[str, Reason]]()
    path.write_bytes(zipped({"a-videos.csv": PLAYLIST.encode(), "b.bin": b"\0"}))
    list(formats.read(path, "takeout", "", skip=lambda name, reason: told.append((name, reason))))
    assert [(name, reason.sentence) for name, reason in told] == [
        ("b.bin", "this file of the archive is no playlist")
    ]


# ---------------------------------------------------------------------------------- HTML


@pytest.mark.parametrize("bar", ["Lesezeichenleiste", "Favoriten", "Barre de favoris", "書籤列"])
def test_a_browser_s_bar_becomes_a_tag_only_below_the_top(read: Read, bar: str):
    link = f'<DT><A HREF="{WATCH}{A}">T</A>\n'
    assert tags_of(read(f"{BOOKMARKS}<DT><H3>{bar}</H3>\n<DL><p>\n{link}</DL></DL>")) == {A: set()}
    below = f"<DT><H3>Sport</H3><DL><p><DT><H3>{bar}</H3>\n<DL><p>\n{link}"
    assert tags_of(read(BOOKMARKS + below)) == {A: {"Sport", bar}}


def test_links_in_a_description_are_not_imported_and_it_is_reported(read: Read):
    outcome = read(
        f'{BOOKMARKS}<DT><A HREF="{WATCH}{A}" TAGS="a,linkding:archived">One\n'
        f'<DD>as <a href="{WATCH}{B}">this</a>\n<DT><A HREF="{WATCH}{C}">Two</DL>'
    )
    assert tags_of(outcome) == {A: {"a"}, C: set()}
    assert [video.title for video in outcome.videos.values()] == ["One", "Two"]
    assert outcome.changes == ["own-tag-left-out", "note-left-out"]


def test_lists_of_instapaper_are_folders(read: Read):
    outcome = read(
        f'<html><body><h1>Unread</h1><ol><li><a href="{WATCH}{A}">x</a></ol>'
        f'<h1>Sport</h1><ol><li><a href="{WATCH}{B}">y</a></ol>'
    )
    assert tags_of(outcome) == {A: set(), B: {"Sport"}}
    assert outcome.changes == ["folder-left-out"]


def test_dropped_values_of_an_entry_are_reported(read: Read):
    outcome = read(
        f"url,title,note,folder,created\n{WATCH}{A},T,mine,Archive,45050\n{WATCH}{B},T,,Sport,\n"
    )
    assert sorted(outcome.changes) == ["date-unreadable", "folder-left-out", "note-left-out"]
    outcome = read(as_json({"bookmarks": [{"url": WATCH + A, "lists": ["l1"], "note": "x"}]}))
    assert sorted(outcome.changes) == ["folder-left-out", "note-left-out"]
