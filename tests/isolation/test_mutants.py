"""The model catches every owner filter that a change might forget.

Each mutant is the service with one owner filter that is true for every user.
"""

import os
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pytest

from core.api import videos as videos_api
from core.api.http import cursors
from core.database import session
from core.models import OWNED
from core.workers import imports
from tests.support.factories import Service, run_service
from tests.support.isolation.few_ids import use_few_ids
from tests.support.isolation.runs import run_operations
from tests.support.tokens import SigningKey

pytestmark = pytest.mark.anyio

OWNER_FILTER = re.compile(r"(?:\w+\.user_id|users\.id) = \?")
SEEDS = (3, 2, 1, 4, 5, 6, 7, 8)
"""Runs of the same length: one alone may by chance skip the operation that reveals a mutant."""
LONGEST_RUN = 1_500
"""The first run catches nearly every mutant, most of them within 300 operations."""
STEPS_FOR_ALL = 700
"""Enough with the first two seeds to run every statement with an owner filter."""
SHARES = 6
"""The number of tests that the mutants are divided into, one for each free worker."""
ONLY = os.environ.get("MUTANTS", "")
"""Words of the owner filters to try, such as the name of a table; all of them by default."""
HARMLESS = {
    "SELECT videos.id FROM videos WHERE videos.user_id = ? AND videos.id IN": (
        "an id that another user has is only drawn again"
    ),
    "SELECT count(*) AS videos FROM videos": "it counts only towards the limit of a library",
    "SELECT count(*) AS notes FROM notes": "it counts only towards the limit of a video",
    "count(*) AS workouts FROM workouts": "it counts only towards the limit of a log",
    "videos.id = video_tags.video_id WHERE video_tags.user_id": (
        "it counts only towards the limit of a change"
    ),
    "DELETE FROM videos WHERE videos.user_id": (
        "the model empties the trash of all users together; tests/test_purge.py does not"
    ),
    "users.profile_at FROM users WHERE users.id": "the Clerk id next to it names the same user",
    "DELETE FROM users WHERE users.id": "the Clerk id next to it names the same user",
    "SELECT users.synced_from": "it says only whether a client reads its library again",
    "imports.file = ?": "each file name belongs to one import",
    "FROM imports WHERE imports.user_id = ? ORDER": "only the owner's own imports are removed then",
    "tries=?, updated_at=? WHERE imports": "the model never has two unfinished imports of one id",
}
"""By the SQL around a filter that affects no answer, the reason."""
UNTOUCHED = {"metadata_jobs": "only the worker that fetches titles reads them"}
"""Tables that no request reads or changes by an owner filter, and the reason."""

compile_statement = session.compile_statement


def sites(sql: str) -> list[tuple[str, re.Match[str]]]:
    """Find the owner filters of a statement, each with the SQL around it as its key."""
    flat = re.sub(r"\s+", " ", sql)
    return [
        (flat[max(0, match.start() - 45) : match.end() + 25], match)
        for match in OWNER_FILTER.finditer(flat)
    ]


def without(site: str) -> Callable[..., Any]:
    """Return a compiler that disables the owner filter at one place."""

    @lru_cache(maxsize=512)
    def compile_mutant(statement: Any, dialect: Any) -> Any:
        sql, defaults = compile_statement(statement, dialect)
        sql = re.sub(r"\s+", " ", sql)
        for found, match in reversed(sites(sql)):
            if found == site:
                sql = f"{sql[: match.start()]}({match[0]} OR 1){sql[match.end() :]}"
        return sql, defaults

    return compile_mutant


_found: list[str] = []


@pytest.fixture
async def owner_filters(
    new_database_url: Callable[[str], str], signing_key: SigningKey
) -> list[str]:
    """Find every owner filter in the statements of a run, once in each process."""
    seen: set[str] = set()

    def record(statement: Any, dialect: Any) -> Any:
        compiled = compile_statement(statement, dialect)
        seen.update(site for site, _ in sites(compiled[0]))
        return compiled

    if not _found:
        with pytest.MonkeyPatch.context() as monkeypatch:
            use_few_ids(monkeypatch)
            monkeypatch.setattr(session, "compile_statement", record)
            async with run_service(new_database_url("sqlite"), signing_key) as service:
                for seed in SEEDS[:2]:
                    await run_operations(service, seed, STEPS_FOR_ALL)
        _found.extend(sorted(seen))
    return _found


async def catching_seed(service: Service) -> int | None:
    """Return the seed of the run that catches the mutant."""
    for seed in SEEDS:
        try:
            await run_operations(service, seed, LONGEST_RUN)
        except (AssertionError, KeyError, ValueError):
            return seed
    return None


def is_harmless(site: str) -> bool:
    return any(words in site for words in HARMLESS)


async def test_every_owner_filter_is_found_and_few_are_harmless(
    owner_filters: list[str], record_figure: Callable[[str, str], None]
):
    harmless = [site for site in owner_filters if is_harmless(site)]
    assert len(harmless) == len(HARMLESS), harmless
    assert len(owner_filters) > 40, owner_filters
    filtered = {name for site in owner_filters for name in re.findall(r"(\w+)\.user_id = ", site)}
    untouched = {table.name for table in OWNED} - filtered - UNTOUCHED.keys()
    assert not untouched, f"No operation of the model reads or changes {sorted(untouched)}"
    record_figure("R1", f"{len(owner_filters)} owner filters, {len(harmless)} of them harmless")


async def test_the_model_passes_without_a_mutant(
    new_database_url: Callable[[str], str],
    signing_key: SigningKey,
    monkeypatch: pytest.MonkeyPatch,
):
    use_few_ids(monkeypatch)
    async with run_service(new_database_url("sqlite"), signing_key) as service:
        await run_operations(service, SEEDS[0], LONGEST_RUN)


@pytest.mark.parametrize("share", range(SHARES))
async def test_every_removed_owner_filter_is_caught(
    owner_filters: list[str],
    share: int,
    new_database_url: Callable[[str], str],
    signing_key: SigningKey,
    monkeypatch: pytest.MonkeyPatch,
):
    use_few_ids(monkeypatch)
    # A mutant that breaks imports retries them immediately, up to the limit of tries.
    monkeypatch.setattr(imports, "LOOK_INTERVAL_S", 0.01)
    survivors, seeds = list[str](), set[int]()
    tried = [site for site in owner_filters if ONLY in site and not is_harmless(site)]
    for site in tried[share::SHARES]:
        monkeypatch.setattr(session, "compile_statement", without(site))
        async with run_service(new_database_url("sqlite"), signing_key) as service:
            seed = await catching_seed(service)
        if seed is None:
            survivors.append(site)
        else:
            seeds.add(seed)
    assert survivors == []
    monkeypatch.setattr(session, "compile_statement", compile_statement)
    for seed in seeds - {SEEDS[0]}:  # these runs pass as well without a mutant
        async with run_service(new_database_url("sqlite"), signing_key) as service:
            await run_operations(service, seed, LONGEST_RUN)


async def test_a_cursor_without_an_owner_check_is_caught(
    new_database_url: Callable[[str], str],
    signing_key: SigningKey,
    monkeypatch: pytest.MonkeyPatch,
):
    digest = cursors._digest
    monkeypatch.setattr(cursors, "_digest", lambda payload, _, listing: digest(payload, 0, listing))
    async with run_service(new_database_url("sqlite"), signing_key) as service:
        assert await catching_seed(service) == SEEDS[0]


async def test_an_etag_without_an_owner_check_is_caught(
    new_database_url: Callable[[str], str],
    signing_key: SigningKey,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(
        videos_api, "etag", lambda _, revision, variant="": f'"{revision}{variant}"'
    )
    async with run_service(new_database_url("sqlite"), signing_key) as service:
        assert await catching_seed(service) == SEEDS[0]
