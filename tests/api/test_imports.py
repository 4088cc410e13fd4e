"""`/imports`: files imported over HTTP, on both databases."""

import asyncio
import json
import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.services.imports import jobs, work
from core.services.users import lock
from core.workers import imports as worker
from core.workers import spool
from tests.support.factories import Service, import_file, link, list_keys, report_of, save
from tests.support.spooled_files import files_of, spool_of

pytestmark = pytest.mark.anyio

DATA = Path(__file__).parents[1] / "data"
MIB = 1024 * 1024


async def library(person: httpx.AsyncClient) -> Any:
    return (await person.get("/exports")).json()["videos"]


async def test_takeout_is_imported_with_dates_and_with_playlists_as_tags(service: Service):
    lily = service.person("lily")
    report = await import_file(lily, (DATA / "takeout.zip").read_bytes())
    counts = {name: report[name] for name in ("total", "imported", "merged", "failed_count")}
    assert counts == {"total": 9, "imported": 7, "merged": 1, "failed_count": 1}
    assert report["failed"] == [
        {
            "line": 4,
            "text": "Rücken, Schulter-videos.csv: not a key",
            "reason": "There is no web link here. Paste the link of a YouTube video.",
            "codes": ["no-link"],
        }
    ]
    [video] = (await lily.get("/videos", params={"tags": "workout,rücken"})).json()["videos"]
    assert video["video_key"] == "gC_L9qAHVJ8"
    assert video["created_at"] == "2021-07-11T16:30:15.000Z"
    assert video["tags"] == "Workout,Rücken,Schulter"


async def test_bookmarks_keep_titles_tags_dates_and_start_times(service: Service):
    lily = service.person("lily")
    report = await import_file(lily, (DATA / "linkding.html").read_bytes())
    assert [row["text"] for row in report["failed"]] == ["https://example.org/not-a-video"]
    [video] = (await lily.get("/videos", params={"tags": "hiit"})).json()["videos"]
    assert video["title"] == '30-Minute HIIT <no equipment> & "warm up"'
    assert (video["start_s"], video["created_at"]) == (95, "2021-05-04T10:20:30.000Z")


@pytest.mark.parametrize("name", ["takeout.zip", "takeout-old.csv", "linkding.html", "links.txt"])
async def test_the_same_file_again_changes_nothing(service: Service, name: str):
    lily, content = service.person("lily"), (DATA / name).read_bytes()
    first = await import_file(lily, content)
    before = await lily.get("/videos")
    second = await import_file(lily, content)
    after = await lily.get("/videos")
    assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])
    assert second["imported"] == 0
    assert second["merged"] == first["imported"] + first["merged"]
    assert second["failed"] == first["failed"]


async def test_a_form_upload_is_accepted_and_gives_the_file_name(service: Service):
    lily = service.person("lily")
    rows = b"Video ID,Time\nml6cT4AZdqI,2020-03-01T10:00:00+00:00\n"
    begun = await lily.post("/imports", files={"any": ("Leg day-videos.csv", rows)})
    assert begun.status_code == 202
    assert begun.json()["name"] == "Leg day-videos.csv"
    await asyncio.sleep(0)
    report = await import_file(lily, rows)
    assert report["merged"] == 1
    assert await list_keys(lily, tags="leg day") == ["ml6cT4AZdqI"]


async def test_an_import_merges_as_a_save_does(service: Service):
    lily = service.person("lily")
    kept = await save(lily, "kept-video1", "Mine", title="My own title")
    trashed = await save(lily, "trashed-one")
    await lily.delete(f"/videos/{trashed['id']}")
    rows = [
        {"url": link("kept-video1"), "title": "Theirs", "tags": ["mine", "new"], "start_s": 7},
        {"url": link("trashed-one"), "created_at": "2020-01-01T00:00:00Z"},
    ]
    report = await import_file(lily, json.dumps(rows).encode())
    assert (report["imported"], report["merged"]) == (0, 2)
    after = (await lily.get(f"/videos/{kept['id']}")).json()
    assert (after["title"], after["tags"], after["start_s"]) == ("My own title", "Mine,new", 7)
    assert after["created_at"] == kept["created_at"]
    assert (await lily.get(f"/videos/{trashed['id']}")).json()["created_at"] == trashed[
        "created_at"
    ]


async def test_an_import_adds_no_start_after_the_end_and_no_end_before_the_start(service: Service):
    lily = service.person("lily")
    ends = await save(lily, "ends-at-60s")
    await lily.patch(f"/videos/{ends['id']}", json={"end_s": 60})
    await save(lily, "starts-at90", start_s=90)
    rows = [
        {"url": link("ends-at-60s"), "start_s": 60},
        {"url": link("starts-at90"), "end_s": 90},
        {"url": link("both-given1"), "end_s": 60},
        {"url": link("both-given1"), "start_s": 60},
    ]
    await import_file(lily, json.dumps(rows).encode())
    before = (await lily.get("/exports")).content
    times = [(each["start_s"], each["end_s"]) for each in json.loads(before)["videos"]]
    assert sorted(times, key=str) == [(90, None), (None, 60), (None, 60)]
    lars = service.person("lars")
    await import_file(lars, before)
    assert (await lars.get("/exports")).content == before


async def test_values_over_a_limit_are_cut_and_reported(service: Service):
    lily = service.person("lily")
    row = {
        "url": link("too-much-01"),
        "title": "x" * 301 + "\u0000",
        "tags": ["y" * 65, *(f"tag {number}" for number in range(60))],
        "created_at": "2999-01-01T00:00:00Z",
        "start_s": -1,
    }
    report = await import_file(lily, json.dumps([row]).encode())
    assert (report["imported"], report["changed_count"]) == (1, 1)
    [video] = await library(lily)
    assert (len(video["title"]), len(video["tags"].split(","))) == (300, 50)
    for reason in ("title was cut to 300", "tag was cut to 64", "beyond 50", "future", "start"):
        assert reason in report["changed"][-1]["reason"]
    codes = [
        "date-in-future", "title-cut", "title-cleaned", "tag-cut", "start-left-out",
        "tags-left-out",
    ]  # fmt: skip
    assert report["changed"][-1]["codes"] == codes
    kinds = report["changed"][:-1]
    assert [kind["codes"] for kind in kinds] == [[code] for code in codes]


async def test_a_report_begins_with_the_kinds_of_change_and_their_counts(service: Service):
    lily = service.person("lily")
    rows = [
        {"url": link(f"kinds-no{n:03}"), "note": "mine" if n < 5 else "", "created_at": date}
        for n, date in enumerate(["2020-01-01"] * 4 + ["45050", "5/4/2023"] + ["2020-01-01"] * 400)
    ]
    rows += [{"url": "https://example.com/", "note": "not imported"}]
    report = await import_file(lily, json.dumps(rows).encode())
    assert (report["changed_count"], report["failed_count"]) == (6, 1)
    kinds = [(one["count"], one["codes"]) for one in report["changed"] if "count" in one]
    assert kinds == [(5, ["note-left-out"]), (1, ["date-unreadable"]), (1, ["date-ambiguous"])]
    assert [one["line"] for one in report["changed"]] == [0, 0, 0, 1, 2, 3, 4, 5, 6]
    assert report["changed"][0]["reason"] == "The note was left out."


async def test_skipped_files_of_an_archive_are_named_with_their_reason(service: Service):
    report = await import_file(service.person("lily"), (DATA / "takeout.zip").read_bytes())
    assert [(one["line"], one["text"], one["codes"]) for one in report["changed"]] == [
        (0, "Takeout/YouTube and YouTube Music/history/watch-history.html", ["file-with-history"]),
        (0, "Takeout/archive_browser.html", ["file-without-playlist"]),
    ]


async def test_rows_without_a_date_keep_the_order_of_the_file(service: Service):
    lily = service.person("lily")
    keys = [f"in-order-{number:02}" for number in range(40)]
    await import_file(lily, "\n".join(map(link, keys)).encode())
    assert await list_keys(lily) == keys


async def test_a_file_over_the_row_limit_imports_nothing(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(work, "MAX_ENTRIES", 3)
    lily = service.person("lily")
    lines = [link(f"too-many-{number:02}") for number in range(4)]
    report = await import_file(lily, "\n".join(lines).encode())
    assert (report["state"], report["total"]) == ("failed", None)
    assert report["error"] == "This file has more than 3 rows. Cut it into several."
    assert report["error_code"] == "too-many-rows"
    assert await list_keys(lily) == []
    assert (await import_file(lily, "\n".join(lines[1:]).encode()))["imported"] == 3


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("csv", b"garbage"),
        ("text", b"\n"),
        ("html", b"<p>garbage"),
        ("json", b'{"a": 1}'),
    ],
)
async def test_a_file_without_an_entry_of_the_named_format_fails_with_a_reason(
    service: Service, kind: str, content: bytes
):
    report = await import_file(service.person("lily"), content, format=kind)
    assert (report["state"], report["error"]) == ("failed", work.NOTHING)


async def test_a_report_keeps_the_first_thousand_rows_and_counts_all(service: Service):
    lily = service.person("lily")
    lines = "\n".join(f"https://example.com/{number}" for number in range(1_100))
    report = await import_file(lily, lines.encode())
    assert (report["total"], report["failed_count"], len(report["failed"])) == (1_100, 1_100, 1_000)
    assert report["failed"][-1]["line"] == 1_000


async def test_a_truncated_upload_imports_nothing(service: Service):
    lily = service.person("lily")
    report = await import_file(lily, b'{"videos":[{"url":"https://youtu.be/ml6cT4AZdqI"},')
    assert (report["state"], report["error"]) == ("failed", "This file is not valid JSON.")
    assert await list_keys(lily) == []


@pytest.mark.parametrize("kind", ["", "takeout", "json"])
async def test_a_request_without_a_file_is_refused(service: Service, kind: str):
    lily = service.person("lily")
    query = {"format": kind} if kind else {}
    bodies: list[dict[str, Any]] = [{}, {"files": {"any": ("empty.txt", b"")}}]
    for sent in bodies:
        answer = await lily.post("/imports", params=query, **sent)
        assert (answer.status_code, answer.json()["detail"]) == (422, jobs.EMPTY)
    assert await files_of(service, lily) == []


@pytest.mark.parametrize("content", [b"just words", b"<html></html>", b"\x89PNG\r\n\x1a\n\x00"])
async def test_an_unreadable_file_fails_with_a_sentence_and_leaves_no_file(
    service: Service, content: bytes
):
    lily = service.person("lily")
    answer = await lily.post("/imports", content=content)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("This file holds nothing that can be imported.")
    assert await files_of(service, lily) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no form",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\na field\r\n--x--\r\n',
        b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\na\r\n' * 2,
    ],
    ids=["nothing", "none", "field", "two"],
)
@pytest.mark.parametrize("kind", ["Multipart/Form-Data; boundary=x", "multipart/form-data"])
async def test_a_form_that_is_not_one_file_is_refused(service: Service, content: bytes, kind: str):
    lily = service.person("lily")
    answer = await lily.post("/imports", content=content, headers={"Content-Type": kind})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("Send one file")


@pytest.mark.parametrize("charset", ["undefined", "none-such", "hex"])
async def test_a_form_with_an_unknown_charset_is_no_500(service: Service, charset: str):
    form = '--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\na\r\n--x--\r\n'
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    answer = await service.person("lily").post(
        "/imports", content=form.encode(), headers={"Content-Type": kind}
    )
    assert answer.status_code == 422


async def test_a_form_upload_on_a_full_disk_is_refused(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(spool, "RESERVED_BYTES", 2**62)
    lily = service.person("lily")
    answer = await lily.post("/imports", files={"any": ("a.txt", b" " * 3 * MIB)})
    assert (answer.status_code, answer.json()["detail"]) == (507, jobs.NO_ROOM)


async def test_a_slow_upload_does_not_block_other_users(service: Service):
    spool = spool_of(service)
    with ExitStack() as sending:
        for slow in ("lars", "anna"):
            owner_id = (await service.person(slow).get("/me")).json()["id"]
            spooled = sending.enter_context(spool.create(owner_id))
            os.utime(spooled.path, (0, 0))
        report = await import_file(service.person("lily"), link("waiting-one").encode())
        assert report["state"] == "done"
        sending.pop_all().close()
    for slow in ("lars", "anna"):
        spool.remove_all_of((await service.person(slow).get("/me")).json()["id"])


async def test_uploads_over_64_mib_or_without_a_token_are_refused(service: Service):
    async def endless(most: int, sent: list[int]) -> Any:
        for _ in range(most):
            sent.append(1)
            yield b" " * MIB

    lily = service.person("lily")
    sent: list[int] = []
    answer = await lily.post("/imports", content=endless(70, sent))
    assert answer.status_code == 413
    assert "64 MiB" in answer.json()["detail"]
    assert len(sent) <= 66
    refused: list[int] = []
    answer = await service.client().post("/imports", content=endless(70, refused))
    assert (answer.status_code, len(refused)) == (401, 0)
    assert (await lily.post("/videos", content=b" " * (MIB + 1))).status_code in {413, 422}
    assert await files_of(service, lily) == []


async def test_a_user_has_at_most_four_unfinished_imports(own_service: Service):
    lily = own_service.person("lily")
    await own_service.app.state.importer.close()  # so that the imports wait
    content = link("waiting-one").encode()
    answers = [await lily.post("/imports", content=content) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [202] * 4 + [409]
    assert (await own_service.person("lars").post("/imports", content=content)).status_code == 202


async def test_shutdown_cancels_a_stuck_batch_and_the_next_start_resumes_the_import(
    own_service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(worker, "PATIENCE_S", 0.1)
    lily, database = own_service.person("lily"), own_service.app.state.database
    await own_service.app.state.importer.close()
    begun = await lily.post("/imports", content=link("waiting-one").encode())
    owner_id = (await lily.get("/me")).json()["id"]
    stuck, another = (worker.Importer(database, spool_of(own_service), 50_000) for _ in range(2))
    async with database.write(owner_id) as session:
        await lock(session, owner_id)
        stuck._open_files()
        async with asyncio.timeout(5):
            await stuck.close()
    assert await list_keys(lily) == []
    another.start()
    assert (await report_of(lily, begun))["imported"] == 1
    await another.close()


async def test_erasing_a_user_removes_imports_and_files(own_service: Service):
    lily = own_service.person("lily")
    await own_service.app.state.importer.close()
    await lily.post("/imports", content=link("waiting-one").encode())
    [name] = await files_of(own_service, lily)
    assert (await lily.delete("/me")).status_code == 204
    assert not spool_of(own_service).has(name)


async def test_an_upload_is_refused_when_its_user_is_erased_during_it(service: Service):
    lily = service.person("lily")

    async def sent() -> Any:
        yield link("half-way-01").encode()
        assert (await lily.delete("/me")).status_code == 204

    answer = await lily.post("/imports", content=sent())
    assert (answer.status_code, answer.json()["title"]) == (403, "Account closed")


async def test_an_import_whose_file_is_lost_fails_with_a_reason(own_service: Service):
    lily = own_service.person("lily")
    await own_service.app.state.importer.close()
    begun = await lily.post("/imports", content=link("waiting-one").encode())
    assert begun.json()["state"] == "waiting"
    for name in await files_of(own_service, lily):
        (spool_of(own_service).folder / name).unlink()
    report = (await lily.get(begun.headers["location"])).json()
    assert (report["state"], report["error"]) == ("failed", jobs.LOST.sentence)
    assert report["error_code"] == "lost-file"


async def test_the_last_ten_imports_are_kept(service: Service):
    lily = service.person("lily")
    reports = [await import_file(lily, link("one-video-1").encode()) for _ in range(12)]
    statuses = [(await lily.get(f"/imports/{one['id']}")).status_code for one in reports]
    assert statuses == [404] * 2 + [200] * 10
