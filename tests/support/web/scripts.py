"""The scripts of the web app, as the service sends them."""

import re
from urllib.parse import urljoin

_STATIC_IMPORT = re.compile(r'^(?:import|export|\}).* from "(\..+)";$', re.MULTILINE)


def imports_of(address: str, script: str) -> set[str]:
    """Return the addresses of a script's static imports."""
    return {urljoin(address, path) for path in _STATIC_IMPORT.findall(script)}
