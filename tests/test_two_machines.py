"""Two machines that share one PostgreSQL; each has its own folder for files of imports."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from core.services.imports import jobs
from tests.support.factories import Service, link, list_keys, report_of, run_service
from tests.support.spooled_files import files_of, spool_of
from tests.support.tokens import SigningKey

pytestmark = pytest.mark.anyio

ROWS = 1_000


@pytest.fixture
def shared_url(new_database_url: Callable[[str], str]) -> str:
    return new_database_url("postgresql")


@pytest.fixture
async def machines(
    shared_url: str, signing_key: SigningKey, tmp_path: Path
) -> AsyncIterator[tuple[Service, Service]]:
    folders = [str(tmp_path / name) for name in ("a", "b")]
    async with (
        run_service(shared_url, signing_key, CORE_IMPORT_FOLDER=folders[0]) as first,
        run_service(shared_url, signing_key, CORE_IMPORT_FOLDER=folders[1]) as second,
    ):
        yield first, Service(second.app, signing_key, first.number)


def links(first: str) -> bytes:
    return "\n".join(link(f"{first}-{number:06}") for number in range(ROWS)).encode()


async def state_of(person: httpx.AsyncClient, begun: httpx.Response) -> str:
    state: str = (await person.get(begun.headers["location"])).json()["state"]
    return state


async def test_either_machine_answers_about_every_import(machines: tuple[Service, Service]):
    here, there = (machine.person("lily") for machine in machines)
    begun = [await person.post("/imports", content=links(name)) for person, name in
             ((here, "here"), (there, "away"))]  # fmt: skip
    states: set[str] = set()
    while states != {"done"}:
        states = {await state_of(person, one) for person in (here, there) for one in begun}
        assert states <= {"waiting", "running", "done"}
    for person in (here, there):
        for one in begun:
            assert (await report_of(person, one))["imported"] == ROWS
        assert (await person.get("/me")).json()["videos"] == 2 * ROWS


async def test_a_machine_does_not_process_files_of_another_one(machines: tuple[Service, Service]):
    here, there = (machine.person("lily") for machine in machines)
    await machines[0].app.state.importer.close()  # this machine is down for a while
    begun = await here.post("/imports", content=link("waiting-one").encode())
    done = await there.post("/imports", content=link("another-one").encode())
    assert (await report_of(there, done))["state"] == "done"
    assert await state_of(there, begun) == "waiting"
    assert await list_keys(there) == ["another-one"]
    assert len(await files_of(machines[0], here)) == 1


async def test_a_file_that_another_machine_never_imports_counts_as_lost(
    machines: tuple[Service, Service], monkeypatch: pytest.MonkeyPatch
):
    here, there = (machine.person("lily") for machine in machines)
    await machines[0].app.state.importer.close()
    begun = await here.post("/imports", content=link("waiting-one").encode())
    for name in await files_of(machines[0], here):
        (spool_of(machines[0]).folder / name).unlink()
    assert await state_of(here, begun) == "failed"
    assert await state_of(there, begun) == "waiting"
    monkeypatch.setattr(jobs, "LOST_AFTER", timedelta(0))
    assert await state_of(there, begun) == "failed"
