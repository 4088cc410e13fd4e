"""Notes and workouts in exports and imports: no loss and no duplicates."""

import csv
import io
import json
import re
from typing import Any

import httpx
import pytest

from core.services.imports import training
from tests.support.factories import VIDEO_KEYS, Service, import_file, link, save

pytestmark = pytest.mark.anyio

AWKWARD = "=1+1 </script> [link](x) *bold*\nsecond line \u05d0 🦵"


async def fill(person: httpx.AsyncClient) -> None:
    """Give a user videos with times, notes, a log, and a video in the trash with both."""
    legs = await save(person, VIDEO_KEYS[0], "legs", title="20 min [legs]")
    yoga = await save(person, VIDEO_KEYS[1], "yoga")
    trashed = await save(person, VIDEO_KEYS[2])
    times = {"start_s": 10, "end_s": 610, "duration_s": 1_260}
    assert (await person.patch(f"/videos/{legs['id']}", json=times)).status_code == 200
    for video, note in (
        (legs, {"text": "The whole video"}),
        (legs, {"at_s": 192, "text": AWKWARD}),
        (legs, {"at_s": 3_723, "end_s": 3_730}),
        (trashed, {"text": "in the trash"}),
    ):
        assert (await person.post(f"/videos/{video['id']}/notes", json=note)).status_code == 201
    log: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
        (legs, {"day": "2026-01-04", "minutes": 20, "effort": "hard", "comment": AWKWARD}),
        (legs, {"day": "2026-01-04"}),
        (yoga, {"day": "2026-01-02", "effort": "easy"}),
        (trashed, {"day": "2026-01-03"}),
    )
    # Exports are ordered by id, and ids of one millisecond have a random order.
    for number, (video, workout) in enumerate(log, 1):
        body = {"id": number, "video_id": video["id"], **workout}
        assert (await person.post("/workouts", json=body)).status_code == 201
    await person.delete(f"/videos/{trashed['id']}")


async def export(person: httpx.AsyncClient, format_: str = "json") -> bytes:
    answer = await person.get("/exports", params={"format": format_})
    assert answer.status_code == 200, answer.text
    return answer.content


async def log_of(person: httpx.AsyncClient) -> list[tuple[Any, ...]]:
    listed = (await person.get("/workouts")).json()["workouts"]
    fields = ("video_key", "day", "minutes", "effort", "comment")
    return sorted((tuple(one[name] for name in fields) for one in listed), key=str)


async def test_a_json_export_restores_everything_in_another_library(service: Service):
    lily, lars = service.person("lily"), service.person("lars")
    await fill(lily)
    document = await export(lily)
    assert len(json.loads(document)["workouts"]) == 4
    report = await import_file(lars, document)
    assert (report["imported"], report["failed_count"], report["changed"]) == (7, 0, [])
    assert await export(lars) == document
    for path in ("/notes", "/workouts"):
        theirs, mine = [(await one.get(path)).json() for one in (lily, lars)]
        for each in (*theirs.get("workouts", ()), *mine.get("workouts", ())):
            each.pop("video_id")
        assert theirs == mine
    [video] = (await lars.get("/videos", params={"tags": "legs"})).json()["videos"]
    assert (video["done_on"], video["done_count"], video["minutes"]) == ("2026-01-04", 2, 10)


@pytest.mark.parametrize("format_", ["json", "workouts"])
async def test_each_character_that_the_api_accepts_is_restored(service: Service, format_: str):
    lily, lars = service.person("lily"), service.person("lars")
    text = "a\tb\rc\r\nd\u2028e\u2029f\n\n  g\u00a0h"
    video = await save(lily, VIDEO_KEYS[0])
    note = {"at_s": 3, "text": text}
    assert (await lily.post(f"/videos/{video['id']}/notes", json=note)).is_success
    workout = {"video_id": video["id"], "day": "2026-01-04", "comment": text}
    assert (await lily.post("/workouts", json=workout)).json()["comment"] == text
    document = await export(lily, format_)
    report = await import_file(lars, document)
    assert (report["failed"], report["changed"]) == ([], [])
    assert await export(lars, format_) == document


async def test_a_second_import_adds_no_duplicates(service: Service):
    lily = service.person("lily")
    await fill(lily)
    document = await export(lily)
    etag = (await lily.get("/videos")).headers["etag"]
    report = await import_file(lily, document)
    assert (report["imported"], report["merged"]) == (0, 7)
    assert await export(lily) == document
    assert (await lily.get("/videos")).headers["etag"] == etag


async def test_a_table_of_workouts_round_trips(service: Service):
    lily, lars = service.person("lily"), service.person("lars")
    await fill(lily)
    table = await export(lily, "workouts")
    rows = [*csv.DictReader(io.StringIO(table.decode("utf-8-sig")))]
    assert [row["day"] for row in rows] == ["2026-01-04", "2026-01-04", "2026-01-02", "2026-01-03"]
    assert rows[0]["comment"].startswith("'=1+1"), "a spreadsheet would run it"
    await save(lars, VIDEO_KEYS[0])
    report = await import_file(lars, table)
    assert (report["imported"], report["failed_count"], report["changed"]) == (4, 0, [])
    assert await log_of(lars) == await log_of(lily)
    assert (await lars.get("/videos")).json()["videos"][0]["done_count"] == 2
    assert (await lars.get("/videos")).json()["count"] == 1, "a row of the log must save no video"
    assert (await import_file(lars, table))["merged"] == 4


async def test_a_table_without_ids_adds_only_days_that_are_not_logged_yet(service: Service):
    lily = service.person("lily")
    video = await save(lily, VIDEO_KEYS[0])
    await lily.post("/workouts", json={"video_id": video["id"], "day": "2026-01-02"})
    table = "\n".join(
        ["day,url,minutes", *(f"{day},{link(VIDEO_KEYS[0])},20" for day in (
            "2026-01-02", "2026-01-03", "2026-01-03"
        ))]
    )  # fmt: skip
    report = await import_file(lily, table.encode())
    assert (report["imported"], report["merged"]) == (2, 1)
    assert (await import_file(lily, table.encode()))["merged"] == 3
    assert (await lily.get(f"/videos/{video['id']}")).json()["done_count"] == 3


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("2026-02-30,{link},,", "no-day-of-a-workout"),
        ("2004-12-31,{link},,", "no-day-of-a-workout"),
        ("9999-01-01,{link},,", "no-day-of-a-workout"),
        (",{link},,", "no-day-of-a-workout"),
        ("2026-01-04,https://example.com/,,", "not-a-youtube-link"),
    ],
)
async def test_a_row_without_a_day_or_a_video_is_reported(service: Service, row: str, code: str):
    lily = service.person("lily")
    table = f"day,url,minutes,effort\n{row.format(link=link(VIDEO_KEYS[0]))}"
    report = await import_file(lily, table.encode())
    assert [one["codes"] for one in report["failed"]] == [[code]]
    assert await log_of(lily) == []


async def test_unreadable_values_of_a_workout_are_dropped_and_reported(service: Service):
    lily = service.person("lily")
    table = f"day,url,minutes,effort\n2026-01-04,{link(VIDEO_KEYS[0])},long,very"
    report = await import_file(lily, table.encode())
    assert await log_of(lily) == [(VIDEO_KEYS[0], "2026-01-04", None, None, None)]
    assert {code for one in report["changed"] for code in one["codes"]} == {
        "workout-detail-left-out"
    }


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("11/03/2025", "11/28/2025"),
        ("03/11/2025", "28/11/2025"),
        ("03.11.2025", "28.11.2025"),
        ("2025-11-3", "2025-11-28"),
        ("2025-11-03 Monday", "2025-11-28, morning"),
        ("2025-11-03T23:30:00-05:00", "2025-11-28T00:30:00+05:00"),
        ("3 November 2025", "Nov 28, 2025"),
    ],
)
async def test_days_are_read_as_a_spreadsheet_writes_them(service: Service, first: str, other: str):
    lily = service.person("lily")
    rows = [f'"{day}",{link(VIDEO_KEYS[0])},"20,0",Hard' for day in (first, other)]
    report = await import_file(lily, "\n".join(["day,url,minutes,effort", *rows]).encode())
    assert (report["imported"], report["changed"]) == (2, [])
    assert await log_of(lily) == [
        (VIDEO_KEYS[0], day, 20, "hard", None) for day in ("2025-11-03", "2025-11-28")
    ]


async def test_an_ambiguous_day_of_a_workout_is_reported(service: Service):
    lily = service.person("lily")
    table = f"day,url,minutes\n11/03/2025,{link(VIDEO_KEYS[0])},20.0\n".encode()
    report = await import_file(lily, table)
    assert [one["codes"] for one in report["failed"]] == [["no-day-of-a-workout"]]


async def test_our_table_that_a_spreadsheet_rewrote_restores_the_log(service: Service):
    lily, lars = service.person("lily"), service.person("lars")
    await fill(lily)
    rows = [*csv.DictReader(io.StringIO((await export(lily, "workouts")).decode("utf-8-sig")))]
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys(), delimiter=";")
    writer.writeheader()
    for row in rows:
        year, month, day = row["day"].split("-")
        minutes = f"{row['minutes']},0" if row["minutes"] else ""
        written = {"day": f"{day}.{month}.{year}", "minutes": minutes}
        writer.writerow(row | written | {"effort": row["effort"].title()})
    report = await import_file(lars, out.getvalue().encode())
    assert (report["imported"], report["failed"], report["changed"]) == (4, [], [])
    assert await log_of(lars) == await log_of(lily)


async def test_notes_over_the_limit_are_dropped_and_reported(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    lily, lars = service.person("lily"), service.person("lars")
    await fill(lily)
    monkeypatch.setattr(training, "MAX_NOTES", 2)
    report = await import_file(lars, await export(lily))
    assert {code for one in report["changed"] for code in one["codes"]} == {"notes-beyond-limit"}
    assert (await lars.get("/notes")).json()["count"] == 2


async def test_workouts_over_the_limit_are_reported(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    lily, lars = service.person("lily"), service.person("lars")
    await fill(lily)
    monkeypatch.setattr(training, "MAX_WORKOUTS", 3)
    report = await import_file(lars, await export(lily))
    assert [one["codes"] for one in report["failed"]] == [["log-is-full"]]
    assert len(await log_of(lars)) == 3


async def test_notes_are_exported_as_markdown(service: Service):
    lily = service.person("lily")
    await fill(lily)
    text = (await export(lily, "notes")).decode()
    url = link(VIDEO_KEYS[0])
    assert text == (
        "# Notes\n\n"
        f"## [20 min \\[legs\\]]({url})\n\n"
        "- The whole video\n"
        f"- [3:12]({url}&t=192s) =1\\+1 \\</script\\> \\[link\\]\\(x\\) \\*bold\\*\n"
        "  second line \u05d0 🦵\n"
        f"- [1:02:03-1:02:10]({url}&t=3723s)\n"
    )


async def test_a_note_at_the_beginning_comes_after_those_without_a_moment(service: Service):
    lily = service.person("lily")
    video = await save(lily, VIDEO_KEYS[0])
    for number, at_s in enumerate((0, None, 1), 1):
        note = {"id": number, "at_s": at_s, "text": f"Note {number}"}
        assert (await lily.post(f"/videos/{video['id']}/notes", json=note)).is_success
    text = (await export(lily, "notes")).decode()
    assert re.findall(r"Note (\d)", text) == ["2", "1", "3"]


async def test_exports_have_file_names_and_no_rows_of_another_user(service: Service):
    lily, lars = service.person("lily"), service.person("lars")
    await fill(lily)
    for format_, ending in (("notes", ".md"), ("workouts", ".csv"), ("json", ".json")):
        answer = await lars.get("/exports", params={"format": format_})
        assert f'{ending}"' in answer.headers["content-disposition"]
        assert "2026-01-0" not in answer.text
        assert VIDEO_KEYS[0] not in answer.text
