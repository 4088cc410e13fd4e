"""The entry point on a device. There `flet build` makes this folder the root of all modules.

Therefore `import app` works only after `name_folder`.
"""

import sys
from pathlib import Path
from types import ModuleType


def name_folder() -> None:
    """Make `import app` mean the folder of this file."""
    package = ModuleType("app")
    package.__path__ = [str(Path(__file__).parent)]
    sys.modules["app"] = package


def start() -> None:
    """Run the app until it is closed."""
    name_folder()

    import flet as ft  # noqa: PLC0415  app.main is importable only now

    from app.main import main  # noqa: PLC0415  same

    ft.run(main)


if __name__ == "__main__":
    start()
