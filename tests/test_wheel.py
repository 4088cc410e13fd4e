"""The wheel: only the service. The stand-in for Clerk must not reach production."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in the wheel."""
    out = tmp_path_factory.mktemp("wheel")
    command = ["-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    built = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, timeout=120, check=False
    )
    assert built.returncode == 0, built.stdout + built.stderr
    [wheel] = out.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_holds_only_the_service(shipped: set[str]) -> None:
    folders = {name.partition("/")[0] for name in shipped}
    assert {name for name in folders if not name.endswith(".dist-info")} == {"core"}


def test_the_wheel_holds_every_file_of_the_service(shipped: set[str]) -> None:
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "core").rglob("*.*")}
    files = {name for name in files if "__pycache__" not in name}
    assert {name for name in shipped if name.startswith("core/")} == files
    assert "core/py.typed" in files
    assert any(name.startswith("core/migrations/versions/") for name in files)
