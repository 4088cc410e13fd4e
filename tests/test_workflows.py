"""The workflows and hooks call existing targets, with few permissions. No test runs them."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
OTHERS = [ROOT / ".github/dependabot.yml", ROOT / ".pre-commit-config.yaml"]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def jobs(path: Path) -> list[dict[str, Any]]:
    return list(read(path)["jobs"].values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_only_read_the_repository(path: Path):
    assert read(path)["permissions"] == {"contents": "read"}
    for job in jobs(path):
        assert "permissions" not in job
        assert job["timeout-minutes"] < 360


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_calls_existing_targets(path: Path):
    called = []
    for job in jobs(path):
        for step in job["steps"]:
            assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step.get("uses", "a/b@v1"))
            called += re.findall(r"^make (.+)$", step.get("run", ""), re.MULTILINE)
            assert (ROOT / ".ci/run").exists()
        if "make ${{ matrix.target }}" in [step.get("run") for step in job["steps"]]:
            called += job["strategy"]["matrix"]["target"]
    assert {name for name in called if not name.startswith("$")} <= TARGETS


def test_ci_runs_on_every_supported_python():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    [job] = jobs(ROOT / ".github/workflows/ci.yml")
    pythons = job["strategy"]["matrix"]["python"]
    assert f'requires-python = ">={pythons[0]}"' in project
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]


def test_the_coverage_of_core_is_measured_each_night():
    [job] = jobs(ROOT / ".github/workflows/nightly.yml")
    assert "coverage" in job["strategy"]["matrix"]["target"]


def test_the_hooks_call_targets_of_make():
    [local] = read(ROOT / ".pre-commit-config.yaml")["repos"]
    assert local["repo"] == "local"
    for hook in local["hooks"]:
        program, target = hook["entry"].split()
        assert program == "make"
        assert target in TARGETS


@pytest.mark.parametrize("path", [*WORKFLOWS, *OTHERS], ids=lambda path: path.name)
def test_no_file_names_a_registry(path: Path):
    assert "://" not in path.read_text(encoding="utf-8")
