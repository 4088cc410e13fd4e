"""The packaged app: its icons, its project file and its modules."""

import ast
import compileall
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from packaging.requirements import Requirement
from PIL import Image, ImageChops, ImageDraw

import core
from scripts import draw_icons

ROOT = Path(__file__).parents[2]
APP = ROOT / "app"
MADE = "build"
"""The folder that `flet build` creates in the app's folder."""


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((APP / "pyproject.toml").read_text(encoding="utf-8"))


# -------------------------------------------------------------------------- pictures


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("assets")
    draw_icons.write(folder)
    return folder


def pictures(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.png"))


def test_the_pictures_match_the_script(drawn: Path):
    assert pictures(drawn) == pictures(APP / "assets")
    for name in pictures(drawn):
        with Image.open(drawn / name) as new, Image.open(APP / "assets" / name) as kept:
            assert (new.size, new.mode) == (kept.size, kept.mode), name
            assert ImageChops.difference(new, kept).getbbox(alpha_only=False) is None, name


def test_the_pictures_are_small_files():
    weight = sum((APP / "assets" / name).stat().st_size for name in pictures(APP / "assets"))
    assert weight < 150_000


def test_the_browser_page_has_no_picture_of_flet():
    web = Path(pytest.importorskip("flet_web").__file__).parent / "web"
    shown = {"favicon.png", *(f"icons/{path.name}" for path in (web / "icons").glob("*.png"))}
    assert shown <= set(pictures(APP / "assets"))


def test_androids_icon_fits_a_round_mask():
    """Source: Android, adaptive icons: the middle 66 dp of 108 are always visible."""
    with Image.open(APP / "assets" / "icon_android.png") as icon:
        cut = icon.getchannel("A")
    middle, seen = cut.width / 2, cut.width * 66 / 108 / 2
    ImageDraw.Draw(cut).circle((middle, middle), seen, fill=0)
    assert cut.getbbox() is None


def test_apples_icons_have_no_transparent_parts():
    for name in ("icon_ios.png", "icon_macos.png"):
        with Image.open(APP / "assets" / name) as icon:
            assert (icon.mode, icon.size) == ("RGB", (1024, 1024)), name


# --------------------------------------------------------------------- project file


def test_the_app_has_the_version_of_the_service(project: dict[str, Any]):
    assert project["project"]["version"] == core.__version__


def test_the_package_has_exactly_the_dependencies_that_the_app_imports(project: dict[str, Any]):
    imported = set()
    for path in APP.rglob("*.py"):
        if MADE in path.relative_to(APP).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module.partition(".")[0])
    packed = {Requirement(line).name for line in project["project"]["dependencies"]}
    foreign = {name.replace("_", "-") for name in imported - sys.stdlib_module_names - {"app"}}
    assert foreign == packed


def test_the_phone_registers_the_redirect_uri_of_the_sign_in(
    project: dict[str, Any],
):
    settings = tomllib.loads((APP / "settings.toml").read_text(encoding="utf-8"))
    back = urlsplit(settings["phone_redirect_uri"])
    for platform in ("android", "ios"):
        link = project["tool"]["flet"][platform]["deep_linking"]
        assert (back.scheme, back.netloc) == (link["scheme"], link["host"]), platform
    assert back.path != "/", "Flet passes only the path to the app"


# ------------------------------------------------------------------------- modules


def test_on_a_device_every_module_comes_from_the_apps_own_folder(tmp_path: Path):
    """On a device the folder is the root, has only compiled modules, and may have any name."""
    folder = tmp_path / "bundle"
    shutil.copytree(APP, folder, ignore=shutil.ignore_patterns("__pycache__", MADE))
    compileall.compile_dir(folder, legacy=True, quiet=1)
    for source in folder.rglob("*.py"):
        source.unlink()
    code = (
        "import sys, packaged; packaged.name_folder(); import app.main; "
        "print(*{module.__file__ for name, module in sys.modules.items()"
        " if name.startswith('app.') and module.__file__}, sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r}); {code}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    files = [Path(line) for line in done.stdout.splitlines()]
    assert folder / "main.pyc" in files
    assert all(file.is_relative_to(folder) for file in files), files
