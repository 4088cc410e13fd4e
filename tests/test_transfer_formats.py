"""Every format in, as files have it: what is read, what is told, what is refused."""

import io
import json
import tracemalloc
import zipfile
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from itertools import chain, repeat
from pathlib import Path

import pytest

from core.transfer import formats, takeout
from core.transfer.entries import Entry, FileRefused
from core.transfer.fitting import Moments, fit
from core.transfer.moments import read_moment
from core.transfer.tables import COLUMNS, columns_of
from tests.factories import link

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
def test_real_files_are_recognised_by_what_is_in_them(name: str, kind: str, count: int):
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
def test_headers_may_be_in_any_language(written, header: str):
    path = written(f"\ufeff{header}\r\nml6cT4AZdqI,2020-03-01T10:00:00+00:00\r\n\r\n\r\n")
    assert [(e.url, e.tags) for e in entries(path, "Meine-Liste-Videos(1).csv")] == [
        ("ml6cT4AZdqI", ("Meine-Liste",))
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_encoding_is_read(written, encoding: str):
    rows = "url,title\nhttps://youtu.be/ml6cT4AZdqI,Übung 音楽\n".encode(encoding)
    [entry] = entries(written(rows))
    assert (entry.url, entry.title) == ("https://youtu.be/ml6cT4AZdqI", "Übung 音楽")


def test_a_word_of_eleven_letters_is_no_video(written):
    words = ["instruction", "Instruction", "self-esteem", "INSTRUCTION"]
    found = entries(written("\n".join(["ml6cT4AZdqI", *words, "a-key-has-1"])))
    assert [entry.url for entry in found] == ["ml6cT4AZdqI", "", "", "", "", "a-key-has-1"]
    assert [entry.shown for entry in found[1:-1]] == words
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
    assert read_moment(entry.created_at) == read_moment("2015-03-01T10:20:30Z")


def test_our_own_table_is_known_behind_other_separators(written):
    row = ["", link("ml6cT4AZdqI"), "'=1+1", *[""] * 7]
    for separator in (",", ";", "\t"):
        content = "\n".join([separator.join(COLUMNS), separator.join(row)])
        [entry] = entries(written(content))
        assert entry.title == "=1+1"


def test_json_may_be_an_export_an_answer_or_a_list(written):
    video = {"url": "https://youtu.be/ml6cT4AZdqI", "tags": ["a", "b"], "more": {"tags": ["no"]}}
    for document in ({"videos": [video], "count": 1}, [video], [video["url"]]):
        [entry] = entries(written(json.dumps(document)))
        assert entry.url == video["url"]
        assert entry.tags in {("a", "b"), ("",)}


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
def test_what_is_no_list_of_videos_is_not_recognised(written, content: bytes):
    with pytest.raises(FileRefused, match="nothing that can be imported"):
        formats.detect(written(content))


@pytest.mark.parametrize("line", ["x" * 3_000_000, '"' + "x" * 3_000_000, "x,y," * 500_000])
def test_an_endless_line_takes_no_endless_memory(written, line: str):
    for kind in ("text", "csv", "takeout"):
        read = formats.read(written(f"url,title\n{line}"), kind, "")
        assert max((len(entry.url) for entry in read), default=0) <= 131_072


def test_a_row_that_never_ends_keeps_no_endless_cells(written):
    path = written("url,title\n" + '"\nx",' * 600_000 + "\nhttps://youtu.be/ml6cT4AZdqI,Legs\n")
    *broken, last = entries(path)
    assert (last.url, last.title) == ("https://youtu.be/ml6cT4AZdqI", "Legs")
    assert {entry.url for entry in broken[:2]} == {"(a line that is no CSV)"}


def test_a_video_of_json_keeps_no_endless_tags_and_fields(written):
    tags = ",".join(f'"tag {number}"' for number in range(20_000))
    fields = ",".join(f'"field {number}":"x"' for number in range(20_000))
    content = f'[{{"url":"{"x" * 200_000}","tags":"one","tags":[{tags}],{fields}}}]'
    [entry] = entries(written(content))
    assert (len(entry.url), len(entry.tags)) == (65_536, 1_000)


@pytest.mark.parametrize(("begin", "more"), [('"', "x"), ("", " "), ("", "1")])
def test_a_value_of_json_without_end_is_refused_before_it_is_in_memory(written, begin, more):
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
def test_a_reading_that_is_told_to_stop_waits_for_no_entry(written, kind, content: str):
    answers = chain([0, 0], repeat(1))
    entries = formats.read(written(content), kind, "", lambda: bool(next(answers)))
    with pytest.raises(formats.Stopped):
        next(entries)


def test_folders_nested_too_deep_are_refused(written):
    for depth, is_refused in ((90, False), (2_000, True)):
        path = written(
            "<!DOCTYPE NETSCAPE-Bookmark-file-1>"
            + "<H3>a</H3><DL><p>" * depth
            + '<DT><A HREF="https://youtu.be/ml6cT4AZdqI">T</A>' * 3
        )
        with pytest.raises(FileRefused, match="nested") if is_refused else nullcontext():
            assert len(entries(path)) == 3


def test_of_endless_tags_one_more_is_kept_than_a_video_may_have():
    now = datetime(2026, 1, 3, tzinfo=UTC)
    tags = ",".join(f"tag {number}" for number in range(20_000))
    fitted = fit(Entry(1, "https://youtu.be/ml6cT4AZdqI", tags=(tags,)), Moments(now, now, now))
    assert [*fitted.names] == [f"tag {number}" for number in range(51)]


def test_of_endless_folders_no_more_is_joined_than_is_looked_at():
    now = datetime(2026, 1, 3, tzinfo=UTC)
    entry = Entry(1, "https://youtu.be/ml6cT4AZdqI", tags=("Legs", *["x" * 1_000_000] * 100))
    tracemalloc.start()
    try:
        fitted = fit(entry, Moments(now, now, now))
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [*fitted.names] == ["legs", "x" * 64]
    assert most_bytes < 1_000_000


def test_a_folder_s_name_without_end_is_carried_by_no_video(written):
    path = written(
        f"<!DOCTYPE NETSCAPE-Bookmark-file-1><H3>{'x ' * 5_000_000}</H3><DL><p>"
        '<DT><A HREF="https://youtu.be/ml6cT4AZdqI">T</A></DL>'
    )
    [entry] = entries(path)
    assert [len(tag) for tag in entry.tags] == [0, 300]


def test_of_a_header_s_columns_each_row_is_looked_through_for_a_few():
    columns = columns_of("url,title" + ",url,tags" * 10_000)
    assert {field: len(places) for field, places in columns.items()} == {
        "url": 10, "title": 1, "tags": 10,
    }  # fmt: skip


# ------------------------------------------------------------------------ archives


def test_a_name_or_title_without_end_is_carried_by_no_video(written):
    name = "Legs" + " " * 60_000 + "x.csv"
    [entry] = entries(written(zipped({name: PLAYLIST}), "long.zip"))
    assert (entry.tags, len(entry.place)) == (("Legs",), 300)
    old = f"Id,Title,More\nPL1,{'x' * 60_000},more\nVideo Id,Time Added\nml6cT4AZdqI,\n"
    [entry] = formats.read(written(old), "takeout", "old.csv")
    assert entry.tags == ("x" * 300,)
    assert takeout._title("Legs-videos  (12).csv") == "Legs"


def test_rows_above_a_playlist_are_not_collected(written):
    path = written("Id,Title,More\n" + "PL1,Legs,more\n" * 200_000 + "Id,Time\nml6cT4AZdqI,\n")
    tracemalloc.start()
    try:
        [entry] = formats.read(path, "takeout", "old.csv")
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert entry.tags == ("Legs",)
    assert most_bytes < 4_000_000


def test_path_tricks_touch_nothing(written, tmp_path: Path):
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
        ({f"{n}-videos.csv": PLAYLIST for n in range(takeout.MOST_MEMBERS + 1)}, "too many files"),
        ({"inner.zip": zipped({"a-videos.csv": PLAYLIST})}, "no playlist"),
        ({"a.html": "<html>"}, "no playlist"),
    ],
    ids=["ratio", "members", "nested", "nothing"],
)
def test_an_archive_that_is_none_of_takeout_s_is_refused(written, members, reason: str):
    with pytest.raises(FileRefused, match=reason):
        entries(written(zipped(members)))


@pytest.mark.parametrize("packed", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_archive_whose_pieces_unpack_without_bounds_is_refused(written, packed: int):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packed) as archive:
        archive.writestr("a-videos.csv", PLAYLIST)
    with pytest.raises(FileRefused, match="unusual way"):
        entries(written(out.getvalue()))


def test_a_directory_of_many_megabytes_is_never_read(written):
    content = zipped({f"{n}{'x' * 60_000}": "" for n in range(100)})
    with pytest.raises(FileRefused, match="too many files"):
        entries(written(content))


def test_an_encrypted_archive_is_refused(written):
    content = bytearray(zipped({"a-videos.csv": PLAYLIST}))
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(FileRefused, match="encrypted"):
        entries(written(bytes(content)))


def test_a_damaged_archive_is_refused_wherever_it_is_cut_or_changed(written):
    content = zipped({"a-videos.csv": PLAYLIST * 30})
    refused = 0
    for at in range(4, len(content), 7):
        for damaged in (content[:at], content[:at] + b"\xff\xff" + content[at + 2 :]):
            try:
                entries(written(damaged))
            except FileRefused:
                refused += 1
    assert refused > 10
