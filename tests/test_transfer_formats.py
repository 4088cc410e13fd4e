"""Every import format: what is read, what is reported, what is refused."""

import gzip
import io
import json
import sys
import tracemalloc
import zipfile
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from itertools import chain, repeat
from pathlib import Path

import pytest

from core.transfer import archives, formats, takeout
from core.transfer.csv_files import COLUMNS
from core.transfer.csv_layouts import columns_of
from core.transfer.entries import Entry, FileRefused
from core.transfer.normalization import EntryRefused, Timestamps, normalize
from core.transfer.timestamps import read_timestamp
from tests.support.factories import link
from tests.support.tool_exports import tarred

DATA = Path(__file__).parent / "data"


def entries(path: Path, name: str = "") -> list[Entry]:
    return [*formats.read(path, formats.detect(path), name or path.name)]


@pytest.fixture
def written(tmp_path: Path):
    def write(content: str | bytes, name: str = "file") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


PLAYLIST = "Video ID,Playlist Video Creation Timestamp\nml6cT4AZdqI,2020-03-01T10:00:00+00:00\n"


@pytest.mark.parametrize(
    ("name", "kind", "count"),
    [
        ("takeout.zip", "takeout", 9),
        ("takeout-old.csv", "takeout", 2),
        ("linkding.html", "html", 7),
        ("links.txt", "text", 17),
        ("not-links.txt", "text", 11),
    ],
)
def test_files_are_recognised_by_their_content(name: str, kind: str, count: int):
    assert formats.detect(DATA / name) == kind
    assert len(entries(DATA / name)) == count


def test_a_playlist_s_title_becomes_a_tag_in_both_layouts():
    assert {e.tags for e in entries(DATA / "takeout.zip")} == {
        ("Workout",), ("Rücken, Schulter",), ("Watch later",),
    }  # fmt: skip
    assert {e.tags for e in entries(DATA / "takeout-old.csv", "x.csv")} == {("Watch later",)}


@pytest.mark.parametrize(
    "header",
    ["Video ID,Playlist Video Creation Timestamp", "ID do vídeo,Criado", "動画 ID,作成日時"],
)
def test_csv_headers_may_be_in_any_language(written, header: str):
    path = written(f"\ufeff{header}\r\nml6cT4AZdqI,2020-03-01T10:00:00+00:00\r\n\r\n\r\n")
    assert [(e.url, e.tags) for e in entries(path, "Meine-Liste-Videos(1).csv")] == [
        ("ml6cT4AZdqI", ("Meine-Liste",))
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_encoding_is_read(written, encoding: str):
    rows = "url,title\nhttps://youtu.be/ml6cT4AZdqI,Übung 音楽\n".encode(encoding)
    [entry] = entries(written(rows))
    assert (entry.url, entry.title) == ("https://youtu.be/ml6cT4AZdqI", "Übung 音楽")


def test_a_word_of_eleven_letters_is_no_video_key(written):
    words = ["instruction", "Instruction", "self-esteem", "INSTRUCTION"]
    found = entries(written("\n".join(["ml6cT4AZdqI", *words, "gC_L9qAHVJ8"])))
    assert [entry.shown for entry in found[1:-1]] == words
    now = datetime(2026, 1, 3, tzinfo=UTC)
    for entry in found[1:-1]:
        with pytest.raises(EntryRefused, match="no web link"):
            normalize(entry, Timestamps(now, now, now))
    with pytest.raises(FileRefused, match="nothing that can be imported"):
        formats.detect(written("A text in\nInstruction\n"))


def test_folders_become_tags_but_not_the_browser_s_own(written):
    path = written(
        '<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>\n<DT><H3 PERSONAL_TOOLBAR_FOLDER="true">'
        "Bookmarks bar</H3>\n<DL><p>\n<DT><H3>Sport</H3>\n<DL><p>\n<DT><H3>Legs &amp; more</H3>\n"
        '<DL><p>\n<DT><A HREF="https://youtu.be/ml6cT4AZdqI" ADD_DATE="1" TAGS="a,b">T</A>\n'
        '</DL><p>\n<DT><A HREF="https://youtu.be/UBMk30rjy0o">https://youtu.be/UBMk30rjy0o</A>\n'
        '</DL><p>\n</DL><p>\n<DT><A HREF="https://youtu.be/gC_L9qAHVJ8">Top</A>\n</DL><p>\n'
    )
    assert [(e.title, e.tags) for e in entries(path)] == [
        ("T", ("a,b", "Sport", "Legs & more")), ("", ("", "Sport")), ("Top", ("",)),
    ]  # fmt: skip


def test_csv_may_have_other_names_and_separators(written):
    path = written(
        "Title;Link;Folder;Time_Added\nLegs;https://youtu.be/ml6cT4AZdqI;Sport;1425205230\n"
    )
    [entry] = entries(path)
    assert (entry.title, entry.tags, entry.line) == ("Legs", ("Sport",), 2)
    assert read_timestamp(entry.created_at) == read_timestamp("2015-03-01T10:20:30Z")


def test_our_own_csv_is_recognised_with_other_separators(written):
    row = ["", link("ml6cT4AZdqI"), "'=1+1", *[""] * 7]
    for separator in (",", ";", "\t"):
        content = "\n".join([separator.join(COLUMNS), separator.join(row)])
        [entry] = entries(written(content))
        assert entry.title == "=1+1"


def test_json_may_be_an_export_a_response_or_a_list(written):
    video = {"url": "https://youtu.be/ml6cT4AZdqI", "tags": ["a", "b"], "more": {"tags": ["no"]}}
    for document in ({"videos": [video], "count": 1}, [video], [video["url"]]):
        [entry] = entries(written(json.dumps(document)))
        assert entry.url == video["url"]
        assert entry.tags in {("a", "b"), ()}


@pytest.mark.parametrize(
    "content",
    [
        '{"videos":[{"url":"x"}',
        '[{"url":"x"}] more',
        '{"url":' + "[" * 100_000,
        '[{"url":' + "1" * 5_000 + "}]",
        '[{"url":1e99999999999999999999}]',
        '[{"url":"\\udc00"}]',
    ],
)
def test_broken_json_is_refused_in_a_sentence(written, content: str):
    with pytest.raises(FileRefused, match="JSON"):
        entries(written(content))


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02", b"<html><body>a page</body></html>", b'{"a":1}', b"words"]
)
def test_json_without_a_list_of_videos_is_not_recognised(written, content: bytes):
    with pytest.raises(FileRefused, match="nothing that can be imported"):
        formats.detect(written(content))


def test_oversized_tags_and_fields_in_json_are_cut(written):
    tags = ",".join(f'"tag {number}"' for number in range(20_000))
    fields = ",".join(f'"field {number}":"x"' for number in range(20_000))
    content = f'[{{"url":"{"x" * 200_000}","tags":"one","tags":[{tags}],{fields}}}]'
    [entry] = entries(written(content))
    assert (len(entry.url), len(entry.tags)) == (65_536, 1_000)


@pytest.mark.parametrize(("begin", "more"), [('"', "x"), ("", " "), ("", "1")])
def test_an_oversized_json_value_is_refused_before_it_is_in_memory(written, begin, more):
    path = written('[{"url":' + begin + more * 8_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(FileRefused, match="Take it out"):
            [*formats.read(path, "json", "")]
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most_bytes < 4_000_000


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("json", "[" + "1," * 200_000),
        ("text", "\n" * 400_000),
        ("csv", "url,title\n" + "\n" * 400_000),
        ("html", "<DL><p>" + "<DT>" * 100_000),
        ("takeout", "Video ID,Time\n" + "\n" * 400_000),
    ],
)
def test_a_cancelled_read_stops_before_the_next_entry(written, kind, content: str):
    answers = chain([0, 0], repeat(1))
    entries = formats.read(written(content), kind, "", lambda: bool(next(answers)))
    with pytest.raises(formats.Stopped):
        next(entries)


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_reading_that_is_given_up_reports_no_damaged_archive(written, pack):
    reading = formats.read(written(pack({"a-videos.csv": PLAYLIST.encode()})), "takeout", "")
    next(reading)
    ignored: list[object] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "unraisablehook", ignored.append)
        del reading
    assert not ignored


def test_folders_nested_too_deep_are_refused(written):
    for depth, is_refused in ((90, False), (2_000, True)):
        path = written(
            "<!DOCTYPE NETSCAPE-Bookmark-file-1>"
            + "<H3>a</H3><DL><p>" * depth
            + '<DT><A HREF="https://youtu.be/ml6cT4AZdqI">T</A>' * 3
        )
        with pytest.raises(FileRefused, match="nested") if is_refused else nullcontext():
            assert len(entries(path)) == 3


def test_normalization_keeps_one_tag_over_the_limit():
    now = datetime(2026, 1, 3, tzinfo=UTC)
    tags = ",".join(f"tag {number}" for number in range(20_000))
    fitted = normalize(
        Entry(1, "https://youtu.be/ml6cT4AZdqI", tags=(tags,)), Timestamps(now, now, now)
    )
    assert [*fitted.names] == [f"tag {number}" for number in range(51)]


def test_only_the_used_part_of_many_folders_is_joined():
    now = datetime(2026, 1, 3, tzinfo=UTC)
    entry = Entry(1, "https://youtu.be/ml6cT4AZdqI", tags=("Legs", *["x" * 1_000_000] * 100))
    tracemalloc.start()
    try:
        fitted = normalize(entry, Timestamps(now, now, now))
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [*fitted.names] == ["legs", "x" * 64]
    assert most_bytes < 1_000_000


def test_an_oversized_folder_name_is_cut(written):
    path = written(
        f"<!DOCTYPE NETSCAPE-Bookmark-file-1><H3>{'x ' * 5_000_000}</H3><DL><p>"
        '<DT><A HREF="https://youtu.be/ml6cT4AZdqI">T</A></DL>'
    )
    [entry] = entries(path)
    assert [len(tag) for tag in entry.tags] == [0, 300]


def test_each_row_is_read_for_a_few_columns_only():
    columns = columns_of("url,title" + ",url,tags" * 10_000)
    assert {field: len(places) for field, places in columns.items()} == {
        "url": 10, "title": 1, "tags": 10,
    }  # fmt: skip


# ------------------------------------------------------------------------ archives


def test_an_oversized_name_or_title_is_cut(written):
    name = "Legs" + " " * 60_000 + "x.csv"
    [entry] = entries(written(zipped({name: PLAYLIST}), "long.zip"))
    assert (entry.tags, len(entry.place)) == (("Legs",), 300)
    old = f"Id,Title,More\nPL1,{'x' * 60_000},more\nVideo Id,Time Added\nml6cT4AZdqI,\n"
    [entry] = formats.read(written(old), "takeout", "old.csv")
    assert entry.tags == ("x" * 300,)
    assert takeout.title_of("Legs-videos  (12).csv", {}) == "Legs"


def test_rows_above_a_playlist_are_not_kept_in_memory(written):
    path = written("Id,Title,More\n" + "PL1,Legs,more\n" * 40_000 + "Id,Time\nml6cT4AZdqI,\n")
    tracemalloc.start()
    try:
        [entry] = formats.read(path, "takeout", "old.csv")
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert entry.tags == ("Legs",)
    assert most_bytes < 4_000_000


def test_path_traversal_in_an_archive_writes_nothing(written, tmp_path: Path):
    tricks = {
        "../../evil-videos.csv": PLAYLIST,
        "/etc/evil-videos.csv": PLAYLIST,
        "..\\..\\evil-videos.csv": PLAYLIST,
    }
    found = entries(written(zipped(tricks), "tricks.zip"))
    assert {(e.tags, e.place) for e in found} == {(("evil",), "evil-videos.csv")}
    assert [path.name for path in tmp_path.iterdir()] == ["tricks.zip"]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"bomb-videos.csv": b"0" * 50_000_000}, "unpack to far more"),
        ({f"{n}-videos.csv": PLAYLIST for n in range(archives.MAX_MEMBERS + 1)}, "too many files"),
        ({"inner.zip": zipped({"a-videos.csv": PLAYLIST})}, "no playlist"),
        ({"a.html": "<html>"}, "no playlist"),
    ],
    ids=["ratio", "members", "nested", "nothing"],
)
def test_an_archive_of_another_kind_is_refused(written, members, reason: str):
    with pytest.raises(FileRefused, match=reason):
        entries(written(zipped(members)))


@pytest.mark.parametrize("packed", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_bomb_is_refused(written, packed: int):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packed) as archive:
        archive.writestr("a-videos.csv", PLAYLIST)
    with pytest.raises(FileRefused, match="unusual way"):
        entries(written(out.getvalue()))


def test_an_oversized_zip_directory_is_not_read(written):
    content = zipped({f"{n}{'x' * 60_000}": "" for n in range(100)})
    with pytest.raises(FileRefused, match="too many files"):
        entries(written(content))


def test_an_encrypted_archive_is_refused(written):
    content = bytearray(zipped({"a-videos.csv": PLAYLIST}))
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(FileRefused, match="encrypted"):
        entries(written(bytes(content)))


def test_a_damaged_archive_is_refused(written):
    content = zipped({"a-videos.csv": PLAYLIST * 30})
    refused = 0
    for at in range(4, len(content), 7):
        for damaged in (content[:at], content[:at] + b"\xff\xff" + content[at + 2 :]):
            try:
                entries(written(damaged))
            except FileRefused:
                refused += 1
    assert refused > 10


def test_a_packed_tar_is_refused_if_it_would_unpack_to_far_more_or_is_damaged(written):
    bomb = tarred({"a.bin": b"\0" * 40_000_000, "a-videos.csv": PLAYLIST.encode()})
    with pytest.raises(FileRefused, match="unpack to far more"):
        entries(written(bomb))
    whole = tarred({"a-videos.csv": PLAYLIST.encode() * 30})
    for damaged in (whole[: len(whole) // 2], gzip.compress(PLAYLIST.encode()), whole[:30]):
        with pytest.raises(FileRefused, match="damaged"):
            entries(written(damaged))
