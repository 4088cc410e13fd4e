"""`python -m app`: serve the app to a browser on this machine, for development and tests.

On devices it runs inside Flutter, from packaged.py.
"""

import argparse
import socket
from pathlib import Path

import flet as ft

from app.main import Process
from app.settings import SettingsError

HOST = "127.0.0.1"
PORT = 8030


def main() -> None:
    """Serve the app until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m app", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help=f"port of the page; default {PORT}")
    port = parser.parse_args().port
    try:
        socket.create_server((HOST, port)).close()
        process = Process.start()
    except SettingsError as fault:
        parser.error(str(fault))
    except (OSError, OverflowError):
        parser.error(f"Port {port} of this machine can't be used. Try --port with another number.")
    print(f"The app is at http://{HOST}:{port} (Ctrl-C ends it).", flush=True)  # noqa: T201  a command prints
    ft.run(
        process.show,
        host=HOST,
        port=port,
        view=None,
        no_cdn=True,
        # The default, skwasm, corrupts text: its threads share a cache without a lock
        # (https://github.com/flutter/flutter/issues/190039).
        web_renderer=ft.WebRenderer.CANVAS_KIT,
        assets_dir=str(Path(__file__).with_name("assets")),
    )


if __name__ == "__main__":
    main()
