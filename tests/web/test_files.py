"""The web app's files: response headers, compression, and limits of size."""

import asyncio
import base64
import io
import re
import threading
from hashlib import sha256
from pathlib import Path
from typing import Any

import brotli
import httpx
import pytest
from PIL import Image

from tests.support.factories import Service, run_service
from tests.support.tokens import SigningKey

WEB = Path(__file__).parents[2] / "core" / "web"
TEXTS = sorted(path for path in WEB.rglob("*") if path.suffix in {".html", ".css", ".js"})
MAX_LINES = 299
MAX_BYTES = 83_000
MAX_BYTES_AT_FIRST = 54_000
SCRIPTS = 4
LOADED = re.compile(r'import\("[^"]+"\)')
"""The only code that is rewritten: its path is relative to the joined script."""
LANGUAGES = ("en", "de")

pytestmark = pytest.mark.anyio


async def page(service: Service, path: str = "/", language: str = "en") -> httpx.Response:
    return await service.client({"Accept-Language": language}).get(path)


def assets_of(answer: httpx.Response) -> list[str]:
    return re.findall(r'(?:href|src)="(/assets/[^"]+)"', answer.text)


def in_folder(asset: str) -> str:
    return asset.split("/", 3)[3]


async def loaded_at_first(service: Service, language: str = "en") -> set[str]:
    return set(assets_of(await page(service, language=language)))


async def kept_by_the_worker(service: Service) -> list[str]:
    return re.findall(r'"(/assets/[^"]+[^/"])"', (await page(service, "/sw.js")).text)


@pytest.mark.parametrize("path", ["/", "/save", "/save?text=https%3A%2F%2Fyoutu.be%2Fx"])
async def test_the_page_is_revalidated_each_time(service: Service, path: str):
    answer = await page(service, path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    again = await service.client({"If-None-Match": answer.headers["etag"]}).get(path)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"] == answer.headers["content-security-policy"]


async def test_the_service_worker_has_the_policy_of_the_page(service: Service):
    worker, opened = await page(service, "/sw.js"), await page(service)
    name = "content-security-policy"
    assert worker.headers[name] == opened.headers[name]


async def test_assets_are_immutable_and_a_first_visit_names_two_scripts(service: Service):
    names, kept = await loaded_at_first(service), await kept_by_the_worker(service)
    first = {"js/main.js", "js/words/en.js"}
    assert {in_folder(name) for name in names if name.endswith(".js")} == first
    scripts = {in_folder(name) for name in kept if name.endswith(".js")}
    assert scripts == first | {"js/words/de.js", "js/views/sheets.js"}
    for name in {*names, *kept}:
        answer = await page(service, name)
        assert answer.status_code == 200, name
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; ")
        assert sum(len(f"{name}: {answer.headers[name]}\r\n") for name in answer.headers) < 450


@pytest.mark.parametrize(
    ("wanted", "language"),
    [("", "en"), ("fr", "en"), ("fr-FR, de-AT;q=0.8, en;q=0.5", "de"), ("EN-GB,de", "en")],
)
async def test_only_one_language_is_loaded(service: Service, wanted: str, language: str):
    answer = await page(service, language=wanted)
    words = {name for name in map(in_folder, assets_of(answer)) if name.startswith("js/words/")}
    assert words == {f"js/words/{language}.js"}
    assert answer.headers["vary"] == "Accept-Encoding, Accept-Language"


async def test_an_asset_of_another_version_or_path_is_404(service: Service):
    name = assets_of(await page(service))[0]
    for wrong in (
        re.sub(r"/assets/\w+/", "/assets/0000000000000000/", name),
        f"{name}x",
        f"{name}/../../../../config.py",
        re.sub(r"/assets/(\w+)/.*", r"/assets/\1/index.html", name),
        re.sub(r"/assets/(\w+)/.*", r"/assets/\1/index.en.html", name),
        re.sub(r"/assets/(\w+)/.*", r"/assets/\1/..%2f..%2fconfig.py", name),
    ):
        assert (await page(service, wrong)).status_code == 404, wrong


async def test_texts_are_compressed_as_accept_encoding_allows(service: Service):
    plain = await service.client({"Accept-Encoding": "identity"}).get("/")
    gzipped = await service.client({"Accept-Encoding": "gzip;q=0.5, br;q=0"}).get("/")
    small = await service.client({"Accept-Encoding": "gzip, br"}).get("/")
    encodings = [one.headers.get("content-encoding") for one in (plain, gzipped, small)]
    assert encodings == [None, "gzip", "br"]
    assert plain.text == gzipped.text == small.text
    assert {one.headers["vary"] for one in (plain, gzipped, small)} == {
        "Accept-Encoding, Accept-Language"
    }


async def test_a_script_is_compressed_once_and_in_a_thread(
    own_service: Service, monkeypatch: pytest.MonkeyPatch
):
    """It takes 0.4 seconds, in which the event loop answers others."""
    compress = brotli.compress
    threads: list[threading.Thread] = []

    def note(content: bytes, quality: int) -> bytes:
        threads.append(threading.current_thread())
        return bytes(compress(content, quality=quality))

    [name] = [name for name in await loaded_at_first(own_service) if name.endswith("/main.js")]
    monkeypatch.setattr("core.api.web.brotli.compress", note)
    client = own_service.client({"Accept-Encoding": "br"})
    first, second = await asyncio.gather(client.get(name), client.get(name))
    assert first.content == second.content == (await client.get(name)).content
    assert len(threads) == 1
    assert threads[0] is not threading.current_thread()


async def test_the_page_has_strict_security_headers(service: Service):
    answer = await page(service)
    rules = dict(
        rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; ")
    )
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    clerk = str(service.app.state.settings.issuer)
    assert rules["script-src"] == f"'self' {clerk} https://challenges.cloudflare.com"
    assert rules["connect-src"] == f"'self' {clerk}"
    assert "unsafe" not in answer.headers["content-security-policy"]
    empty = base64.b64encode(sha256(b"").digest()).decode()
    assert rules["style-src"] == f"'self' 'sha256-{empty}'"
    assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin-allow-popups"
    assert not re.findall(r"<script(?![^>]*src=)|\son\w+=|<style|style=", answer.text)


@pytest.mark.parametrize(
    ("environment", "told"),
    [("development", None), ("staging", "max-age=31536000"), ("production", "max-age=31536000")],
)
async def test_hsts_is_sent_outside_development(
    shared_database_url: str, signing_key: SigningKey, environment: str, told: str | None
):
    async with run_service(shared_database_url, signing_key, CORE_ENV=environment) as service:
        name = assets_of(await page(service))[0]
        for path in ("/", "/save", "/sw.js", name):
            answer = await page(service, path)
            assert answer.headers.get("strict-transport-security") == told, path


async def test_config_json_has_no_secret(service: Service):
    answer = await page(service, "/config.json")
    assert set(answer.json()) == {"publishable_key", "frontend_api", "version"}
    assert answer.json()["frontend_api"] == service.app.state.settings.issuer


async def test_the_manifest_has_colours_shortcuts_and_screenshots(
    service: Service,
):
    manifest = (await page(service, "/manifest.webmanifest")).json()
    light = re.search(r'name="theme-color" content="(\S+)"', (await page(service)).text)
    assert light
    assert manifest["theme_color"] == manifest["background_color"] == light[1]
    for shortcut in manifest["shortcuts"]:
        assert (await page(service, shortcut["url"].partition("#")[0])).status_code == 200
    assert {one["form_factor"] for one in manifest["screenshots"]} == {"narrow", "wide"}
    for one in manifest["screenshots"]:
        with Image.open(io.BytesIO((await page(service, one["src"])).content)) as seen:
            assert f"{seen.width}x{seen.height}" == one["sizes"]
        assert one["src"] not in await kept_by_the_worker(service)


async def test_the_manifest_follows_accept_language(service: Service):
    english = await page(service, "/manifest.webmanifest")
    german = await page(service, "/manifest.webmanifest", "de-AT,en;q=0.5")
    assert english.headers["vary"] == german.headers["vary"] == "Accept-Encoding, Accept-Language"
    assert (english.json()["lang"], german.json()["lang"]) == ("en", "de")
    assert [one["name"] for one in german.json()["shortcuts"]] == ["Video speichern", "Was heute?"]
    assert without_words(english.json()) == without_words(german.json())
    folder = "/".join(assets_of(await page(service))[0].split("/")[:3])
    for name in ("manifest.webmanifest", "manifest.de.webmanifest"):
        assert (await page(service, f"{folder}/{name}")).status_code == 404


def without_words(manifest: Any) -> Any:
    """Return the manifest without its translated fields."""
    if isinstance(manifest, list):
        return [without_words(one) for one in manifest]
    if not isinstance(manifest, dict):
        return manifest
    words = {"lang", "description", "label", *({"name"} if "url" in manifest else ())}
    return {key: without_words(one) for key, one in manifest.items() if key not in words}


async def test_styles_are_sent_as_one_without_comments_and_spaces(service: Service):
    [name] = [name for name in await kept_by_the_worker(service) if name.endswith(".css")]
    links = re.findall(r'href="{{root}}/(.+\.css)"', (WEB / "index.html").read_text("utf-8"))
    assert sorted(links) == sorted(path.name for path in WEB.glob("*.css"))
    written = "".join((WEB / link).read_text(encoding="utf-8") for link in links)
    rules = re.sub(r"/\*.*?\*/", "", written, flags=re.DOTALL)
    sent = (await page(service, name)).text
    assert "/*" not in sent
    assert "".join(sent.split()) == "".join(rules.split()).replace(";}", "}")
    assert len(sent) < len(rules)


async def test_assets_do_not_count_against_the_address_limit(service: Service):
    names = assets_of(await page(service))
    limit = service.app.state.limits.address
    before = sum(limit._store._counts.values()) if limit else 0
    for name in names:
        await page(service, name)
    assert not limit or sum(limit._store._counts.values()) == before


def test_every_file_is_under_300_lines():
    for path in TEXTS:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= MAX_LINES, f"{path.relative_to(WEB)} has {lines} lines"


async def sizes_of(service: Service, names: set[str], language: str = "en") -> list[int]:
    """Return the compressed bytes of the text files among these."""
    client = service.client({"Accept-Encoding": "br", "Accept-Language": language})
    sent = [await client.get(name) for name in names if re.search(r"(/|\.js|\.css)$", name)]
    assert {one.headers["content-encoding"] for one in sent} == {"br"}
    return [int(one.headers["content-length"]) for one in sent]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_first_visit_stays_under_its_byte_limit(service: Service, language: str):
    """`tests/web/test_first_visit.py` checks that the browser loads exactly these files."""
    loaded = {"/", *await loaded_at_first(service, language)}
    assert sum(await sizes_of(service, loaded, language)) <= MAX_BYTES_AT_FIRST


async def test_the_whole_page_stays_under_its_byte_limit(service: Service):
    sizes = await sizes_of(service, {"/", "/sw.js", *await kept_by_the_worker(service)})
    assert len(sizes) == len({"/", "/sw.js", "app.css"}) + SCRIPTS
    assert sum(sizes) <= MAX_BYTES


def code_of(script: str) -> str:
    """Return the script without comments and spaces."""
    tokens = re.compile(
        r"""("(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|/\[[^\n]*?[^<]/)|/\*.*?\*/|//[^\n]*|\s+""",
        re.DOTALL,
    )
    return tokens.sub(lambda found: found[1] or "", script)


async def test_scripts_lose_only_comments_and_spaces(service: Service):
    names = [name for name in await kept_by_the_worker(service) if name.endswith(".js")]
    texts = [(await page(service, name)).text for name in names]
    sent = "".join(map(code_of, texts))
    assert "/**" not in "".join(texts)
    for path in WEB.glob("js/**/*.js"):
        written = path.read_text(encoding="utf-8")
        code = LOADED.sub("", re.sub(r"^import [^;]+;|^export ", "", written, flags=re.MULTILINE))
        assert code_of(code) in LOADED.sub("", sent), path.name


async def test_only_sentences_are_in_two_scripts(service: Service):
    """A module in two scripts would have its state twice."""
    names = [name for name in await kept_by_the_worker(service) if name.endswith(".js")]
    sent = "".join([(await page(service, name)).text for name in names])
    modules = re.findall(r"^const (\$\w+) = \(\(\)", sent, re.MULTILINE)
    twice = {name for name in modules if modules.count(name) > 1}
    assert twice == {"$words_searches", "$words_training", "$words_transfer"}


def test_no_file_builds_markup_from_text():
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
        r"|srcdoc|DOMParser|createContextualFragment"
    )
    for path in TEXTS:
        assert not forbidden.search(path.read_text(encoding="utf-8")), path.name


def test_only_auth_js_mentions_clerk():
    for path in WEB.glob("js/**/*.js"):
        code = re.sub(r"/\*.*?\*/|// .*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert path.name == "auth.js" or "clerk" not in code.lower(), path.name


def test_only_three_modules_take_the_whole_app():
    whole = re.compile(r"\{(?:import\([^)]*app\.js\"\)\.)?App\} app\b")
    scripts = [path for path in WEB.glob("js/**/*.js") if whole.search(path.read_text("utf-8"))]
    assert {path.name for path in scripts} == {"session.js", "sheets.js", "shell.js"}
