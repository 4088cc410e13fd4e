"""Rules that the app shares with the web app: tests/web/modules reads the same cases."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from app.notes import Note
from app.playlist import step_from
from app.rows import Rows
from app.searches import Search
from app.state import Chip, LibraryState
from app.sync.changes import Change
from app.sync.confirmed import Confirmed, Read
from app.sync.kinds import KINDS
from app.sync.waits import Waits
from app.text import fold, parse_time, split_tags, tag_key
from app.training import (
    Workout,
    day_of,
    days_before,
    days_between,
    id_at,
    minutes_away,
    week_of,
)
from app.video import done_words
from app.words import format_day, say
from tests.support.app.windows import video

CASES = Path(__file__).parents[1] / "data/shared-cases"
VIDEOS = json.loads((CASES / "videos.json").read_text(encoding="utf-8"))
CHANGES = json.loads((CASES / "changes.json").read_text(encoding="utf-8"))
READS = json.loads((CASES / "reads.json").read_text(encoding="utf-8"))
DAYS = json.loads((CASES / "days.json").read_text(encoding="utf-8"))


def library(rows: list[dict[str, Any]]) -> LibraryState:
    return LibraryState().with_videos(video(row["id"], **row) for row in rows)


@pytest.mark.parametrize("case", VIDEOS["names"])
def test_a_video_has_its_name_and_its_url(case: dict[str, Any]):
    one = video(1, **case["video"])
    assert (one.name, one.watch_url) == (case["name"], case["url"])


@pytest.mark.parametrize("case", VIDEOS["folding"], ids=lambda case: case["text"])
def test_texts_are_folded(case: dict[str, Any]):
    assert (fold(case["text"]), tag_key(case["text"])) == (case["folded"], case["key"])


@pytest.mark.parametrize("case", VIDEOS["tags"], ids=lambda case: case["typed"])
def test_typed_tags_are_read(case: dict[str, Any]):
    assert [*split_tags(case["typed"])] == case["tags"]


@pytest.mark.parametrize("case", VIDEOS["searches"], ids=json.dumps)
def test_a_search_shows_matching_videos(case: dict[str, Any]):
    state = library(VIDEOS["library"]).searching(case["query"])
    for tag in case.get("tags", []):
        state = state.toggling(tag)
    state = state.sorted_by(case.get("sort", "newest"))
    assert [one.id for one in state.shown] == case["shown"]


@pytest.mark.parametrize("case", VIDEOS["looks"]["cases"], ids=json.dumps)
def test_the_library_is_filtered(case: dict[str, Any]):
    state = library(VIDEOS["looks"]["library"]).within(case.get("minutes_max"))
    for tag in case.get("chosen", []):
        state = state.toggling(tag)
    for tag in case.get("excluded", []):
        state = state.excluding(tag)
    state = state.with_any(enabled=case.get("any", False)).of_kind(case.get("kinds", "all"))
    assert [one.id for one in state.shown] == case["shown"]
    assert [chip_text(one) for one in state.chips] == case["chips"]


@pytest.mark.parametrize("case", VIDEOS["looks"]["saved"], ids=lambda case: case["query"])
def test_a_saved_search_is_applied(case: dict[str, Any]):
    state = library(VIDEOS["looks"]["library"]).searching("before")
    applied = state.applying(Search(1, "", case["query"]), "2026-11-29")
    assert [one.id for one in applied.shown] == case["shown"]


@pytest.mark.parametrize("case", VIDEOS["looks"]["saves"], ids=json.dumps)
def test_filters_are_saved(case: dict[str, Any]):
    state = library(VIDEOS["looks"]["library"]).sorted_by(case["remembered"])
    search = Search(1, "", case["query"])
    state = state.applying(search, "2026-11-29", case["remembered"])
    assert state.filters("2026-11-29", case["remembered"]) == case["saved"]
    assert state.suggested_name == case["name"]


def chip_text(chip: Chip) -> str:
    if chip.excluded:
        return f"-{chip.name}"
    days = {None: str(chip.videos), "": "never"}
    return f"{chip.name} {days.get(chip.done_on, chip.done_on)}"


@pytest.mark.parametrize("case", CHANGES["cases"], ids=lambda case: case["says"])
def test_changes_are_drawn_over_the_library(case: dict[str, Any]):
    before = state = library(CHANGES["library"])
    for given in case["changes"]:
        action = given["body"].get("action", "change")  # a batch has an action, an edit has none
        kind = KINDS[f"video.{action}"]
        state = Change(kind, given["body"], before.present(given["ids"])).apply_to(state)
    assert [[one.id, one.title, ",".join(one.tags)] for one in state.videos] == case["drawn"]


def test_reads_are_applied_one_after_the_other():
    confirmed = Confirmed()
    for case in READS["reads"]:
        videos = tuple(video(row["id"], **row) for row in case["videos"])
        read = Read(case["since"], case["revision"], "", videos, tuple(case["gone"]))
        confirmed = confirmed.with_read(read)
        shown = LibraryState().with_videos(confirmed.videos.values()).videos
        assert [[one.id, one.title] for one in shown] == case["shown"]
        assert confirmed.revision == case["token"]


@pytest.mark.parametrize("case", READS["waits"], ids=lambda case: case["missing"])
def test_looks_back_off_until_titles_come(case: dict[str, Any]):
    first, *others = case["missing"]
    waits = Waits().noted(first)
    seconds = [waits.seconds]
    for missing in others:
        waits = waits.looked(missing)
        seconds.append(waits.seconds)
    assert seconds == case["seconds"]


@pytest.mark.parametrize("case", DAYS, ids=lambda case: f"{case['locale']} {case['day']}")
def test_a_day_is_written_as_in_the_region(case: dict[str, Any]):
    assert format_day(case["locale"], datetime.fromisoformat(case["at"])) == case["day"]


TRAINING = json.loads((CASES / "training.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", TRAINING["days"], ids=lambda case: case["at"])
def test_a_day_begins_at_three(case: dict[str, Any]):
    assert day_of(datetime.fromisoformat(case["at"])) == case["day"]


@pytest.mark.parametrize("case", TRAINING["ago"], ids=lambda case: case["done_on"])
def test_days_are_counted_as_dates(case: dict[str, Any]):
    assert days_between(case["done_on"], case["today"]) == case["days"]


@pytest.mark.parametrize("case", TRAINING["filters"], ids=json.dumps)
def test_due_videos_are_filtered_and_ordered(case: dict[str, Any]):
    state = library(TRAINING["library"]).within(case.get("minutes_max"))
    state = state.not_since(case.get("not_done_since"))
    assert [one.id for one in state.shown] == case["shown"]
    assert [one.id for one in state.due] == case["due"]


@pytest.mark.parametrize("case", TRAINING["lines"], ids=lambda case: case["en"])
def test_a_card_shows_when_a_video_was_done(case: dict[str, Any]):
    for language in ("en", "de"):
        one = video(1, done_on=case["done_on"], done_count=case["done_count"])
        words = done_words(one, "2026-11-29")
        line = " · ".join(say(language, word, n=n) for word, n in words)
        assert line == case[language]


@pytest.mark.parametrize("case", TRAINING["rests"], ids=json.dumps)
def test_a_video_rests_for_whole_days(case: dict[str, Any]):
    day = days_before("2026-11-29", case["days"] - 1)
    state = library([{"id": 1, "done_on": case["done_on"]}]).not_since(day)
    assert bool(state.shown) is case["fits"]


def test_days_weeks_and_ids_are_computed():
    for case in TRAINING["before"]:
        assert days_before(case["day"], case["days"]) == case["before"]
    for case in TRAINING["weeks"]:
        week = week_of(case["today"])
        assert (week[0], len(week), case["today"] in week) == (case["monday"], 7, True)
    for case in TRAINING["ids"]:
        assert id_at(datetime.fromisoformat(case["at"]), case["random"]) == case["id"]


ENTRIES = json.loads((CASES / "entries.json").read_text(encoding="utf-8"))
NOTES = tuple(Note.from_json(row) for row in ENTRIES["notes"])
WORKOUTS = tuple(Workout.from_json(row) for row in ENTRIES["workouts"])


def entries() -> LibraryState:
    rows = Rows.sort(library(ENTRIES["library"]).videos, NOTES, WORKOUTS)
    return LibraryState().with_rows(rows)


@pytest.mark.parametrize("case", ENTRIES["clocks"], ids=lambda case: case["typed"])
def test_a_typed_time_is_read(case: dict[str, Any]):
    if case.get("fault"):
        with pytest.raises(ValueError, match=re.escape(case["typed"])):
            parse_time(case["typed"])
    else:
        assert parse_time(case["typed"]) == case["seconds"]


@pytest.mark.parametrize("case", ENTRIES["away"], ids=lambda case: case["away_s"])
def test_the_minutes_on_youtube_are_proposed_for_the_workout(case: dict[str, Any]):
    assert minutes_away(case["away_s"], case["minutes"]) == case["asks"]


@pytest.mark.parametrize("case", ENTRIES["playlists"], ids=json.dumps)
def test_the_next_video_of_a_list(case: dict[str, Any]):
    gone = case["gone"]
    found = step_from(case["ids"], case["id"], case["step"], lambda one: one not in gone)
    assert found == case["other"]


@pytest.mark.parametrize("case", ENTRIES["searches"], ids=lambda case: case["query"])
def test_a_search_finds_notes(case: dict[str, Any]):
    assert [one.id for one in entries().searching(case["query"]).shown] == case["shown"]


@pytest.mark.parametrize("case", ENTRIES["changes"], ids=lambda case: case["says"])
def test_notes_and_the_log_are_changed(case: dict[str, Any]):
    state = entries()
    if change := case["change"]:
        kind, row = KINDS[f"{change['noun']}.{change['action']}"], change["row"]
        added = row if change["action"] == "add" else {}
        body = {"id": row["id"], "video_id": row.get("video_id", 1)} | added
        body |= change.get("body", {})
        state = Change(kind, body, state.present([1])).apply_to(state)
    day, count = state.videos[1].done_on, state.videos[1].done_count
    assert [one.id for one in state.notes] == case["notes"]
    assert [one.id for one in state.workouts] == case["log"]
    assert [day, count] == case["done"]
    assert [*state.rows.done("key1")] == case["done"]


def test_reads_apply_notes_and_workouts():
    videos = library(ENTRIES["library"]).videos
    confirmed = Confirmed().with_read(Read(0, 1, "", videos, (), notes=NOTES, workouts=WORKOUTS))
    for case in ENTRIES["reads"]:
        gone = case["gone"]
        read = Read(
            case["since"],
            case["revision"],
            "",
            (),
            tuple(gone["videos"]),
            notes=tuple(Note.from_json(row) for row in case["notes"]),
            gone_notes=tuple(gone["notes"]),
            gone_workouts=tuple(gone["workouts"]),
        )
        confirmed = confirmed.with_read(read)
        kept = {"notes": sorted(confirmed.notes), "workouts": sorted(confirmed.workouts)}
        assert kept == case["kept"]
