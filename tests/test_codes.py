"""The codes of faults and of import reports: each has one sentence, and the docs list them all."""

import ast
import re
from collections.abc import Iterator
from inspect import getmembers, isclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from core import codes
from core.api.http import problems
from core.codes import ChangeCode, Code, FaultCode, FileCode, LinkCode, RowCode
from core.schemas.fields import Request

ROOT = Path(__file__).parents[1]
CORE = ROOT / "core"
NOUNS = (FaultCode, LinkCode, FileCode, RowCode, ChangeCode)
KEBAB_CASE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

SHARED = {FaultCode.NOT_A_NUMBER: "pydantic's sentence, and the one for digits that int() accepts"}
"""Codes with more than one sentence, each with its reason."""


def all_codes() -> list[Code]:
    return [code for noun in NOUNS for code in noun]


def uses() -> Iterator[Code]:
    """Yield a code for each place outside of codes.py that names it."""
    nouns = {noun.__name__: noun for noun in NOUNS}
    for path in CORE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                noun = nouns.get(node.value.id)
                if noun:
                    yield noun[node.attr]


def test_every_noun_is_known_to_these_tests():
    found = {noun for _, noun in getmembers(codes, isclass) if issubclass(noun, Code)}
    assert found == {Code, *NOUNS}


def test_every_code_is_kebab_case_and_means_one_thing():
    written = [code.value for code in all_codes()]
    assert [code for code in written if not KEBAB_CASE.fullmatch(code)] == []
    assert sorted(written) == sorted(set(written))


def test_every_code_has_one_place_and_so_one_sentence():
    used = list(uses())
    counts = {code: used.count(code) for code in all_codes()}
    assert {code: n for code, n in counts.items() if n != 1} == dict.fromkeys(SHARED, 2)


# ------------------------------------------------------------------- faults of schemas

ODD_VALUES: list[Any] = [
    None, True, -1, 2**53, 2**70, 1.5, 1e400, "", " ", "x", "1_0", "1" * 30, "x" * 5_000, "a\0b",
    "\ud800", ",", "a,b", " ".join("abcdefghi"), ",".join(map(str, range(60))), [], ["a"] * 300,
    ["x" * 65], [1], [None], [[]], ["x" * 1_000] * 10, {}, {"a": 1}, b"\xff",
]  # fmt: skip


def requests(schema: type[BaseModel] = Request) -> Iterator[type[BaseModel]]:
    for nested in schema.__subclasses__():
        yield nested
        yield from requests(nested)


def faults_of(schema: type[BaseModel], values: Any) -> list[Any]:
    try:
        schema.model_validate(values)
    except ValidationError as error:
        return [*error.errors()]
    return []


def test_every_fault_that_a_schema_finds_has_a_code_of_its_own():
    found = {
        fault["type"]
        for schema in requests()
        for values in [
            "no object",
            {"unknown": 1},
            *({"action": action} for action in ("tag", "delete")),
            *({"action": "delete", "tags": value} for value in ODD_VALUES),
            *({name: value} for name in schema.model_fields for value in ODD_VALUES),
            *({"with": value} for value in ODD_VALUES),
        ]
        for fault in faults_of(schema, values)
    }
    assert {type_ for type_ in found if type_ not in problems._CODES} == set()
    told = {problems._CODES[type_] for type_ in found}
    assert {FaultCode.MISSING, FaultCode.TAGS_NEEDED, FaultCode.TAGS_NOT_TAKEN} < told
    assert {FaultCode.TOO_MANY_WORDS, FaultCode.NOT_ONE_TAG, FaultCode.TAGS_TOO_LONG} < told


def test_no_validator_raises_a_bare_value_error():
    """Its fault would have the code `invalid-value`, which no client can translate."""
    for path in [CORE / "text.py", *(CORE / "schemas").glob("*.py")]:
        assert "raise ValueError" not in path.read_text(encoding="utf-8"), path.name


# ------------------------------------------------------------------------ documentation


def listed(document: str, heading: str) -> list[str]:
    """Return the codes of a table under a heading."""
    text = (ROOT / document).read_text(encoding="utf-8")
    level = len(heading) - len(heading.lstrip("#"))
    _, _, rest = text.partition(f"\n{heading}\n")
    inside = re.split(rf"^#{{1,{level}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]
    cells = re.findall(r"^\| (`[a-z0-9-]+`(?:, `[a-z0-9-]+`)*) \|", inside, re.MULTILINE)
    return [code for cell in cells for code in re.findall(r"`([a-z0-9-]+)`", cell)]


@pytest.mark.parametrize(
    ("document", "heading", "nouns"),
    [
        ("docs/problems.md", "### Codes of values", [FaultCode]),
        ("docs/problems.md", "### Codes of links", [LinkCode]),
        ("docs/api.md", "#### Codes of files", [FileCode]),
        ("docs/api.md", "#### Codes of rows", [RowCode, ChangeCode]),
    ],
)
def test_the_docs_list_every_code(document: str, heading: str, nouns: list[type[Code]]):
    assert sorted(listed(document, heading)) == sorted(code for noun in nouns for code in noun)
