"""Limits on one user's imports: open uploads, turns, library size, and crashes."""

import asyncio
from typing import Any

import pytest

from core.errors import DatabaseUnavailable
from core.services.imports import jobs
from core.workers import imports as worker
from core.workers import spool
from tests.support.factories import Service, import_file, link, list_keys, report_of, save
from tests.support.spooled_files import files_of, spool_of

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("is_form", [False, True])
async def test_unfinished_uploads_count_before_their_bodies_are_read(
    service: Service,
    is_form: bool,  # noqa: FBT001  a parameter of the test
):
    lily, go_on, read = service.person("lily"), asyncio.Event(), []
    head = b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n'

    async def slow(number: int) -> Any:
        read.append(number)
        yield (head if is_form else b"") + link("slow-one-01").encode()
        await go_on.wait()
        yield b"\r\n--x--\r\n" if is_form else b"\n"

    kind = {"Content-Type": "multipart/form-data; boundary=x" if is_form else "text/plain"}
    sending = [
        asyncio.create_task(lily.post("/imports", content=slow(number), headers=kind))
        for number in range(4)
    ]
    async with asyncio.timeout(10):
        while len(read) < 4 or len(await files_of(service, lily)) < 4:  # noqa: ASYNC110  a folder has no event
            await asyncio.sleep(0.01)
    refused = await lily.post("/imports", content=slow(4), headers=kind)
    assert (refused.status_code, 4 in read) == (409, False)
    sending[0].cancel()  # the client disconnects
    await asyncio.wait(sending[:1])
    assert len(await files_of(service, lily)) == 3
    go_on.set()
    assert [answer.status_code for answer in await asyncio.gather(*sending[1:])] == [202] * 3
    assert (await import_file(lily, link("slow-one-02").encode()))["state"] == "done"


async def test_an_import_over_the_library_limit_fails_before_it_stores_a_row(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    lily = service.person("lily")
    monkeypatch.setattr(service.app.state.importer, "_most_videos", 5)
    for number in range(3):
        await save(lily, f"present-{number:03}")
    present = "\n".join(link(f"present-{number:03}") for number in (0, 1, 2, 2, 1, 0))
    report = await import_file(lily, present.encode())
    assert (report["state"], report["merged"]) == ("done", 6)
    new = "\n".join(link(f"too-new-{number:03}") for number in range(3))
    report = await import_file(lily, new.encode())
    assert (report["state"], report["imported"]) == ("failed", 0)
    assert "may have 5 videos" in report["error"]
    assert "has 3. This file has 3 rows" in report["error"]
    assert len(await list_keys(lily)) == 3
    report = await import_file(lily, "\n".join(new.split()[:2]).encode())
    assert (report["state"], report["imported"]) == ("done", 2)


async def test_a_long_import_does_not_block_imports_of_other_users(
    own_service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(worker, "MAX_OPEN", 2)
    monkeypatch.setattr(worker, "SHARE_BATCHES", 2)
    lines = "\n".join(link(f"long-{number:06}") for number in range(2_000)).encode()
    long = [
        (p := own_service.person(name), await p.post("/imports", content=lines)) for name in "abc"
    ]
    report = await import_file(own_service.person("lily"), link("a-short-one").encode())
    assert report["state"] == "done"
    states = [(await p.get(begun.headers["location"])).json()["state"] for p, begun in long]
    assert "done" not in states
    for person, begun in long:
        assert (await report_of(person, begun))["imported"] == 2_000


async def test_an_import_that_crashed_two_processes_is_not_retried(own_service: Service):
    lily, spool_ = own_service.person("lily"), spool_of(own_service)
    await own_service.app.state.importer.close()
    begun = await lily.post("/imports", content=link("crash-one-1").encode())
    [name] = await files_of(own_service, lily)
    for crashes in range(2):  # as killed processes leave it
        attempt = spool.Attempt(spool_.folder / name)
        assert attempt.crashes == crashes
        attempt.begin()
    another = worker.Importer(own_service.app.state.database, spool_, 50_000)
    another.start()
    report = await report_of(lily, begun)
    assert (report["state"], report["error"]) == ("failed", jobs.CRASHED.sentence)
    await another.close()
    assert await files_of(own_service, lily) == []


async def test_a_shutdown_or_a_database_error_does_not_count_as_a_crash(
    own_service: Service, monkeypatch: pytest.MonkeyPatch
):
    lily, spool_ = own_service.person("lily"), spool_of(own_service)
    await own_service.app.state.importer.close()
    begun = await lily.post("/imports", content=link("failed-one1").encode())
    owner_id = (await lily.get("/me")).json()["id"]
    database = own_service.app.state.database

    async def fail(*_: object) -> None:
        raise DatabaseUnavailable("The database did not answer.")

    for _ in range(4):
        another = worker.Importer(database, spool_, 50_000)
        with monkeypatch.context() as patched:
            patched.setattr("core.services.imports.work.save_many", fail)
            another._open_files()
            await asyncio.wait([another._busy[owner_id]])
        await another.close()
    another = worker.Importer(database, spool_, 50_000)
    another.start()
    assert (await report_of(lily, begun))["state"] == "done"
    await another.close()
