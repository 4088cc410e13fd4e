"""The web app's files (`core/web/`) and the configuration that sign-in needs.

The files are kept in memory. Their address holds a digest of all of them, so a browser may cache
them forever. The page, the service worker and the manifest keep their addresses, and a browser
revalidates them each time.
"""

import asyncio
import gzip
import json
import mimetypes
from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import Literal
from urllib.parse import urlsplit

import brotli
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import HTTPException
from starlette.routing import Route

from core import __version__
from core.api.http.codings import accepts
from core.api.http.routes import Route as ApiRoute
from core.api.http.state import state_of
from core.api.middleware.address_limit import ASSETS
from core.config import Settings
from core.schemas.service import WebConfig
from core.web_files import read_files

FOREVER = "public, max-age=31536000, immutable"
EACH_TIME = "no-cache"
PAGES = ("/", "/save")
"""The addresses of the page: the library, and the target of a share or a bookmarklet."""
WORKER, MANIFEST = "sw.js", "manifest.webmanifest"
NAMED = (f"/{WORKER}", f"/{MANIFEST}")
ASSET = f"{ASSETS}{{version}}/{{name:path}}"
_TEXTS = {".html", ".css", ".js", ".webmanifest"}
_LANGUAGES = {"en": "js/words/en.js", "de": "js/words/de.js"}
"""The sentences of each language of the page; a page loads one of them."""
_LONGEST = 500
"""Characters of `Accept-Language` that are read."""
_MANIFESTS = {"en": MANIFEST, "de": "manifest.de.webmanifest"}
_UNDER_OWN_NAMES = {"index.html", WORKER, *_MANIFESTS.values()}
_NOT_KEPT = (*_UNDER_OWN_NAMES, "screenshots/")
"""Files that the service worker does not cache; only the installer shows the screenshots."""
_CAPTCHA = "https://challenges.cloudflare.com"
_EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
"""The hash of the empty style elements that Clerk's components fill by script."""

Encoding = Literal["br", "gzip", ""]


class WebApp:
    """The files as they are sent, by their names in the folder, as in `js/main.js`."""

    def __init__(self, settings: Settings) -> None:
        self._files = read_files()
        names = sorted(self._files)
        digest = sha256()
        for name in names:
            digest.update(f"{name}\0{sha256(self._files[name]).hexdigest()}\0".encode())
        page = _headers(settings)
        self._headers = {EACH_TIME: page, FOREVER: _of_an_asset(page)}
        digest.update(json.dumps(self._headers).encode())  # browsers cache them with the page
        self.version = digest.hexdigest()[:16]
        self._fill_in(f"{ASSETS}{self.version}")
        self._compressed: dict[tuple[str, Encoding], asyncio.Future[bytes]] = {}

    def _fill_in(self, root: str) -> None:
        """Insert the addresses of this version into the files that name them."""
        lasting = [name for name in sorted(self._files) if not name.startswith(_NOT_KEPT)]
        addresses = json.dumps([f"{root}/{name}" for name in lasting])
        for name in _UNDER_OWN_NAMES:
            text = self._files[name].decode()
            text = text.replace("{{root}}", root).replace('["{{files}}"]', addresses)
            self._files[name] = text.encode()
        page = self._files.pop("index.html")
        for language, words in _LANGUAGES.items():
            self._files[_page_name(language)] = page.replace(b"{{words}}", words.encode())

    async def answer(self, request: Request, name: str, cache_control: str) -> Response:
        """Send a file, in a coding that the browser accepts.

        Raises: HTTPException
        """
        if name not in self._files:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        suffix = name[name.rfind(".") :]
        encoding = _encoding(request) if suffix in _TEXTS else ""
        # Not the file's own digest: the headers, with the policy in them, change with a version.
        tag = f'W/"{__version__}-{self.version}"'
        headers = {**self._headers[cache_control], "Cache-Control": cache_control, "ETag": tag}
        if suffix in _TEXTS:
            headers["Vary"] = "Accept-Encoding"
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        content = self._files[name]
        if encoding:
            headers["Content-Encoding"] = encoding
            content = await self._compress(name, encoding)
        return Response(content, 200, headers, _media_type(name))

    async def _compress(self, name: str, encoding: Encoding) -> bytes:
        """Compress a file at its first request, in a thread: the largest takes 0.4 seconds."""
        key = (name, encoding)
        if key not in self._compressed:
            work = asyncio.to_thread(_compress, self._files[name], encoding)
            self._compressed[key] = asyncio.ensure_future(work)
        return await asyncio.shield(self._compressed[key])  # other requests may wait for it too


def _compress(content: bytes, encoding: Encoding) -> bytes:
    if encoding == "br":
        return bytes(brotli.compress(content, quality=11))
    return gzip.compress(content, 9, mtime=0)


def _media_type(name: str) -> str:
    known = {"js": "text/javascript", "webmanifest": "application/manifest+json"}
    return known.get(name.rpartition(".")[2]) or mimetypes.guess_type(name)[0] or ""


def _page_name(language: str) -> str:
    return f"index.{language}.html"


def _language(request: Request) -> str:
    """Choose the first known language, as `js/i18n.js` does; a wrong guess only delays the page."""
    wanted = request.headers.get("accept-language", "")[:_LONGEST]
    tags = (tag.strip()[:2].lower() for tag in wanted.split(","))
    return next((tag for tag in tags if tag in _LANGUAGES), "en")


def _encoding(request: Request) -> Encoding:
    given = request.scope["headers"]
    return "br" if accepts(given, b"br") else "gzip" if accepts(given, b"gzip") else ""


def _headers(settings: Settings) -> dict[str, str]:
    """Build the security headers.

    YouTube's player does not play in a page that sends no origin, so the referrer policy allows it.
    Source: https://clerk.com/docs/guides/secure/best-practices/csp-headers
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
        # Sign-in with Google may open a window, which must reach the page that opened it.
        "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
    }
    if settings.CORE_ENV != "development":  # browsers obey it only over HTTPS
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


def _of_an_asset(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the security headers of a file that only the page uses.

    The page's own policy applies to its scripts and styles, so theirs can be short.
    """
    needed = {"X-Content-Type-Options", "Strict-Transport-Security"}
    kept = {name: value for name, value in headers.items() if name in needed}
    return kept | {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}


def add_files(app: FastAPI, settings: Settings) -> None:
    """Add the routes of the page and of its files."""
    web = WebApp(settings)

    async def page(request: Request) -> Response:
        return await in_language(request, _page_name(_language(request)))

    async def manifest(request: Request) -> Response:
        return await in_language(request, _MANIFESTS[_language(request)])

    async def in_language(request: Request, name: str) -> Response:
        answer = await web.answer(request, name, EACH_TIME)
        answer.headers.add_vary_header("Accept-Language")
        return answer

    async def worker(request: Request) -> Response:
        return await web.answer(request, WORKER, EACH_TIME)

    async def asset(request: Request) -> Response:
        version, name = request.path_params["version"], request.path_params["name"]
        if version != web.version or name.endswith(".html") or name in _UNDER_OWN_NAMES:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return await web.answer(request, name, FOREVER)

    served = [*((path, page) for path in PAGES), (f"/{WORKER}", worker), (f"/{MANIFEST}", manifest)]
    for path, endpoint in [*served, (ASSET, asset)]:
        app.router.routes.append(Route(path, endpoint))


async def read_config(request: Request, response: Response) -> WebConfig:
    """Return the web app's settings for sign-in; none of them is secret."""
    settings = state_of(request).settings
    response.headers["Cache-Control"] = EACH_TIME
    return WebConfig(
        publishable_key=settings.CLERK_PUBLISHABLE_KEY,
        frontend_api=settings.issuer or "",
        version=__version__,
    )


ROUTES = (ApiRoute(method="GET", path="/config.json", endpoint=read_config, answer=WebConfig),)
