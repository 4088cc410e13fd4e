"""The tests that start first, so that no worker has a long one alone at the end.

The listed tests come first, then browser tests, which take seconds, then the many short ones.
The list is recorded from `make test --durations`; a line names a file or one of its tests. A
test that is not listed runs later; a name without a test has no effect.
"""

import pytest

SLOWEST = (
    "tests/isolation/test_model.py",
    "tests/isolation/test_mutants.py",
    "tests/test_noun_recipe.py",
    "tests/test_cli_transfer.py",
    "tests/app/test_story.py",
    "tests/test_shutdown.py",
    "tests/test_import_kills.py",
    "tests/test_differential.py",
    "tests/test_story.py",
    "tests/test_server.py",
    "tests/web/test_screens.py",
    "tests/devclerk/test_dev_command.py",
    "tests/web/test_payloads.py",
    "tests/test_hostile_files.py",
    "tests/devclerk/test_real_scripts.py",
    "tests/web/test_real_clerk.py",
    "tests/titles/test_processes.py",
    "tests/test_broken_database.py",
    "tests/test_many_writers.py",
    "tests/test_deploy.py",
    "tests/web/test_modules.py",
    "tests/test_wheel.py",
    "tests/web/test_update.py",
)


def order(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """Give each worker its share of the slowest tests first, and then whole files.

    xdist cuts the list into equal parts, one for each worker, before workers steal tests.
    """
    slow = sorted((item for item in items if _rank(item) < len(SLOWEST)), key=_rank)
    others = [item for item in items if _rank(item) == len(SLOWEST)]
    in_browser = [item for item in others if item.get_closest_marker("browser")]
    short = [item for item in others if not item.get_closest_marker("browser")]
    ordered: list[pytest.Item] = []
    for worker in range(workers):
        ordered += slow[worker::workers]
        for group in (in_browser, short):
            ordered += group[len(group) * worker // workers : len(group) * (worker + 1) // workers]
    return ordered


def _rank(item: pytest.Item) -> int:
    begins = (at for at, name in enumerate(SLOWEST) if item.nodeid.startswith(name))
    return next(begins, len(SLOWEST))
