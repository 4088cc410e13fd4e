"""What an import reads from the cells of a table: several links, no value, folders of browsers."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.transfer import formats
from core.transfer.tag_lists import join_tags
from tests.support.imported_files import WATCH, A, B, C, Read, tags_of

D = "gC_L9qAHVJ8"


@pytest.mark.parametrize("separator", [" ", ", ", "\n", "; "])
def test_each_link_of_a_cell_is_imported(read: Read, separator: str):
    cell = separator.join([WATCH + A, f"https://youtu.be/{B}", WATCH + C])
    outcome = read(f'url,title,tags\n"{cell}",Leg day,legs\n')
    assert tags_of(outcome) == {key: {"legs"} for key in (A, B, C)}
    assert {video.title for video in outcome.videos.values()} == {"Leg day"}


def test_a_line_with_links_and_tabs_is_a_list_of_links(tmp_path: Path, read: Read):
    outcome = read(f"{WATCH}{A}\t{WATCH}{B}   {WATCH}{C}\n")
    assert tags_of(outcome) == {A: set(), B: set(), C: set()}
    assert formats.detect(tmp_path / "file") == "text"
    outcome = read(f"{WATCH}{A} {WATCH}{B},Leg day,legs\n")
    assert tags_of(outcome) == {A: {"legs"}, B: {"legs"}}


@pytest.mark.parametrize("nothing", ["nan", "NaN", "null", "NULL", "None", "n/a", "undefined", " "])
def test_what_programs_write_for_no_value_is_not_imported(read: Read, nothing: str):
    outcome = read(f"url,title,tags,folder,created,note\n{WATCH}{A}{f',{nothing}' * 5}\n")
    assert (tags_of(outcome), outcome.videos[A].title, outcome.changes) == ({A: set()}, None, [])


def test_a_title_that_repeats_the_link_is_not_imported(read: Read):
    assert read(f"title,url\n{WATCH}{A},{WATCH}{A}\n").videos[A].title is None


def test_quoted_cells_may_follow_a_space(read: Read):
    outcome = read(f'title, url, tags\n"Leg, day", {WATCH}{A}, "a, b"\n')
    assert (tags_of(outcome), outcome.videos[A].title) == ({A: {"a", "b"}}, "Leg, day")


@pytest.mark.parametrize("bar", ["Bookmarks bar", "Lesezeichenleiste", "Favoriten", "書籤列"])
def test_a_path_may_begin_with_a_browser_s_bar(read: Read, bar: str):
    outcome = read(f"url,folder\n{WATCH}{A},{bar}\n{WATCH}{B},{bar} / Yoga\n{WATCH}{C},Yoga\n")
    assert tags_of(outcome) == {A: set(), B: {"Yoga"}, C: {"Yoga"}}
    assert outcome.changes == ["folder-left-out"] * 2
    assert tags_of(read(f"url,folder\n{WATCH}{A},Sport / {bar}\n")) == {A: {"Sport", bar}}
    assert tags_of(read(f"url,playlist\n{WATCH}{A},{bar}\n")) == {A: {bar}}


@pytest.mark.parametrize(
    "cell",
    [
        '[{"id": "x1", "name": "a", "color": "red"}, {"id": "x2", "name": "b", "color": "blue"}]',
        "[{'label': 'a', 'slug': 'x'}, {'slug': 'y', 'label': 'b'}]",
    ],
)
def test_a_cell_with_tags_as_objects_has_their_names(cell: str):
    assert join_tags(cell) == "a,b"


@pytest.mark.parametrize("separator", [" ", ",", "; ", "\t"])
def test_a_line_with_only_ids_is_a_list_of_videos(tmp_path: Path, read: Read, separator: str):
    outcome = read(f"{separator.join((A, B))}\n{C}\n")
    assert ({*outcome.videos}, outcome.refused) == ({A, B, C}, [])
    assert formats.detect(tmp_path / "file") == "text"
    outcome = read(f"https://youtu.be/{C}\n{A} instruction\n")
    assert ({*outcome.videos}, len(outcome.refused)) == ({C}, 1)


@pytest.mark.parametrize(
    ("column", "changes"),
    [("comment", ["note-left-out"]), ("minutes", []), ("effort", []), ("day", [])],
)
def test_columns_of_a_log_may_be_in_another_table(read: Read, column: str, changes: list[str]):
    outcome = read(f"title,video_id,{column}\nLeg day,{A},9\n")
    assert (tags_of(outcome), outcome.changes) == ({A: set()}, changes)


def test_links_that_were_saved_at_google_are_read(read: Read):
    outcome = read(f"Title,Note,URL,Tags,Comment\n,,,,\nLeg day,,{WATCH}{A},legs,good\n")
    assert (tags_of(outcome), outcome.changes) == ({A: {"legs"}}, ["note-left-out"])


FIRST_LINES = {
    f"Legs: {WATCH}{A}, {WATCH}{B}\nArms: {WATCH}{C}, {WATCH}{D}\n": {A, B, C, D},
    f"Leg day - {WATCH}{A}\n{WATCH}{B}, good\n{WATCH}{C}, hard\n": {A, B, C},
    f"{WATCH}{A}, link\n{WATCH}{B}, good\n": {A, B},
    f"Title, see {WATCH}{A}\nLeg day,{WATCH}{B}\n": {A, B},
    f'"{WATCH}{A},{WATCH}{B}",Leg day\n': {A, B},
    f"https://i.ytimg.com/vi/{A}/0.jpg https://i.ytimg.com/vi/{B}/0.jpg\n": {A, B},
    f"Leg day,{WATCH}{A}{',' * 60}{WATCH}{B}\n": {A, B},
    f"Leg day,{WATCH}{A}\nHi, see {WATCH}{B}, or {WATCH}{C}\n": {A, B, C},
}


@pytest.mark.parametrize(("content", "keys"), FIRST_LINES.items())
def test_no_link_of_a_text_with_commas_is_lost(read: Read, content: str, keys: set[str]):
    outcome = read(content)
    assert ({*outcome.videos}, outcome.refused) == (keys, [])
    assert not any(video.tags for video in outcome.videos.values())


def test_a_link_within_the_text_of_a_cell_is_imported(read: Read):
    outcome = read(f"Leg day,{WATCH}{A},see also {WATCH}{B},legs\n")
    assert tags_of(outcome) == {A: {"legs"}, B: {"legs"}}
    assert {video.title for video in outcome.videos.values()} == {"Leg day"}


def test_all_links_of_a_long_cell_are_imported(read: Read):
    cell = f"{WATCH}{A} {'x' * 5_000} {WATCH}{B}"
    assert {*read(f"title,url\nLeg day,{cell}\n").videos} == {A, B}
    assert {*read(f"Leg day,{WATCH}{C},{cell}\n").videos} == {A, B, C}


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("YouTube URL,Tags,Title,Date", f"{WATCH}{A},legs,Leg day,2023-05-04"),
        ("Tags,Youtube,Title,Date", f"legs,{WATCH}{A},Leg day,2023-05-04"),
        ("Category,Workout,YouTube Link,Date", f"legs,Leg day,{WATCH}{A},2023-05-04"),
        ("Date,Tags,Where to find it,Title", f"2023-05-04,legs,{WATCH}{A},Leg day"),
        ("Kategorie,Titel,Video,Datum", f"legs,Leg day,{WATCH}{A},2023-05-04"),
        ("Tags,Video,Link,Date", f"legs,Leg day,{WATCH}{A},2023-05-04"),
        ("My videos\n\nTags,Title,Video,Date", f"legs,Leg day,{A},2023-05-04"),
    ],
)
def test_the_named_columns_are_read_whatever_the_column_of_the_link_is_called(
    read: Read, header: str, row: str
):
    outcome = read(f"{header}\n{row}\nrest,,,\n")
    assert tags_of(outcome) == {A: {"legs"}}
    assert outcome.videos[A].title == "Leg day"
    assert outcome.videos[A].created_at == datetime(2023, 5, 4, tzinfo=UTC)
    assert len(outcome.refused) == 1


@pytest.mark.parametrize("name", ["Video", "YouTube", "YouTube URL", "youtube_link", "Video link"])
def test_a_column_of_links_may_have_a_natural_name(read: Read, name: str):
    assert tags_of(read(f"{name},Tags\n{WATCH}{A},legs\n")) == {A: {"legs"}}
    assert tags_of(read(f"Tags,{name}\nlegs,{WATCH}{A}\n")) == {A: {"legs"}}


@pytest.mark.parametrize(
    ("header", "row", "title", "tags"),
    [
        ("Übung,Video,Kategorie", f"Squats,{WATCH}{A},legs", "Squats", {"legs"}),
        ("Name,Muscles,Clip,Done", f"Squats,legs,{WATCH}{A},Yes", "Squats", {"legs"}),
        ("Date,What,Clip", f"2023-05-04,Squats,{WATCH}{A}", "Squats", set[str]()),
        ("url,video", f"{WATCH}{A},{A}", None, set[str]()),
        ("url,video", f"{WATCH}{A},https://youtu.be/{A}?si=x", None, set[str]()),
        ("url,youtube,category", f"{WATCH}{A},yes,17", None, set[str]()),
    ],
)
def test_only_a_column_of_texts_gives_titles_and_tags(
    read: Read, header: str, row: str, title: str | None, tags: set[str]
):
    outcome = read(f"{header}\n{row}\n")
    assert (outcome.videos[A].title, tags_of(outcome)) == (title, {A: tags})


@pytest.mark.parametrize("header", ["Title,URL", "Title,Clip"])
def test_a_row_with_a_comma_without_quotes_keeps_its_link(read: Read, header: str):
    outcome = read(f"{header}\nSquats,{WATCH}{A}\nYoga, slow,{WATCH}{B}\n")
    assert ({*outcome.videos}, outcome.refused) == ({A, B}, [])


def test_a_row_may_be_longer_than_its_header_or_shorter(read: Read):
    link = WATCH + A
    for header, row in ((",add_date", ",,x"), (",day", link)):
        assert {*read(f"{header}\n{row}\n{link},,{link},{link}\n").videos} <= {A}


def test_each_link_of_several_columns_is_imported(read: Read):
    for header in ("Title,URL,Video link", "Title,First,Second"):
        outcome = read(f"{header}\nLeg day,{WATCH}{A},{WATCH}{B}\n")
        assert {key: video.title for key, video in outcome.videos.items()} == {
            A: "Leg day", B: "Leg day",
        }  # fmt: skip


OURS = {
    "id": "", "url": WATCH + A, "title": "'@Anna; '=1", "tags": "'+core,a;b", "created_at": "",
    "start_s": "5", "channel": "'-x", "availability": "available", "updated_at": "",
    "deleted_at": "", "end_s": "9", "duration_s": "10",
}  # fmt: skip


@pytest.mark.parametrize(
    "names",
    [
        [*OURS], [*reversed(OURS)], ["title", "url", "tags", "start_s"], [*OURS][:10],
        ["url", "title", "tags", "", "end_s"], [*OURS, "mine"],
    ],
)  # fmt: skip
def test_columns_of_our_table_may_be_deleted_or_moved(read: Read, names: list[str]):
    cells = [f'"{OURS.get(name, "")}"' for name in names]
    outcome = read(f"{','.join(names)}\n{','.join(cells)}\n")
    assert (tags_of(outcome), outcome.changes) == ({A: {"+core", "a;b"}}, [])
    assert outcome.videos[A].title == "@Anna; '=1"


def test_a_table_by_hand_may_have_our_columns(read: Read):
    outcome = read(f"url,title,tags,duration_s\n{WATCH}{A},nan,a;b,600\n")
    assert (tags_of(outcome), outcome.videos[A].title) == ({A: {"a", "b"}}, None)


def test_a_guard_is_removed_from_a_few_of_our_columns(read: Read):
    outcome = read(f"title,url,tags\n'@Anna,{WATCH}{A},'+core\n'Anna,{WATCH}{B},'x\n")
    assert tags_of(outcome) == {A: {"+core"}, B: {"'x"}}
    assert [video.title for video in outcome.videos.values()] == ["@Anna", "'Anna"]


@pytest.mark.parametrize("name", ["YouTube", "Link"])
@pytest.mark.parametrize(
    "days",
    [("Monday", "Tuesday"), ("Day 1", "Day 2"), ("Leg day", ""), ("1", "2"), ("1.", "2nd")],
)
def test_a_plan_of_a_week_is_no_log(read: Read, tmp_path: Path, name: str, days: tuple[str, str]):
    read(f"Day,Workout,{name}\n{days[0]},Squats,{WATCH}{A}\n{days[1]},Press,{WATCH}{B}\n")
    entries = [*formats.read(tmp_path / "file", "csv", "")]
    assert [(entry.title, entry.workout) for entry in entries] == [
        ("Squats", None),
        ("Press", None),
    ]


@pytest.mark.parametrize("day", ["28/11/2025", "Nov 28, 2025", "2025-02-30", ""])
def test_a_table_with_days_is_a_log(read: Read, tmp_path: Path, day: str):
    read(f'day,url\n"{day}",{WATCH}{A}\n')
    [entry] = formats.read(tmp_path / "file", "csv", "")
    assert entry.workout
