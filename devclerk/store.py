"""The stand-in's data folder, readable only by its owner (0700, files 0600)."""

import secrets
import string
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile


def open_folder(data: Path) -> Path:
    """Return the stand-in's folder inside the data folder; create it if it is missing."""
    folder = data / "devclerk"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def keep(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return the file's content; create a missing file first, in one process only."""
    if not path.exists():
        with NamedTemporaryFile(dir=path.parent) as file:
            file.write(make())
            file.flush()
            with suppress(FileExistsError):
                path.hardlink_to(file.name)
    return path.read_bytes()


def replace(path: Path, content: bytes) -> None:
    """Replace the file atomically."""
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    Path(file.name).replace(path)


def new_id(prefix: str) -> str:
    """Return a random id in Clerk's form: a prefix and 27 letters and digits."""
    alphabet = string.ascii_letters + string.digits
    return prefix + "".join(secrets.choice(alphabet) for _ in range(27))
