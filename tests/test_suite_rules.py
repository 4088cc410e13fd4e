"""Rules for the tests themselves."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
TEST_MODULE = re.compile(r"tests\.(?:\w+\.)*(?:test_\w+|conftest)")


def imported(path: Path) -> set[str]:
    """Return the modules that a file imports, each name of `from a import b` as `a.b` too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize(
    "path", sorted(TESTS.rglob("*.py")), ids=lambda path: str(path.relative_to(TESTS))
)
def test_no_file_imports_from_a_test_module(path: Path):
    """Shared helpers are in tests/support: a test module runs alone and may be split."""
    assert {name for name in imported(path) if TEST_MODULE.fullmatch(name)} == set()
