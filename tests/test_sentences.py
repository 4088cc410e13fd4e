"""The documents and docstrings hold short sentences; the documents hold short lines."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAX_WORDS, MAX_COLUMNS = 25, 125
DOCUMENTS = sorted(
    path
    for place in (".", "docs", "docs/decisions", "usecases", "bench")
    for path in (ROOT / place).glob("*.md")
    if path.name != "CHANGELOG.md"
)
MODULES = sorted(path for place in ("core", "app") for path in (ROOT / place).rglob("*.py"))
CODE_BLOCK = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
BULLET = re.compile(r"^\s*(?:[-*]|\d\.|[│ ]*[├└]──) ")
END = re.compile(r"(?:(?<!e\.g)(?<!i\.e)[.!?][\"')*_]*| ·)\s+")


def without_code_blocks(text: str) -> str:
    return CODE_BLOCK.sub(lambda block: "\n" * block[0].count("\n"), text)


def passages(text: str) -> Iterator[tuple[int, str]]:
    """Yield paragraphs, bullets and table cells, each with the number of its first line."""
    start, lines = 0, list[str]()
    for number, line in enumerate([*without_code_blocks(text).split("\n"), ""]):
        apart = not line.strip() or line.startswith(("#", "|"))
        if lines and (apart or BULLET.match(line)):
            yield start, "\n".join(lines)
            lines = []
        if line.startswith("|"):
            yield from ((number, cell) for cell in re.sub(r"`[^`]+`", "Code", line).split("|"))
        elif not apart:
            start = start if lines else number
            lines.append(BULLET.sub("", line, count=1))


def sentences(text: str) -> Iterator[tuple[int, str]]:
    """Split Markdown into sentences. A code span counts as one word, a link as its text."""
    for start, passage in passages(text):
        plain = re.sub(r"`[^`]+`", "Code", passage)
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", plain)
        begin = 0
        for end in [*(match.end() for match in END.finditer(plain)), len(plain)]:
            line = start + plain.count("\n", 0, begin)
            yield line, " ".join(plain[begin:end].split())
            begin = end


def long_sentences(text: str, first_line: int = 1) -> Iterator[tuple[int, int, str]]:
    for line, sentence in sentences(text):
        words = sum(any(map(str.isalnum, word)) for word in sentence.split())
        if words > MAX_WORDS:
            yield first_line + line, words, sentence


def docstrings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield every string that stands alone: docstrings of modules to attributes."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield node.lineno, text


def test_the_splitter_counts_words_of_prose_only():
    text = "# Heading\n- One `a b` two: three; [four](five.md). Seven\n  eight\n\n| a b | c |\n"
    assert list(sentences(text)) == [
        (1, "One Code two: three; four."),
        (1, "Seven eight"),
        *((4, cell) for cell in ("", "a b", "c", "")),
    ]
    assert list(long_sentences("word " * MAX_WORDS)) == []
    assert [words for _, words, _ in long_sentences("word " * 26)] == [26]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_sentence_of_a_document_is_short(path: Path):
    assert list(long_sentences(path.read_text(encoding="utf-8"))) == []


def test_every_sentence_of_a_docstring_is_short():
    assert [
        (f"{path.relative_to(ROOT)}:{line}", words, sentence)
        for path in MODULES
        for first_line, text in docstrings(path)
        for line, words, sentence in long_sentences(text, first_line)
    ] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_line_of_a_document_is_short(path: Path):
    lines = without_code_blocks(path.read_text(encoding="utf-8")).split("\n")
    assert [
        (number, line)
        for number, line in enumerate(lines, 1)
        if len(line) > MAX_COLUMNS and not line.startswith("|")
    ] == []
