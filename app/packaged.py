"""Where the app begins on a device: `flet build` makes this folder the root of all modules there.

So no `app` can be imported until this folder is called by that name.
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

    import flet as ft  # noqa: PLC0415  app.main can be found only now

    from app.main import main  # noqa: PLC0415  same

    ft.run(main)


if __name__ == "__main__":
    start()
