"""What a test needs of the machine: skipped where it is missing, but not in CI."""

import os
from typing import NoReturn

import pytest


def missing(reason: str) -> NoReturn:
    """Skip here, fail in CI: there nothing may be missing unnoticed."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
