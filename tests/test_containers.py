"""The Dockerfile and compose.yaml agree with docs and settings. No test builds the image."""

import re
from pathlib import Path

import yaml
from typer.main import get_command

from core.cli import app
from core.config import Settings

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
DEPLOY = (ROOT / "docs/deploy.md").read_text("utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))


def test_the_image_is_installed_by_the_documented_commands():
    install = DEPLOY.partition("## Install\n")[2].partition("```sh\n")[2].partition("```")[0]
    *documented, version = install.splitlines()
    assert version == "/opt/core/bin/core --version"
    assert re.findall(r"^RUN (.*/opt/core.*)$", DOCKERFILE, re.MULTILINE)[:3] == documented


def test_the_image_copies_only_what_the_installation_reads():
    allowed = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)
    assert all((ROOT / name).exists() for name in allowed)
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert {"core", "pyproject.toml", "requirements/run.txt"} <= set(allowed)
    for name in re.findall(r'^(?:readme = |license-files = \[)"([^"]+)"', project, re.MULTILINE):
        assert name in allowed


def test_the_containers_set_only_settings_that_exist():
    documented = DEPLOY.partition("## Containers\n")[2].partition("\n## ")[0]
    names = set(COMPOSE["services"]["videos"]["environment"])
    names |= set(re.findall(r"\b((?:CORE|CLERK|DATABASE)_[A-Z_]+)=", DOCKERFILE + documented))
    assert len(names) > 5
    assert names <= set(Settings.model_fields)


def test_the_containers_run_commands_that_exist():
    commands = get_command(app).commands  # type: ignore[attr-defined]  # a group has them
    assert re.findall(r'^CMD \["(\w+)"\]$', DOCKERFILE, re.MULTILINE) == ["serve"]
    group, command = COMPOSE["services"]["upgrade"]["command"]
    assert "serve" in commands
    assert command in commands[group].commands


def test_the_service_is_no_root_and_can_write_only_its_data():
    assert re.findall(r"^USER (\w+)$", DOCKERFILE, re.MULTILINE) == ["core"]
    for name in ("videos", "upgrade"):
        service = COMPOSE["services"][name]
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert service["volumes"] == ["data:/var/lib/core"]
