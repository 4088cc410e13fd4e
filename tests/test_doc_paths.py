"""Every path that a document names exists, written from the root or shorter."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("app", "bench", "core", "deploy", "devclerk", "docs", "scripts", "tests", "usecases")
DOCUMENTS = sorted(
    path
    for place in (".", "docs", "docs/decisions", "usecases", "bench")
    for path in (ROOT / place).glob("*.md")
)
SUFFIXES = "py|js|mjs|css|md|toml|lua|service|socket|timer|conf"
PATH = re.compile(rf"(?<![\w/.<>*-])(?!_[a-z])((?:[\w-]+/)*[\w-]+\.(?:{SUFFIXES}))\b")
"""A path; a name's ending such as `_sheet.js` does not count."""
NOT_OURS = {"Node.js", "utils.py"}
"""A program, and a file that CONTRIBUTING.md forbids."""


@cache
def source_files() -> tuple[str, ...]:
    """Return every file from the root, with a slash before it: `/core/text.py`."""
    files = [*ROOT.iterdir(), *(file for name in FOLDERS for file in (ROOT / name).rglob("*"))]
    return tuple(f"/{file.relative_to(ROOT).as_posix()}" for file in files if file.is_file())


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_in_a_document_exists(path: Path):
    for name in set(PATH.findall(path.read_text(encoding="utf-8"))) - NOT_OURS:
        assert any(file.endswith(f"/{name}") for file in source_files()), name
