"""Debian's Chromium, as Playwright drives it.

The headless shell if it is installed: the same engine for half the processor time.
"""

import shutil

from playwright.sync_api import Browser, Playwright

from tests.support.databases import has_memory_disk
from tests.support.needs import missing

PROGRAMS = ["chromium-headless-shell", "chromium", "chromium-browser"]
FLAGS = [
    "--no-sandbox",
    # No name outside this machine resolves. Intercepting each request instead would take a fifth
    # of the processor time of a visit; a separate graphics process would take a tenth.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--in-process-gpu",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def launch(playwright: Playwright, *flags: str) -> Browser:
    """Start Debian's Chromium, or skip where it is missing."""
    path = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if path is None:
        missing(f"Chromium is needed, and is not here (Debian: apt-get install {PROGRAMS[0]})")
    # Playwright puts the memory that Chromium's processes share on the disk, for small containers.
    unwanted = ["--disable-dev-shm-usage"] if has_memory_disk() else None
    return playwright.chromium.launch(
        executable_path=path, args=[*FLAGS, *flags], ignore_default_args=unwanted
    )
