"""The web app's files: how they are sent, what the page may do, and how small it stays."""

import base64
import re
from collections import Counter
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from tests.factories import Service, run_service
from tests.tokens import SigningKey

WEB = Path(__file__).parents[2] / "core" / "web"
TEXTS = sorted(path for path in WEB.rglob("*") if path.suffix in {".html", ".css", ".js"})
MOST_LINES = 249
MOST_BYTES = 60_000

pytestmark = pytest.mark.anyio


async def page(service: Service, path: str = "/") -> httpx.Response:
    return await service.client().get(path)


def assets_of(answer: httpx.Response) -> list[str]:
    return re.findall(r'(?:href|src)="(/assets/[^"]+)"', answer.text)


def in_folder(asset: str) -> str:
    return asset.split("/", 3)[3]


def scripts_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.glob("js/**/*.js")}


async def kept_by_the_worker(service: Service) -> list[str]:
    return re.findall(r'"(/assets/[^"]+[^/"])"', (await page(service, "/sw.js")).text)


@pytest.mark.parametrize("path", ["/", "/save", "/save?text=https%3A%2F%2Fyoutu.be%2Fx"])
async def test_the_page_is_asked_for_each_time(service: Service, path: str):
    answer = await page(service, path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    again = await service.client({"If-None-Match": answer.headers["etag"]}).get(path)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"] == answer.headers["content-security-policy"]


async def test_every_file_of_the_page_is_there_for_good(service: Service):
    names, scripts = assets_of(await page(service)), scripts_of(WEB)
    at_once = {name for name in scripts if not name.startswith("js/sheets/")}
    assert scripts & {in_folder(name) for name in names} == at_once
    kept = await kept_by_the_worker(service)
    assert scripts < {in_folder(name) for name in kept}
    for name in {*names, *kept}:
        answer = await page(service, name)
        assert answer.status_code == 200, name
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_file_of_another_version_is_not_given_in_its_place(service: Service):
    name = assets_of(await page(service))[0]
    for wrong in (
        re.sub(r"/assets/\w+/", "/assets/0000000000000000/", name),
        f"{name}x",
        f"{name}/../../../../config.py",
        re.sub(r"/assets/(\w+)/.*", r"/assets/\1/index.html", name),
        re.sub(r"/assets/(\w+)/.*", r"/assets/\1/..%2f..%2fconfig.py", name),
    ):
        assert (await page(service, wrong)).status_code == 404, wrong


async def test_texts_are_compressed_as_the_browser_understands(service: Service):
    plain = await service.client({"Accept-Encoding": "identity"}).get("/")
    gzipped = await service.client({"Accept-Encoding": "gzip;q=0.5, br;q=0"}).get("/")
    small = await service.client({"Accept-Encoding": "gzip, br"}).get("/")
    encodings = [one.headers.get("content-encoding") for one in (plain, gzipped, small)]
    assert encodings == [None, "gzip", "br"]
    assert plain.text == gzipped.text == small.text
    assert {one.headers["vary"] for one in (plain, gzipped, small)} == {"Accept-Encoding"}


async def test_the_page_may_do_little(service: Service):
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
    assert not re.findall(r"<script(?![^>]*src=)|\son\w+=|<style|style=", answer.text)


@pytest.mark.parametrize(
    ("environment", "told"),
    [("development", None), ("staging", "max-age=31536000"), ("production", "max-age=31536000")],
)
async def test_browsers_are_told_to_stay_with_https_where_there_is_one(
    shared_database_url: str, signing_key: SigningKey, environment: str, told: str | None
):
    async with run_service(shared_database_url, signing_key, CORE_ENV=environment) as service:
        name = assets_of(await page(service))[0]
        for path in ("/", "/save", "/sw.js", name):
            answer = await page(service, path)
            assert answer.headers.get("strict-transport-security") == told, path


async def test_what_the_page_must_know_is_nothing_secret(service: Service):
    answer = await page(service, "/config.json")
    assert set(answer.json()) == {"publishable_key", "frontend_api", "version"}
    assert answer.json()["frontend_api"] == service.app.state.settings.issuer


async def test_the_files_do_not_count_against_an_address(service: Service):
    names = assets_of(await page(service))
    limit = service.app.state.limits.address
    before = sum(limit._store._counts.values()) if limit else 0
    for name in names:
        await page(service, name)
    assert not limit or sum(limit._store._counts.values()) == before


def test_every_file_stays_short():
    for path in TEXTS:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= MOST_LINES, f"{path.relative_to(WEB)} has {lines} lines"


async def test_all_of_it_stays_small(service: Service):
    client = service.client({"Accept-Encoding": "br"})
    names = {"/", "/sw.js", *await kept_by_the_worker(service)}
    sent = [await client.get(name) for name in names if re.search(r"(/|\.js|\.css)$", name)]
    assert len(sent) == len(TEXTS)
    assert {one.headers["content-encoding"] for one in sent} == {"br"}
    assert sum(int(one.headers["content-length"]) for one in sent) <= MOST_BYTES


async def test_scripts_are_sent_without_their_comments_and_with_all_else(service: Service):
    names = [name for name in await kept_by_the_worker(service) if name.endswith(".js")]
    for name in names:
        sent = Counter((await page(service, name)).text.splitlines())
        written = (WEB / in_folder(name)).read_text(encoding="utf-8")
        assert not sent - Counter(written.splitlines()), name
        left_out = Counter(written.splitlines()) - sent
        assert left_out, name
        assert all(re.match(r" */?\*(?!.*\*/.)", line) for line in left_out), name


def test_nothing_that_people_typed_becomes_markup():
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
        r"|srcdoc|DOMParser|createContextualFragment"
    )
    for path in TEXTS:
        assert not forbidden.search(path.read_text(encoding="utf-8")), path.name


def test_only_one_file_knows_clerk():
    for path in WEB.glob("js/**/*.js"):
        code = re.sub(r"/\*.*?\*/|// .*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert path.name == "auth.js" or "clerk" not in code.lower(), path.name
