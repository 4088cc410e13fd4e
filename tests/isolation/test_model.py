"""Nobody reads, changes, deletes, counts or infers what another person has."""

import asyncio
from itertools import count

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.factories import Service, run_service
from tests.isolation.model import Game, Player, use_few_ids
from tests.soak import size
from tests.tokens import SigningKey

OPERATIONS = size(10_000, soak=500_000)
"""On each database."""
STEPS = 50


@pytest.mark.soak
@pytest.mark.parametrize("ids", ["real", "few"])
def test_random_operations_of_several_people_answer_as_the_model_says(
    shared_database_url: str, ids: str, signing_key: SigningKey, monkeypatch: pytest.MonkeyPatch
):
    if ids == "few":  # people's videos have the same ids all the time
        use_few_ids(monkeypatch)
    with asyncio.Runner() as runner:
        running = run_service(shared_database_url, signing_key)
        service = runner.run(running.__aenter__())
        run_state_machine_as_test(
            state_machine(service, runner),
            settings=settings(
                max_examples=OPERATIONS // STEPS // 2,
                stateful_step_count=STEPS,
                deadline=None,
                derandomize=True,
            ),
        )
        runner.run(running.__aexit__(None, None, None))


def state_machine(service: Service, runner: asyncio.Runner) -> type[RuleBasedStateMachine]:
    names = count(1)

    class People(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            players = [Player(service, f"player{next(names)}") for _ in range(3)]
            self.game = Game(players)

        @rule(
            move=st.sampled_from(Game.MOVES),
            player=st.integers(0, 2),
            seed=st.integers(0, 2**20),
        )
        def step(self, move: str, player: int, seed: int) -> None:
            runner.run(self.game.step(move, player, seed))

    return People
