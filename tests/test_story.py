"""Three users of a real service over HTTP, with a power cut; and many kills."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from core.database.sqlite import connect_sqlite
from devclerk.command import app as dev_command
from tests.support.databases import NewDatabaseUrl
from tests.support.factories import ISSUER, ORIGIN, environ_for, link
from tests.support.servers import PATIENCE_S, Server, run_server
from tests.support.soak import size
from tests.support.tokens import SigningKey, mint, session_claims

pytestmark = pytest.mark.anyio

NAMES = ("Chris", "Lily", "Lars")
DATA = Path(__file__).parent / "data"
LINKS = (DATA / "links.txt").read_text(encoding="utf-8").splitlines()
NOT_LINKS = (DATA / "not-links.txt").read_text(encoding="utf-8").splitlines()
VIDEOS_IN_LINKS = 16

Tokens = Callable[[str], str]


@dataclass
class Person:
    """A user with their acknowledged saves: the tags of each video, by video key."""

    name: str
    http: httpx.AsyncClient
    library: dict[str, list[str]] = field(default_factory=dict)
    trash: dict[str, list[str]] = field(default_factory=dict)
    unanswered: dict[str, list[str]] = field(default_factory=dict)

    async def save(self, text: str, *tags: str) -> Any:
        answer = await self.http.post("/videos", json={"url": text, "tags": tags})
        video = answer.json()
        known = self.library.setdefault(video["video_key"], [])
        assert answer.status_code == (200 if known else 201), answer.text
        known += [tag for tag in tags if tag not in known]
        assert video["tags"].split(",") == known
        return video

    async def videos(self, **query: Any) -> list[Any]:
        answer = await self.http.get("/videos", params=query)
        assert answer.status_code == 200, answer.text
        found: list[Any] = answer.json()["videos"]
        return found

    async def keys(self, **query: Any) -> list[str]:
        return [video["video_key"] for video in await self.videos(**query)]

    def carrying(self, *tags: str) -> set[str]:
        return {key for key, carried in self.library.items() if set(tags) <= set(carried)}

    async def check(self) -> None:
        """Compare all answers of the service with its acknowledged saves."""
        found = {video["video_key"]: video["tags"].split(",") for video in await self.videos()}
        for key, tags in self.unanswered.items():  # stored whole or not at all
            if key in found:
                self.library[key] = tags
        self.unanswered = {}
        assert found == self.library
        in_trash = await self.videos(deleted="true")
        assert {video["video_key"]: video["tags"].split(",") for video in in_trash} == self.trash
        counts = Counter(tag for tags in self.library.values() for tag in tags)
        answered = (await self.http.get("/tags")).json()["tags"]
        assert {tag["name"]: tag["videos"] for tag in answered} == counts


@asynccontextmanager
async def visit(server: Server, people: dict[str, Person], tokens: Tokens) -> AsyncIterator[None]:
    """Connect every user to the running server; create new users."""
    async with AsyncExitStack() as stack:
        for name in NAMES:
            headers = {"Authorization": f"Bearer {tokens(name)}"}
            client = httpx.AsyncClient(
                base_url=server.url, headers=headers, trust_env=False, timeout=PATIENCE_S
            )
            await stack.enter_async_context(client)
            people.setdefault(name, Person(name, client)).http = client
        yield


async def save_until_killed(server: Server, people: dict[str, Person], after: int) -> None:
    """Kill the server after `after` more acknowledged saves, during other saves."""
    acknowledged = count(1)

    async def save_many(person: Person, lane: int) -> None:
        for number in count():
            process = server.process.pid % 10_000
            key = f"{person.name[:2]}{lane % 10}{process:04}{number:04}"
            tags = [person.name, "late"]
            person.unanswered[key] = tags
            try:
                await person.save(link(key), *tags)
            except httpx.TransportError:
                person.library.pop(key, None)
                return
            del person.unanswered[key]
            if next(acknowledged) == after:
                server.kill()

    lanes = [save_many(person, lane) for person in people.values() for lane in range(3)]
    await asyncio.gather(*lanes)
    assert server.process.returncode == -9
    assert any(person.unanswered for person in people.values())


# ------------------------------------------------------------------------- the story


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run in an empty folder, without settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("CORE_ENV", "CLERK_JWT_KEY", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def dev_token(name: str) -> str:
    result = CliRunner().invoke(dev_command, ["token", name, "--lifetime", "600"])
    assert result.exit_code == 0, result.stderr
    return result.stdout.strip()


@contextmanager
def dev(folder: Path) -> Iterator[Server]:
    with run_server(folder, "dev", "--port", "0", "--clerk-port", "0") as server:
        yield server


async def test_three_users_of_one_service_lose_nothing_in_a_power_cut(folder: Path):
    people: dict[str, Person] = {}
    with dev(folder) as server:
        async with visit(server, people, dev_token):
            await asyncio.gather(*map(save_the_links, people.values()))
            await look_around(people)
            await asyncio.gather(*map(tidy_up, people.values()))
            await look_around(people)
            await save_until_killed(server, people, after=30)
    with dev(folder) as server:
        async with visit(server, people, dev_token):
            await look_around(people)
            await asyncio.gather(*map(bring_back, people.values()))
            await look_around(people)
            await requests_without_a_token_are_refused(server)


async def save_the_links(person: Person) -> None:
    for number, text in enumerate(LINKS):
        video = await person.save(text, person.name, "all", f"{person.name} {number % 3}")
        assert video["url"].startswith(("https://", "http://"))
        assert video["video_key"] in video["thumbnail_url"]
        assert video["title"] in {None, "20 min full body"}  # the title that a phone shares
    assert len(person.library) == VIDEOS_IN_LINKS
    for text in NOT_LINKS:
        answer = await person.http.post("/videos", json={"url": text, "tags": ["never"]})
        assert answer.status_code == 422
        assert answer.json()["detail"]


async def look_around(people: dict[str, Person]) -> None:
    """Every user finds their own videos by every filter, and none of another user."""
    for person in people.values():
        await person.check()
        others = [other for other in people.values() if other is not person]
        await ask_in_many_ways(person)
        for other in others:
            assert await person.keys(tags=other.name) == []
            assert await person.keys(tags=f"{person.name},{other.name}") == []
            query = {"tags": f"{person.name},{other.name}", "match": "any"}
            assert set(await person.keys(**query)) == person.carrying(person.name)
            await use_another_user_s_id(person, (await other.videos(limit=1))[0])


async def ask_in_many_ways(person: Person) -> None:
    name = person.name
    for tags in ([name], ["all"], ["all", f"{name} 1"], [f"{name} 0", f"{name} 2"], ["ALL"]):
        expected = person.carrying(*map(str.lower, tags) if tags == ["ALL"] else tags)
        assert set(await person.keys(tags=",".join(tags))) == expected
    newest = await person.keys()
    assert newest == (await person.keys(sort="oldest"))[::-1]
    assert set(await person.keys(q="shorts")) == {"BGQWPY4IigY"} & person.library.keys()
    assert set(await person.keys(q=f"{name.upper()} youtu")) == person.carrying(name)
    pages, query = [], {"limit": "7"}
    while query.get("cursor", "first"):
        page = (await person.http.get("/videos", params=query)).json()
        pages += [video["video_key"] for video in page["videos"]]
        query["cursor"] = page["next_cursor"]
    assert pages == newest
    drilled = (await person.http.get("/tags", params={"with": f"all,{name} 1"})).json()["tags"]
    assert {tag["name"]: tag["videos"] for tag in drilled} == Counter(
        tag for key in person.carrying("all", f"{name} 1") for tag in person.library[key]
    )


async def use_another_user_s_id(person: Person, video: Any) -> None:
    path = f"/videos/{video['id']}"
    for method, address in (("GET", path), ("DELETE", path), ("POST", f"{path}/restore")):
        assert (await person.http.request(method, address)).status_code == 404
    assert (await person.http.patch(path, json={"title": "Mine now"})).status_code == 404


async def tidy_up(person: Person) -> None:
    """Delete some videos, and change the title and tags of others."""
    for number, video in enumerate(await person.videos(tags="all", sort="oldest")):
        key, path = video["video_key"], f"/videos/{video['id']}"
        if number % 3 == 0:
            assert (await person.http.delete(path)).status_code == 204
            person.trash[key] = person.library.pop(key)
        elif number % 3 == 1:
            change = {"title": f"No. {number}", "add_tags": ["seen"], "remove_tags": ["all"]}
            assert (await person.http.patch(path, json=change)).status_code == 200
            person.library[key] = [*person.library[key], "seen"]
            person.library[key].remove("all")


async def bring_back(person: Person) -> None:
    titled = [video["title"] for video in await person.videos(tags="seen", sort="title")]
    assert titled == sorted(titled)
    assert len(titled) > 3
    for video in await person.videos(deleted="true"):
        assert (await person.http.post(f"/videos/{video['id']}/restore")).status_code == 200
        person.library[video["video_key"]] = person.trash.pop(video["video_key"])


async def requests_without_a_token_are_refused(server: Server) -> None:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        assert (await client.get("/health")).status_code == 200
        for path in ("/videos", "/tags", "/videos/1"):
            assert (await client.get(path)).status_code == 401


# ------------------------------------------------------------------------------ kills


KILLS = [
    ("sqlite", "1", size(1, soak=140)),
    ("sqlite", "2", size(1, soak=30)),
    ("postgresql", "1", size(1, soak=30)),
]


@pytest.fixture(params=KILLS, ids=str)
def database_to_kill(
    request: pytest.FixtureRequest, new_database_url: NewDatabaseUrl
) -> tuple[str, str, int]:
    """A fresh database, its number of server processes, and the number of kills."""
    dialect, workers, kills = request.param
    return new_database_url(dialect, on_disk=True), workers, kills


@pytest.mark.soak
async def test_no_acknowledged_save_is_lost_when_every_process_is_killed(
    folder: Path,
    database_to_kill: tuple[str, str, int],
    signing_key: SigningKey,
    record_figure: Callable[[str, str], None],
):
    url, workers, kills = database_to_kill
    settings = environ_for(url, signing_key, CORE_WORKERS=workers)

    def token(name: str) -> str:
        return mint(signing_key, session_claims(f"user_{name}", iss=ISSUER, azp=ORIGIN))

    people: dict[str, Person] = {}
    random = Random(kills)
    for remaining in reversed(range(kills + 1)):
        with run_server(folder, "serve", **settings) as server:
            async with visit(server, people, token):
                for person in people.values():
                    await person.check()
                if remaining:
                    await save_until_killed(server, people, after=random.randint(5, 60))
    saved = sum(len(person.library) for person in people.values())
    assert saved >= 5 * kills
    record_figure(
        "R5",
        f"kill -9 during saves: 0 of {saved} lost in {kills} kills "
        f"({url.partition(':')[0]}, processes: {workers})",
    )
    if url.startswith("sqlite:///"):
        with closing(connect_sqlite(Path(url.removeprefix("sqlite:///")))) as connection:
            assert [row[0] for row in connection.execute("PRAGMA integrity_check")] == ["ok"]
