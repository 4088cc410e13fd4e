"""ARCHITECTURE.md's recipe "Adding a noun", followed by a toy noun in a copy of the tree.

A subprocess runs the checks of the copy. When a step is left out, its check fails.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Container
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOY = Path(__file__).parent / "data" / "toy_noun"
LOCAL = {".git", ".venv", ".env", "build", "data", "dist", "mutants"}
"""Names at the top of a checkout that are not part of the project."""
PATIENCE_S = 300
"""The timeout of a run of the checks, which takes less than a tenth of it on two free cores."""

CHECKS = [
    "tests/test_architecture.py",
    "tests/test_routes.py",
    "tests/test_migrations.py",
    "tests/test_docs.py",
    "tests/test_isolation_wall.py",
    "tests/isolation/test_model.py",
    "tests/isolation/test_mutants.py",
]
CHOSEN = (
    "(stickers or every_route or every_row_of_the_table or upgrade_downgrade or every_migration"
    " or every_constraint or newest_migration or every_owned_table or every_status"
    " or every_query or test_architecture or owner_filter or random_operations)"
    " and not (silenced or 400_lines or clerk or app_s)"
)
"""The checks to run, by test name; `stickers` finds the cases of the noun's own routes."""
STEPS = 200
"""Operations of the model, a quarter on each database with each kind of ids."""

WITHOUT = {
    "row-level security": "tests/test_migrations.py::"
    "test_postgresql_forces_row_level_security_on_every_owned_table",
    "SCHEMA_REVISION": "tests/test_migrations.py::"
    "test_the_newest_migration_is_the_one_that_the_code_needs",
    "rows and moves": "tests/test_routes.py::test_every_route_has_a_row_in_the_table",
    "docs": "tests/test_docs.py::test_every_route_has_its_section",
}
"""For steps of the recipe, the test that fails without them."""


def substitute(path: Path, pattern: str, replacement: str) -> None:
    text, count = re.subn(pattern, replacement, path.read_text("utf-8"), flags=re.MULTILINE)
    assert count == 1, f"{path.name} has {pattern} {count} times"
    path.write_text(text, encoding="utf-8")


def copy_tree(to: Path) -> None:
    caches = shutil.ignore_patterns(".*_cache", ".hypothesis", "node_modules")

    def ignored(folder: str, names: list[str]) -> set[str]:
        return caches(folder, names) | (LOCAL if Path(folder) == ROOT else set())

    shutil.copytree(ROOT, to, ignore=ignored)


def add_table(to: Path) -> None:
    """Take step 1."""
    table = (TOY / "table.txt").read_text("utf-8")
    substitute(to / "core/models.py", r"^OWNED = \(", f"{table}\nOWNED = (stickers, ")


def add_migration(to: Path, left_out: Container[str]) -> None:
    """Take step 2."""
    versions = to / "core/migrations/versions"
    models = to / "core/models.py"
    [newest] = re.findall(r'^SCHEMA_REVISION = "(\w+)"', models.read_text(), re.MULTILINE)
    date = max(path.name for path in versions.glob("*.py"))[:10]
    migration = Path(shutil.copy(TOY / "migration.py", versions / f"{date}_stickers.py"))
    substitute(migration, "the newest", newest)
    if "row-level security" in left_out:
        substitute(migration, r"^        _guard_rows\(\)", "        pass")
    if "SCHEMA_REVISION" not in left_out:
        substitute(models, "^SCHEMA_REVISION = .*", 'SCHEMA_REVISION = "stickers"')
        substitute(to / "docs/deploy.md", rf"at {newest}\.$", "at stickers.")


def add_noun(to: Path, left_out: Container[str] = ()) -> None:
    """Follow the recipe, without the steps that are left out."""
    add_table(to)
    add_migration(to, left_out)
    shutil.copytree(TOY / "core", to / "core", dirs_exist_ok=True)  # steps 3 and 4
    main = to / "core/main.py"
    substitute(main, r"^(from core\.api import )", r"from core.api import stickers\n\1")
    substitute(main, r"^ROUTES = \(", "ROUTES = (\n    *stickers.ROUTES,")
    if "rows and moves" not in left_out:
        shutil.copytree(TOY / "tests", to / "tests", dirs_exist_ok=True)
    if "docs" not in left_out:
        sections = (TOY / "api.md").read_text("utf-8").replace("\\", r"\\")
        substitute(to / "docs/api.md", "^# Import, export$", f"{sections}# Import, export")


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in the copy, without the environment variables of an outer pytest."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_", "COV", "SOAK", "SEED"))
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rf", *arguments],
        cwd=folder,
        env=inherited | {"OPERATIONS": str(STEPS), "MUTANTS": "stickers."},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    copy_tree(tmp_path / "core")
    return tmp_path / "core"


def test_a_noun_added_by_the_recipe_passes_the_checks(tree: Path):
    add_noun(tree)
    done = run(tree, *CHECKS, "-k", CHOSEN)
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-1_000:]


def test_a_step_that_is_left_out_fails_its_check(tree: Path):
    add_noun(tree, left_out=WITHOUT)
    done = run(tree, *WITHOUT.values())
    failed = re.findall(r"^FAILED (\S+)", done.stdout, re.MULTILINE)
    assert sorted(failed) == sorted(WITHOUT.values()), done.stdout[-6_000:]


def test_the_files_of_the_noun_pass_the_lint_rules(tree: Path):
    add_noun(tree)
    files = [str(path.relative_to(TOY)) for path in TOY.glob("core/**/*.py")]
    for command in (["check", "--no-cache"], ["format", "--check", "--no-cache"]):
        ruff = [sys.executable, "-m", "ruff", *command, *files]
        done = subprocess.run(ruff, cwd=tree, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
