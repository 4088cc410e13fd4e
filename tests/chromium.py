"""Debian's Chromium, as Playwright drives it."""

import shutil

from playwright.sync_api import Browser, Playwright

from tests.needs import missing

FLAGS = [
    "--no-sandbox",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def launch(playwright: Playwright) -> Browser:
    """Start Debian's Chromium, or skip where it is missing."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        missing("Chromium is needed, and is not here (Debian: apt-get install chromium)")
    return playwright.chromium.launch(executable_path=path, args=FLAGS)
