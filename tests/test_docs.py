"""The documents match the code: each name in one exists in the other.

The tests check names, defaults, statuses, commands, links, and the sessions of README and the API.
"""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from fastapi import FastAPI
from pydantic import BaseModel, SecretStr
from starlette.requests import Request

from core import __version__, errors
from core.api import web
from core.api.http import problems
from core.cli import app as core_command
from core.config import SECRETS, Settings
from core.database.session import PoolUse
from core.main import create_app
from core.metrics import Metrics
from core.models import SCHEMA_REVISION
from core.schemas import imports, tags, users, videos
from devclerk.command import app as dev_command
from tests.support.factories import settings_for
from tests.support.servers import PATIENCE_S, run_server
from tests.support.tokens import SigningKey

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    path
    for place in (".", "docs", "docs/decisions", "usecases", "bench")
    for path in (ROOT / place).glob("*.md")
)
CODE_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
UNDESCRIBED = {*web.PAGES, *web.NAMED, web.ASSET}
"""The web app's files (docs/web.md)."""


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def prose(path: Path) -> str:
    return CODE_BLOCK.sub("", path.read_text(encoding="utf-8"))


def code(path: Path) -> list[str]:
    """Return every piece of code of a document: the spans, and the lines of the blocks."""
    text = path.read_text(encoding="utf-8")
    blocks = [line for block in CODE_BLOCK.findall(text) for line in block.splitlines()[1:-1]]
    return blocks + re.findall(r"`([^`\n]+)`", CODE_BLOCK.sub("", text))


def section(text: str, heading: str) -> str:
    """Return the text under a heading, up to the next of the same or a higher level."""
    level = len(heading) - len(heading.lstrip("#"))
    _, _, rest = f"\n{text}".partition(f"\n{heading}\n")
    return re.split(rf"^#{{1,{level}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


@pytest.fixture(scope="module")
def app(signing_key: SigningKey) -> FastAPI:
    return create_app(settings_for("sqlite:///never-opened.db", signing_key))


# ---------------------------------------------------------------------------- options


def default(name: str) -> str:
    """Write an option's default as an environment variable."""
    value = Settings.model_fields[name].default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if value not in {None, ()} else ""


def test_every_option_is_documented_with_its_default():
    rows = re.findall(r"^\| `([A-Z_]+)` \|.*\| ([^|]+) \|$", read("docs/options.md"), re.MULTILINE)
    documented = {name: cell.strip("`").replace("none", "") for name, cell in rows}
    assert documented == {name: default(name) for name in Settings.model_fields}


def test_every_secret_is_documented_with_its_file_option():
    named = re.findall(
        r"`([A-Z_]+_FILE)`", section(read("docs/options.md"), "## Secrets from files")
    )
    assert set(named) - {"_FILE"} == {f"{name}_FILE" for name in SECRETS}


def test_the_example_names_every_option_with_its_default_and_sets_none():
    lines = read(".env.example").splitlines()
    named = [line[2:].partition("=") for line in lines if re.match(r"# [A-Z_]+=", line)]
    assert [line for line in lines if line and not line.startswith("#")] == []
    assert {name: value for name, _, value in named} == {
        name: default(name) for name in Settings.model_fields
    }


def test_no_document_names_an_unknown_option():
    for path in [*DOCUMENTS, ROOT / ".env.example"]:
        text = path.read_text(encoding="utf-8")
        named = set(re.findall(r"\b(?:CORE|CLERK)_[A-Z_]*[A-Z]\b", text)) - {"CLERK_ID"}
        known = {*Settings.model_fields, *(f"{name}_FILE" for name in SECRETS)}
        assert named <= known, path.name


# ----------------------------------------------------------------------------- routes


def routes(app: FastAPI) -> set[str]:
    return {
        f"{method} {getattr(route, 'path_format', '')}"
        for route in app.routes
        for method in getattr(route, "methods", {"?"}) - {"HEAD"}
        if getattr(route, "path", "") not in UNDESCRIBED
    }


def test_every_route_has_its_section(app: FastAPI):
    headings = re.findall(r"^### ([A-Z]+ /\S*)$", read("docs/api.md"), re.MULTILINE)
    assert sorted(headings) == sorted(routes(app))


def operations(app: FastAPI) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            yield f"### {method.upper()} {path}", operation


def test_every_status_of_a_route_is_in_its_section(app: FastAPI):
    for heading, operation in operations(app):
        named = re.findall(r"^\| (\d{3}) \|", section(read("docs/api.md"), heading), re.MULTILINE)
        assert sorted(named) == sorted(operation["responses"]), heading


def test_the_statuses_common_to_all_signed_in_routes_are_documented(app: FastAPI):
    listed = section(read("docs/api.md"), "## Errors").partition(", with the same meaning")[0]
    needing = [set(one["responses"]) for _, one in operations(app) if "401" in one["responses"]]
    assert set(re.findall(r"\b\d{3}\b", listed)) == set.intersection(*needing)


def test_every_query_parameter_is_in_its_section(app: FastAPI):
    for heading, operation in operations(app):
        rows = section(read("docs/api.md"), heading).partition("| Query |")[2].partition("\n\n")[0]
        named = re.findall(r"^\| `(\w+)` \|", rows, re.MULTILINE)
        queries = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
        assert named == queries, heading


@pytest.mark.parametrize(
    ("heading", "schema"),
    [
        ("# Videos", videos.Video),
        ("### POST /videos", videos.VideoCreate),
        ("### PATCH /videos/{video_id}", videos.VideoUpdate),
        ("### GET /imports/{import_id}", imports.Import),
        ("### POST /videos/batch", videos.VideoBatch),
        ("### PATCH /tags/{name}", tags.TagUpdate),
        ("### GET /me", users.Person),
    ],
)
def test_every_field_is_in_its_section(heading: str, schema: type[BaseModel]):
    rows = section(read("docs/api.md"), heading).partition("| Field |")[2].partition("\n\n")[0]
    cells = re.findall(r"^\| (`[^|]+`) \|", rows, re.MULTILINE)
    named = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    assert sorted(named) == sorted(schema.model_fields)


# --------------------------------------------------------------------------- problems


def core_errors(error: type[errors.CoreError] = errors.CoreError) -> set[str]:
    types = {error.type} if hasattr(error, "type") else set()
    return types.union(*map(core_errors, error.__subclasses__()))


async def framework_errors() -> set[str]:
    """Return the errors that FastAPI and Starlette raise themselves."""
    answer = await problems._answer_unexpected_error(
        Request({"type": "http", "method": "GET"}), Exception()
    )
    unexpected = json.loads(bytes(answer.body))["type"].removeprefix(f"{problems.PROBLEMS_PAGE}#")
    return {unexpected, *(type_ for type_, _, _ in problems.FRAMEWORK_PROBLEMS.values())}


def test_every_kind_of_problem_has_its_section():
    headings = re.findall(r"^## (.+)$", read(problems.PROBLEMS_PAGE), re.MULTILINE)
    assert sorted(headings) == sorted(core_errors() | asyncio.run(framework_errors()))


# ---------------------------------------------------------------------------- metrics


def test_every_metric_of_ours_is_documented():
    families = Metrics(lambda: PoolUse(10, 0, 0)).registry.collect()
    suffixes = {"counter": "_total", "info": "_info"}
    ours = {family.name + suffixes.get(family.type, "") for family in families}
    listed = section(read("docs/deploy.md"), "## Metrics")
    rows = re.findall(r"^\| `(\w+)` \|", listed, re.MULTILINE)
    assert sorted(rows) == sorted(name for name in ours if name.startswith("core_"))


# --------------------------------------------------------------- commands and targets


@cache
def commands() -> dict[str, set[str]]:
    """Return the options of each command by its words, `core db upgrade`."""
    found: dict[str, set[str]] = {}

    def walk(command: Any, words: str) -> None:
        spelled = {option for parameter in command.params for option in parameter.opts}
        found[words] = {option for option in spelled if option.startswith("--")}
        for name, inner in getattr(command, "commands", {}).items():
            walk(inner, f"{words} {name}")

    walk(typer.main.get_command(core_command), "core")
    walk(typer.main.get_command(dev_command), "core dev")
    return found


def called(line: str) -> Iterator[tuple[str, set[str]]]:
    """Find the calls of `core` in a piece of code, each with its options."""
    for match in re.finditer(r"(?:(?<=bin/)|(?<![\w./-]))core((?: [a-z]+)*)([^;|)]*)", line):
        words, options = "core", set(re.findall(r"(?<= )--[a-z-]+", match[2]))
        for word in match[1].split():
            if words == "core" or f"{words} {word}" in commands():
                words = f"{words} {word}"
        if match[1] or options:
            yield words, options


def test_every_command_and_option_is_documented():
    documented: dict[str, set[str]] = {}
    for path in DOCUMENTS:
        for line in code(path):
            for words, options in called(line):
                documented.setdefault(words, set()).update(options)
    for words, options in commands().items():
        assert words in documented or words in {"core db", "core users"}, words
        assert options - documented.get(words, set()) == set(), words


def test_every_documented_command_exists():
    for path in DOCUMENTS:
        for line in code(path):
            for words, options in called(line):
                assert words in commands(), f"{path.name}: {line}"
                assert options <= commands()[words], f"{path.name}: {line}"


def test_every_make_target_is_documented_and_every_documented_one_exists():
    targets = set(re.findall(r"^([a-z-]+):.*## ", read("Makefile"), re.MULTILINE))
    table = set(re.findall(r"`make ([a-z-]+)`", read("CONTRIBUTING.md")))
    assert table == targets
    for path in DOCUMENTS:
        used = {
            match[1] for line in code(path) if (match := re.match(r"(?:\$ )?make ([a-z-]+)", line))
        }
        assert used <= targets, path.name


# --------------------------------------------------------------------------- security


def test_every_asvs_requirement_has_one_status_and_a_reason():
    rows = re.findall(r"^\| (\d+\.\d+\.\d+[^|]*) \|(.*)\|$", read("docs/security.md"), re.MULTILINE)
    assert len(rows) > 100
    for ids, cells in rows:
        about, status, where = (cell.strip() for cell in cells.split("|"))
        assert status in {"met", "partly", "not met", "n/a", "Clerk", "operator"}, ids
        assert about, ids
        assert where, ids
    ids = [one for cell, _ in rows for one in cell.split(", ")]
    assert len(set(ids)) == len(ids)


def test_the_documented_upgrade_ends_at_the_newest_migration():
    shown = re.findall(r"^The database is at (\w+)\.$", read("docs/deploy.md"), re.MULTILINE)
    assert shown == [SCHEMA_REVISION]


# ------------------------------------------------------------------ links and mentions


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_table_has_a_blank_line_inside(path: Path):
    """A blank line inside a table cuts off the rows below it."""
    for table in re.findall(r"(?:^\|.*\n)+", prose(path), re.MULTILINE):
        assert re.match(r"\|.*\n\|[-| :]+\|\n", table), table.partition("\n")[0]


def anchors_of(path: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub spells them."""
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    bare = [re.sub(r"[^\w\- ]", "", heading).strip().lower() for heading in headings]
    return {heading.replace(" ", "-") for heading in bare}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(path)):
        if not target.startswith(("https://", "http://")):
            name, _, anchor = target.partition("#")
            to = (path.parent / name).resolve() if name else path
            assert to.exists(), target
            assert not anchor or anchor in anchors_of(to), target


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_named_in_a_document_exists(path: Path):
    for name in re.findall(r"`([^`\n]+)`", prose(path)):
        if re.fullmatch(r"(?:core|devclerk|tests|bench|docs|usecases|requirements)/[\w./-]+", name):
            exists = (ROOT / name).exists() or "notes" in name  # the example of a new noun
            assert exists, name


def sources_of_tests() -> dict[str, str]:
    files = (ROOT / "tests").rglob("test_*.py")
    return {str(file.relative_to(ROOT)): file.read_text(encoding="utf-8") for file in files}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_test_named_in_a_document_exists(path: Path):
    """A document names a test by its file and name, by its file alone, or by its name alone."""
    tests = sources_of_tests()
    text = path.read_text(encoding="utf-8")
    for folder, file, test in re.findall(
        r"(?<![\w/])(tests/(?:\w+/)*)?(test_\w+\.py)(?:::(\w+))?", text
    ):
        found = [name for name in tests if f"/{name}".endswith(f"/{folder}{file}")]
        assert found, folder + file
        assert not test or any(f"def {test}(" in tests[name] for name in found), test
    for test in re.findall(r"(?<![\w/:])test_\w+(?![\w.*])", text):
        assert any(f"def {test}(" in source for source in tests.values()), test


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_document_holds_merge_conflict_markers(path: Path):
    assert not re.search(r"^(<{7}|={7}|>{7})( |$)", path.read_text(encoding="utf-8"), re.MULTILINE)


def test_a_decision_record_stays_under_50_lines():
    decisions = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [path.name[:4] for path in decisions] == [
        f"{number:04}" for number in range(1, len(decisions) + 1)
    ]
    for path in decisions:
        assert len(path.read_text(encoding="utf-8").splitlines()) < 50, path.name


def test_the_changelog_has_a_section_for_this_version():
    assert f"## [{__version__}]" in read("CHANGELOG.md")


# ------------------------------------------------------------------------ the sessions


def without_chance(output: str) -> str:
    """Replace values that differ between runs: ids and times."""
    output = re.sub(r"\b\d{16}\b", "<id>", output)
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<moment>", output).strip()


@pytest.mark.skipif(not (shutil.which("curl") or os.environ.get("CI")), reason="curl is missing")
@pytest.mark.parametrize("document", ["README.md", "docs/api.md"])
def test_a_documented_session_prints_its_documented_answers(tmp_path: Path, document: str):
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    block = re.search(r"^```console\n(.*?)^```", read(document), re.MULTILINE | re.DOTALL)
    assert block
    steps = re.findall(r"^\$ (.*\n)((?:[^$].*\n)*)", block[1], re.MULTILINE)
    script = "echo =====\n".join(["", *(line for line, _ in steps)])
    script = script.replace(".venv/bin/core", f"{sys.executable} -m core.cli")
    with run_server(tmp_path, "dev", "--port", "0", "--clerk-port", "0") as server:
        done = subprocess.run(
            ["sh", "-c", script.replace("http://127.0.0.1:8000", server.url)],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1"},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=True,
        )
    answers = done.stdout.split("=====\n")[1:]
    for (line, said), answer in zip(steps, answers, strict=True):
        assert without_chance(answer) == without_chance(said), line
