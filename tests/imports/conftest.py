"""A fixture of the tests of what an import reads."""

from functools import partial
from pathlib import Path

import pytest

from tests.support.imported_files import Read, read_content


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that reads content as an import does."""
    return partial(read_content, tmp_path)
