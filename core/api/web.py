"""The web app's files (`core/web/`) and what it must know to sign somebody in.

The files lie in memory. Their address holds a digest over all of them, so a browser may keep them
for good, and modules find each other by relative names without a build step. The page itself, the
service worker and the manifest keep their addresses and are asked for each time.
"""

import gzip
import json
import mimetypes
import re
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal
from urllib.parse import urlsplit

import brotli
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import HTTPException
from starlette.routing import Route

from core import __version__
from core.api.address_limit import ASSETS
from core.config import Settings
from core.schemas import WebConfig

FOREVER = "public, max-age=31536000, immutable"
EACH_TIME = "no-cache"
PAGES = ("/", "/save")
"""Where the page opens: the library, and what a phone or a bookmarklet shares."""
NAMED = ("/sw.js", "/manifest.webmanifest")
ASSET = f"{ASSETS}{{version}}/{{name:path}}"
_TEXTS = {".html", ".css", ".js", ".webmanifest"}
_LATER = "js/sheets/"
"""Scripts that the page loads when it is there already."""
_UNDER_OWN_NAMES = {"index.html", "sw.js", "manifest.webmanifest"}
_COMMENT = re.compile(rb"^ */\*(?:(?!\*/).)*\*/\n", re.MULTILINE | re.DOTALL)
"""One that has its lines to itself."""
_CAPTCHA = "https://challenges.cloudflare.com"
_EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
"""Of the style elements that Clerk's components fill by script."""

Encoding = Literal["br", "gzip", ""]


class WebApp:
    """The files as they are sent, by their names in the folder, as in `js/app.js`."""

    def __init__(self, settings: Settings) -> None:
        self._files = {name: _lean(name, text) for name, text in _read(files("core") / "web")}
        names = sorted(self._files)
        digest = sha256()
        for name in names:
            digest.update(f"{name}\0{sha256(self._files[name]).hexdigest()}\0".encode())
        self._headers = _headers(settings)
        digest.update(json.dumps(self._headers).encode())  # kept in browsers with the page
        self.version = digest.hexdigest()[:16]
        self._fill_in(f"{ASSETS}{self.version}")
        self._compressed = lru_cache(maxsize=None)(self._compress)

    def _fill_in(self, root: str) -> None:
        """Write the addresses of this version where they belong, and nowhere else."""
        lasting = [name for name in sorted(self._files) if name not in _UNDER_OWN_NAMES]
        modules = [name for name in lasting if name.endswith(".js") and _LATER not in name]
        links = "".join(f'<link rel="modulepreload" href="{root}/{name}">\n' for name in modules)
        addresses = json.dumps([f"{root}/{name}" for name in lasting])
        values = {"{{root}}": root, "<!-- modules -->\n": links, '["{{files}}"]': addresses}
        for name in _UNDER_OWN_NAMES:
            text = self._files[name].decode()
            for mark, value in values.items():
                text = text.replace(mark, value)
            self._files[name] = text.encode()

    def answer(self, request: Request, name: str, cache_control: str) -> Response:
        """Send a file, compressed as the browser understands it.

        Raises: HTTPException
        """
        if name not in self._files:
            raise HTTPException(404)
        suffix = name[name.rfind(".") :]
        encoding = _encoding(request) if suffix in _TEXTS else ""
        # Not the file's own digest: the headers, with the policy in them, change with a version.
        tag = f'W/"{__version__}-{self.version}"'
        headers = {**self._headers, "Cache-Control": cache_control, "ETag": tag}
        if suffix in _TEXTS:
            headers["Vary"] = "Accept-Encoding"
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if encoding:
            headers["Content-Encoding"] = encoding
        return Response(self._compressed(name, encoding), 200, headers, _media_type(name))

    def _compress(self, name: str, encoding: Encoding) -> bytes:
        content = self._files[name]
        if encoding == "br":
            return bytes(brotli.compress(content, quality=11))
        return gzip.compress(content, 9, mtime=0) if encoding else content


def _read(folder: Traversable, prefix: str = "") -> list[tuple[str, bytes]]:
    found = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _read(entry, f"{prefix}{entry.name}/")
        else:
            found.append((f"{prefix}{entry.name}", entry.read_bytes()))
    return found


def _lean(name: str, content: bytes) -> bytes:
    """Leave out the comments of scripts, which are a fifth of what a phone would load."""
    return _COMMENT.sub(b"", content) if name.endswith(".js") else content


def _media_type(name: str) -> str:
    known = {"js": "text/javascript", "webmanifest": "application/manifest+json"}
    return known.get(name.rpartition(".")[2]) or mimetypes.guess_type(name)[0] or ""


def _encoding(request: Request) -> Encoding:
    accepted = {part.partition(";")[0].strip() for part in _accepted(request)}
    return "br" if "br" in accepted else "gzip" if "gzip" in accepted else ""


def _accepted(request: Request) -> list[str]:
    parts = request.headers.get("accept-encoding", "").lower().split(",")
    return [part for part in parts if not part.replace(" ", "").endswith((";q=0", ";q=0.0"))]


def _headers(settings: Settings) -> dict[str, str]:
    """Say what the page may do.

    YouTube's player refuses to play for a page that does not tell its origin, hence the policy on
    referrers. Source: https://clerk.com/docs/guides/secure/best-practices/csp-headers
    """
    parts = urlsplit(settings.issuer or "")
    clerk = f"{parts.scheme}://{parts.netloc}"
    policy = {
        "default-src": "'none'",
        "script-src": f"'self' {clerk} {_CAPTCHA}",
        "connect-src": f"'self' {clerk}",
        "img-src": "'self' data: https://i.ytimg.com https://img.clerk.com",
        "style-src": f"'self' {_EMPTY_STYLE}",
        "font-src": "'self'",
        "worker-src": "'self' blob:",
        "frame-src": f"https://www.youtube-nocookie.com {_CAPTCHA}",
        "manifest-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
    }
    if settings.CORE_ENV != "development":  # a browser heeds it behind https alone
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


def add_files(app: FastAPI, settings: Settings) -> None:
    """Add the page, its files and the addresses that the page opens at."""
    web = WebApp(settings)

    async def page(request: Request) -> Response:
        return web.answer(request, "index.html", EACH_TIME)

    async def named(request: Request) -> Response:
        return web.answer(request, request.url.path[1:], EACH_TIME)

    async def asset(request: Request) -> Response:
        version, name = request.path_params["version"], request.path_params["name"]
        if version != web.version or name in _UNDER_OWN_NAMES:
            raise HTTPException(404)
        return web.answer(request, name, FOREVER)

    served = [(path, page) for path in PAGES] + [(path, named) for path in NAMED]
    for path, endpoint in [*served, (ASSET, asset)]:
        app.router.routes.append(Route(path, endpoint))


async def read_config(request: Request, response: Response) -> WebConfig:
    """Tell the web app where people sign in; nothing of it is secret."""
    settings: Settings = request.app.state.settings
    response.headers["Cache-Control"] = EACH_TIME
    return WebConfig(
        publishable_key=settings.CLERK_PUBLISHABLE_KEY,
        frontend_api=settings.issuer or "",
        version=__version__,
    )
