"""Ids that several users have: without an owner filter, an answer has another user's rows."""

import random

import pytest

from core.services import videos
from core.services.imports import batches, jobs
from tests.support.nouns import find_nouns

few_ids = random.Random()
"""Not the shared generator, from which the service draws the pauses between its attempts."""


def use_few_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give videos and imports of different users the same ids most of the time."""
    of_nouns = [module for noun in find_nouns() for module in noun.draws_ids]
    for module in [videos, batches, jobs, *of_nouns]:
        monkeypatch.setattr(module, "time_ordered_id", draw_few_ids)
    monkeypatch.setattr(jobs, "KEPT_IMPORTS", 2)  # so that older imports are removed


def draw_few_ids(*_: object) -> int:
    """Draw an id that videos of other users are likely to have as well."""
    return few_ids.randrange(1, 12)
