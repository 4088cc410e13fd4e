"""The requirements: tested versions, each with its hashes."""

import re
from collections import defaultdict
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FILES = sorted((Path(__file__).parents[1] / "requirements").glob("*.txt"))
PIN = re.compile(r"^([\w.-]+)(?:\[([\w,.-]+)\])?==", re.MULTILINE)


def needs(name: str, extras: set[str]) -> Iterator[Requirement]:
    """Return the requirements of a package on this machine, as far as they are installed."""
    try:
        asked = [Requirement(line) for line in requires(name) or ()]
    except PackageNotFoundError:
        return
    for one in asked:
        if not one.marker or any(one.marker.evaluate({"extra": extra}) for extra in {"", *extras}):
            yield one


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_package_is_pinned_with_every_requested_extra(path: Path) -> None:
    """Otherwise pip reads the newest release for the extra first, which has no hash here."""
    pinned: dict[str, set[str]] = defaultdict(set)
    for name, extras in PIN.findall(path.read_text()):
        pinned[canonicalize_name(name)] |= set(filter(None, extras.split(",")))
    missing = [
        f"{name} asks for {one}"
        for name, extras in [*pinned.items()]
        for one in needs(name, extras)
        if one.extras - pinned[canonicalize_name(one.name)]
    ]
    assert missing == []
    assert len(pinned) > 30


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_registry_address_is_in_the_requirements(path: Path) -> None:
    assert "://" not in path.read_text()
