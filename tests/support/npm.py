"""Programs of npm that tests need, kept in build/ for the next run."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.support.needs import missing

ROOT = Path(__file__).parents[2]
OPTIONS = ("--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts")
PATIENCE_S = 120


def install(package: str) -> Path:
    """Return the `node_modules` with this package, as in `axe-core@4.11.0`.

    It is installed next to its place and then renamed, because two test processes may install it.
    """
    if not shutil.which("npm"):
        missing(f"npm is needed to install {package}, and is not here")
    folder = ROOT / "build" / package
    if not folder.exists():
        fresh = folder.with_name(f"{package}.{os.getpid()}")
        fresh.mkdir(parents=True)
        command = ["npm", "install", *OPTIONS, "--prefix", str(fresh), package]
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_S)
        try:
            fresh.rename(folder)
        except OSError:
            shutil.rmtree(fresh)  # another process was faster
    return folder / "node_modules"
