"""The two sizes of a test: a small one for `make test`, a large one for `make soak`."""

import os


def size(ordinary: int, *, soak: int) -> int:
    """Return the size for this run."""
    return soak if os.environ.get("SOAK") else ordinary
