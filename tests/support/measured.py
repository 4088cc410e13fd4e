"""Which tests run under coverage in `make test`: those of core/auth, whose coverage it checks.

Coverage slows the others by a third, and a second run of pytest would start four more workers.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from coverage import Coverage

FACADE = ("tests/auth/", "tests/test_doctor.py")


@contextmanager
def not_measured(config: pytest.Config, nodeid: str) -> Iterator[None]:
    """Pause the coverage of core/auth, unless it is one of its tests."""
    only_facade = config.getoption("cov_source", None) == ["core.auth"]
    coverage = Coverage.current() if only_facade and not nodeid.startswith(FACADE) else None
    if coverage:
        coverage.stop()
    try:
        yield
    finally:
        if coverage:
            coverage.start()
