"""The model catches every owner filter that somebody might forget.

Each mutant is the service with one such condition made true for everybody.
"""

import random
import re
from collections.abc import Callable
from typing import Any

import pytest

from core import database, importer
from core.api import cursors
from core.api import videos as videos_api
from tests.factories import Service, run_service
from tests.isolation.model import Game, Player, use_few_ids
from tests.tokens import SigningKey

pytestmark = pytest.mark.anyio

OWNER_FILTER = re.compile(r"(?:\w+\.user_id|users\.id) = \?")
LONGEST_GAME = 3_000
HARMLESS = {
    "SELECT videos.id FROM videos WHERE": "an id that a stranger has is only drawn again",
    "imports.file = ?": "the name of a file is nobody else's",
    "FROM imports WHERE imports.user_id = ? ORDER": "what is then forgotten is the owner's own",
    "tries=?, updated_at=? WHERE imports": "the game never has two unfinished imports of one id",
}
"""What has no answer to differ in, by words around the filter, and why."""

compile_statement = database.compile_statement


def sites(sql: str) -> list[tuple[str, re.Match[str]]]:
    """Find the owner filters of a statement, each under the words around it."""
    flat = re.sub(r"\s+", " ", sql)
    return [
        (flat[max(0, match.start() - 45) : match.end() + 25], match)
        for match in OWNER_FILTER.finditer(flat)
    ]


def without(site: str) -> Callable[..., Any]:
    """Return a compiler that forgets the owner at one place."""

    def compile_mutant(statement: Any, dialect: Any) -> Any:
        sql, defaults = compile_statement(statement, dialect)
        sql = re.sub(r"\s+", " ", sql)
        for found, match in reversed(sites(sql)):
            if found == site:
                sql = f"{sql[: match.start()]}({match[0]} OR 1){sql[match.end() :]}"
        return sql, defaults

    return compile_mutant


async def play(service: Service, length: int, seed: int = 1) -> None:
    players = [Player(service, f"mutant{number}") for number in range(3)]
    game, dice = Game(players), random.Random(seed)
    random.seed(seed)  # which draw_few_ids draws from, so that each game is the same again
    for _ in range(length):
        await game.step(dice.choice(Game.MOVES), dice.randrange(3), dice.randrange(2**20))


async def is_caught(service: Service) -> bool:
    try:
        await play(service, LONGEST_GAME)
    except (AssertionError, KeyError, ValueError):
        return True
    return False


async def test_every_forgotten_owner_filter_is_caught(
    new_database_url: Callable[[str], str],
    signing_key: SigningKey,
    monkeypatch: pytest.MonkeyPatch,
):
    use_few_ids(monkeypatch)
    # A mutant at which imports break tries them again at once, until it is out of tries.
    monkeypatch.setattr(importer, "LOOK_INTERVAL_S", 0.01)
    seen: set[str] = set()

    def record(statement: Any, dialect: Any) -> Any:
        compiled = compile_statement(statement, dialect)
        seen.update(site for site, _ in sites(compiled[0]))
        return compiled

    monkeypatch.setattr(database, "compile_statement", record)
    async with run_service(new_database_url("sqlite"), signing_key) as service:
        await play(service, LONGEST_GAME)
    survivors = []
    for site in sorted(seen):
        if any(words in site for words in HARMLESS):
            continue
        monkeypatch.setattr(database, "compile_statement", without(site))
        async with run_service(new_database_url("sqlite"), signing_key) as service:
            if not await is_caught(service):
                survivors.append(site)
    assert len(seen) > 10, seen
    assert survivors == []


async def test_a_cursor_that_is_anybody_s_is_caught(
    new_database_url: Callable[[str], str],
    signing_key: SigningKey,
    monkeypatch: pytest.MonkeyPatch,
):
    digest = cursors._digest
    monkeypatch.setattr(cursors, "_digest", lambda payload, _, listing: digest(payload, 0, listing))
    async with run_service(new_database_url("sqlite"), signing_key) as service:
        assert await is_caught(service)


async def test_a_tag_that_is_anybody_s_is_caught(
    new_database_url: Callable[[str], str],
    signing_key: SigningKey,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(
        videos_api, "etag", lambda _, revision, variant="": f'"{revision}{variant}"'
    )
    async with run_service(new_database_url("sqlite"), signing_key) as service:
        assert await is_caught(service)
