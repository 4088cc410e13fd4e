"""Runs of the model: each has a seed, which repeats the same operations."""

import random
from itertools import count

from tests.support.factories import Service
from tests.support.isolation.few_ids import few_ids
from tests.support.isolation.model import Model, ModelUser

STEPS = 50
"""Of a run. The next run begins with new users, whose libraries are empty."""

_names = count(1)


async def run_operations(service: Service, seed: int | str, steps: int = STEPS) -> None:
    """Run random operations of three new users.

    Raises: AssertionError, KeyError, ValueError: an answer differs from the model; a note
        names the step.
    """
    few_ids.seed(seed)
    choices = random.Random(seed)
    model = Model([ModelUser(service, f"user{next(_names)}") for _ in range(3)])
    for step in range(1, steps + 1):
        operation, user, details = (
            choices.choice(Model.OPERATIONS), choices.randrange(3), choices.randrange(2**20),
        )  # fmt: skip
        try:
            await model.step(operation, user, details)
        except Exception as error:
            error.add_note(f"Seed {seed}, step {step} of {steps}: user {user}, {operation}")
            raise
