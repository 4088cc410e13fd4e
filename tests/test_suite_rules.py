"""Rules for the tests themselves."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
SHARED_USERS = {"Chris", "Rae State"}
"""Fixtures fill their library once, and the tests do not change it."""
TEST_MODULE = re.compile(r"tests\.(?:\w+\.)*(?:test_\w+|conftest)")
USER = re.compile(r"(?:sign_in_new\(visit, |user=)'([^']+)'")


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


def users_of(path: Path) -> dict[str, set[str]]:
    """Return the users that each test of a file signs in by a literal name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tests = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {
        f"{path.stem}.{test.name}": set(USER.findall(ast.unparse(test)))
        for test in tests
        if test.name.startswith("test_")
    }


def test_each_user_of_the_web_tests_belongs_to_one_test():
    """Web tests share a server: a second test would find the videos of the first one."""
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for path in sorted((TESTS / "web").glob("test_*.py")):
        for test, names in users_of(path).items():
            for name in names:
                owners[name].add(test)
    assert len(owners) > len(SHARED_USERS)
    shared = {name for name, tests in owners.items() if len(tests) > 1}
    assert shared == SHARED_USERS
