"""The proxy examples of deploy/ in real proxies, in front of a real `core serve`."""

import gzip
import json
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.databases import NewDatabaseUrl
from tests.support.factories import ISSUER, ORIGIN, environ_for, link
from tests.support.proxies import PROXIES, run_proxy
from tests.support.servers import Server, run_server
from tests.support.tokens import SigningKey, mint, session_claims

LARGE, SMALL = "/videos", "/videos?limit=10"
"""Lists of 40 KB and of 3 KB: Core compresses the first, the proxy the second."""
VIDEOS = 120


@pytest.fixture(scope="module")
def core(
    new_database_url: NewDatabaseUrl,
    signing_key: SigningKey,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    environment = environ_for(
        new_database_url("sqlite"), signing_key, CORE_TRUSTED_PROXIES="127.0.0.1"
    )
    with run_server(tmp_path_factory.mktemp("core"), "serve", **environment) as server:
        yield server


@pytest.fixture(scope="module", params=PROXIES)
def user(
    request: pytest.FixtureRequest,
    core: Server,
    signing_key: SigningKey,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[httpx.Client]:
    """A user of the proxy, with a library."""
    claims = session_claims(f"user_{request.param}", iss=ISSUER, azp=ORIGIN)
    headers = {"Authorization": f"Bearer {mint(signing_key, claims)}", "Accept-Encoding": "gzip"}
    folder = tmp_path_factory.mktemp(request.param)
    with (
        run_proxy(request.param, core.port, folder) as url,
        httpx.Client(base_url=url, headers=headers) as client,
    ):
        _fill(client)
        yield client


def _fill(client: httpx.Client) -> None:
    for number in range(VIDEOS):
        sent = {"url": link(f"proxied{number:04}"), "title": f"Title {number}"}
        client.post("/videos", json=sent).raise_for_status()


def read(user: httpx.Client, path: str, accept_encoding: str) -> tuple[httpx.Headers, bytes]:
    """Return the headers, and the body as it was sent."""
    with user.stream("GET", path, headers={"Accept-Encoding": accept_encoding}) as answer:
        assert answer.status_code == 200
        return answer.headers, b"".join(answer.iter_raw())


@pytest.mark.parametrize("path", [LARGE, SMALL, "/exports", "/", "/openapi.json"])
def test_json_and_pages_are_compressed_through_a_proxy(user: httpx.Client, path: str):
    headers, packed = read(user, path, "gzip")
    _, text = read(user, path, "identity")
    assert gzip.decompress(packed) == text
    assert len(packed) < len(text) / 2
    assert headers["content-encoding"] == "gzip"
    assert path == "/exports" or "Accept-Encoding" in headers["vary"]


@pytest.mark.parametrize("path", [LARGE, SMALL])
def test_the_etag_of_a_compressed_list_matches_through_a_proxy(user: httpx.Client, path: str):
    listed = user.get(path)
    assert listed.headers["content-encoding"] == "gzip"
    seen = listed.headers["etag"]
    assert user.get(path, headers={"If-None-Match": seen}).status_code == 304
    video = f"/videos/{listed.json()['videos'][0]['id']}"
    for expected in (200, 412):  # the second comes after a change
        answer = user.patch(video, json={"title": f"{path} {expected}"}, headers={"If-Match": seen})
        assert answer.status_code == expected, answer.text
    assert user.get(path, headers={"If-None-Match": seen}).status_code == 200


def test_a_client_without_gzip_gets_the_text_through_a_proxy(user: httpx.Client):
    headers, text = read(user, LARGE, "identity")
    assert "content-encoding" not in headers
    assert len(json.loads(text)["videos"]) == VIDEOS


@pytest.mark.parametrize("name", PROXIES)
def test_a_proxy_offers_http_2(name: str, core: Server, tmp_path: Path):
    """By HTTP/1.1 a browser loads only six files of the web app at a time."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    with run_proxy(name, core.port, tmp_path, is_https=True) as url:
        port = urlsplit(url).port
        with (
            socket.create_connection(("127.0.0.1", port)) as plain,
            context.wrap_socket(plain) as client,
        ):
            assert client.selected_alpn_protocol() == "h2"
