"""The two sizes of a figure: a small one whenever the tests run, a large one by `make soak`."""

import os


def size(ordinary: int, *, soak: int) -> int:
    """Return how often something is done this time."""
    return soak if os.environ.get("SOAK") else ordinary
