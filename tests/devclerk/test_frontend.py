from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest

ORIGIN = "http://127.0.0.1:8000"


@pytest.fixture
def page(issuer: str) -> Iterator[httpx.Client]:
    """The HTTP client of a page's scripts, in a new browser."""
    headers = {"Origin": ORIGIN}
    with httpx.Client(base_url=issuer, headers=headers, trust_env=False, timeout=10) as client:
        yield client


def sign_in(page: httpx.Client, identifier: str, **query: str) -> dict[str, Any]:
    answer = page.post("/v1/client/sign_ins", data={"identifier": identifier}, params=query)
    body: dict[str, Any] = answer.raise_for_status().json()
    return body


def sessions(page: httpx.Client, **query: str) -> list[dict[str, Any]]:
    client = page.get("/v1/client", params=query).raise_for_status().json()["response"]
    return list(client["sessions"]) if client else []


def ask_token(page: httpx.Client, session_id: str, **query: str) -> httpx.Response:
    return page.post(f"/v1/client/sessions/{session_id}/tokens", params=query)


def test_a_sign_in_gets_tokens_of_its_session_for_its_page(page: httpx.Client) -> None:
    assert sessions(page) == []
    session_id = sign_in(page, "lily@example.com")["response"]["created_session_id"]
    [session] = sessions(page)
    assert session["id"] == session_id
    token = ask_token(page, session_id).json()["jwt"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["sub"], claims["sid"], claims["azp"]) == (
        session["user"]["id"],
        session_id,
        ORIGIN,
    )
    assert claims["exp"] - claims["iat"] == 60


def test_a_user_is_found_by_id_email_or_name_and_a_new_name_is_added(page: httpx.Client) -> None:
    by_name = sign_in(page, "lily")["client"]["sessions"][0]["user"]
    assert by_name["email_addresses"][0]["email_address"] == "lily@example.com"
    for same in (by_name["id"], "lily@example.com", "Lily"):
        assert sign_in(page, same)["client"]["sessions"][0]["user"] == by_name
    added = sign_in(page, "Mia Example")["client"]["sessions"][0]["user"]
    assert (added["first_name"], added["last_name"]) == ("Mia", "Example")
    offered = page.get("/people").json()
    assert {"id": added["id"], "name": "Mia Example"} in offered


@pytest.mark.parametrize("identifier", ["", "unknown@example.com", "x" * 101])
def test_a_refused_sign_in_has_a_reason(page: httpx.Client, identifier: str) -> None:
    answer = page.post("/v1/client/sign_ins", data={"identifier": identifier})
    assert answer.status_code == 422
    [fault] = answer.json()["errors"]
    assert fault["code"] == "person_not_found"
    assert fault["long_message"].endswith(".")
    assert sessions(page) == []


def test_signing_out_ends_the_session(page: httpx.Client) -> None:
    session_id = sign_in(page, "Lily")["response"]["created_session_id"]
    assert page.post("/v1/client/sessions", params={"_method": "DELETE"}).is_success
    assert sessions(page) == []
    answer = ask_token(page, session_id)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["code"] == "authentication_invalid"


def test_each_browser_has_its_own_user(page: httpx.Client) -> None:
    first, second = (page.post("/v1/dev_browser").json()["id"] for _ in range(2))
    lilys = sign_in(page, "Lily", __clerk_db_jwt=first)["response"]["created_session_id"]
    page.cookies.clear()
    assert sessions(page, __clerk_db_jwt=second) == []
    assert ask_token(page, lilys, __clerk_db_jwt=second).status_code == 401
    assert ask_token(page, lilys).status_code == 401
    sign_in(page, "Lars", __clerk_db_jwt=second)
    assert [one["id"] for one in sessions(page, __clerk_db_jwt=first)] == [lilys]


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "https://127.0.0.1.evil.example", "null", "file://"]
)
@pytest.mark.parametrize("path", ["/v1/client/sign_ins", "/v1/dev_browser", "/oauth/token"])
def test_a_page_of_another_site_is_refused(http: httpx.Client, origin: str, path: str) -> None:
    answer = http.post(path, data={"identifier": "Lily"}, headers={"Origin": origin})
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("origin", [ORIGIN, "http://localhost:8000", "http://localhost"])
def test_a_page_on_this_machine_can_read_responses(http: httpx.Client, origin: str) -> None:
    answer = http.get("/v1/client", headers={"Origin": origin})
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"


def test_only_the_two_scripts_are_served(http: httpx.Client) -> None:
    for path in ("clerk-js@6/dist/clerk.browser.js", "ui@1.36.0/dist/ui.browser.js"):
        script = http.get(f"/npm/@clerk/{path}")
        assert script.headers["Content-Type"].startswith("text/javascript")
        assert len(script.content) < 8_000
    for name in ("frontend.py", "..%2F..%2F..%2Ffrontend.py", "..", ""):
        assert http.get(f"/npm/@clerk/ui@1/dist/{name}").status_code == 404
    for other in ("ui@2", "ui@10", "js@1", "..@1"):
        assert http.get(f"/npm/@clerk/{other}/dist/ui.browser.js").status_code == 404


@pytest.mark.parametrize("end", ["end", "remove"])
def test_a_session_is_active_until_it_is_ended(page: httpx.Client, end: str) -> None:
    path = f"/v1/client/sessions/{sign_in(page, 'Lily')['response']['created_session_id']}"
    touched = page.post(f"{path}/touch").json()
    assert touched["client"]["sessions"] == [touched["response"]]
    assert page.post(f"{path}/{end}").json()["client"]["sessions"] == []
    assert page.post(f"{path}/touch").status_code == 401
