"""No user reads, changes, deletes, counts or infers a row of another user."""

import os
import time
from collections.abc import Callable

import pytest

from tests.support.factories import Service
from tests.support.isolation.few_ids import use_few_ids
from tests.support.isolation.runs import STEPS, run_operations
from tests.support.soak import size

pytestmark = pytest.mark.anyio

SEED = int(os.environ.get("SEED", "1"))
"""The seed of the first run; the next run has the next seed."""
OPERATIONS = int(os.environ.get("OPERATIONS", size(4_000, soak=1_000_000)))
"""A quarter of them runs on each database with each kind of ids, in whole runs."""
RUNS = max(1, OPERATIONS // 4 // STEPS)


@pytest.mark.soak
@pytest.mark.parametrize("ids", ["real", "few"])
async def test_random_operations_of_several_users_match_the_model(
    service: Service,
    ids: str,
    monkeypatch: pytest.MonkeyPatch,
    record_figure: Callable[[str, str], None],
):
    if ids == "few":  # videos of different users have the same ids most of the time
        use_few_ids(monkeypatch)
    database, began_s = service.app.state.database.dialect, time.monotonic()
    for seed in range(SEED, SEED + RUNS):
        try:
            await run_operations(service, f"{database} {ids} {seed}")
        except Exception as error:
            error.add_note(f"Replay: SEED={seed} OPERATIONS={4 * STEPS}")
            raise
    took_s = time.monotonic() - began_s
    record_figure(
        "R1",
        f"{RUNS * STEPS} random operations on {database}, {ids} ids, seeds {SEED} to "
        f"{SEED + RUNS - 1}: leaks 0, {took_s:.0f} s; continue with SEED={SEED + RUNS}",
    )
