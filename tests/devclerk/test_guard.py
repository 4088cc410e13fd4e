from pathlib import Path

import httpx
import pytest

from devclerk.app import create_app
from devclerk.guard import Refused, require_loopback

ISSUER = "http://127.0.0.1:8010"


@pytest.mark.parametrize("environment", [None, "", "production", "staging", "Development", "dev"])
def test_the_stand_in_is_refused_outside_development(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: str | None
) -> None:
    monkeypatch.delenv("CORE_ENV")
    if environment is not None:
        monkeypatch.setenv("CORE_ENV", environment)
    with pytest.raises(Refused, match="only with CORE_ENV=development"):
        create_app(tmp_path, ISSUER)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    "issuer",
    ["http://0.0.0.0:8010", "http://192.0.2.7:8010", "https://clerk.example.com", "http://[::]:80"],
)
def test_the_stand_in_is_refused_for_an_address_that_other_machines_reach(
    tmp_path: Path, issuer: str
) -> None:
    with pytest.raises(Refused, match=r"Listen on 127\.0\.0\.1"):
        create_app(tmp_path, issuer)


@pytest.mark.parametrize("host", [None, "", "0.0.0.0", "::", "example.com"])  # noqa: S104  refused
def test_the_stand_in_listens_only_on_loopback(host: str | None) -> None:
    with pytest.raises(Refused):
        require_loopback(host)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("caller", "host", "status"),
    [
        ("127.0.0.1", "127.0.0.1:8010", 200),
        ("127.0.0.1", "localhost:8010", 200),
        ("192.0.2.7", "127.0.0.1:8010", 403),
        ("127.0.0.1", "evil.example:8010", 403),
        ("127.0.0.1", "", 403),
    ],
)
async def test_the_stand_in_accepts_requests_only_from_loopback_and_for_a_loopback_host(
    tmp_path: Path, caller: str, host: str, status: int
) -> None:
    transport = httpx.ASGITransport(create_app(tmp_path, ISSUER), client=(caller, 50_000))
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
        answer = await client.get("/.well-known/jwks.json", headers={"Host": host})
    assert answer.status_code == status


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:8000", 200),
        ("http://localhost", 200),
        ("http://evil.example", 403),
        ("http://127.0.0.1.evil.example", 403),
        ("http://127.0.0.1@evil.example", 403),
        ("https://127.0.0.1:8000", 403),
        ("null", 403),
        ("", 403),
    ],
)
async def test_the_stand_in_accepts_only_origins_of_this_machine(
    tmp_path: Path, origin: str, status: int
) -> None:
    transport = httpx.ASGITransport(create_app(tmp_path, ISSUER), client=("127.0.0.1", 50_000))
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
        answer = await client.get("/v1/client", headers={"Origin": origin})
    assert answer.status_code == status
