from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from devclerk import oauth

VERIFIER = "a-verifier-that-belongs-to-one-attempt-only-43"
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
CALLBACK = "http://127.0.0.1:53682/callback?from=core"
REQUEST = {
    "response_type": "code",
    "client_id": "core-app",
    "redirect_uri": CALLBACK,
    "scope": "openid profile email offline_access",
    "state": "s&t=1",
    "nonce": "n-1",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


def pick(http: httpx.Client, form: dict[str, str], **request: str) -> httpx.Response:
    return http.post("/oauth/authorize", params=REQUEST | request, data=form)


def sign_in(http: httpx.Client, name: str = "Lily Example", **request: str) -> dict[str, str]:
    """Return the query of the redirect to the application."""
    return query_of(pick(http, {"name": name}, **request))


def query_of(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 303
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    return {name: value for name, [value] in query.items()}


def redeem(http: httpx.Client, code: str, **form: str) -> httpx.Response:
    fixed = {"grant_type": "authorization_code", "client_id": "core-app"}
    given = {"redirect_uri": CALLBACK, "code_verifier": VERIFIER, "code": code}
    return http.post("/oauth/token", data=fixed | given | form)


def refresh(http: httpx.Client, refresh_token: str) -> httpx.Response:
    form = {"grant_type": "refresh_token", "client_id": "core-app", "refresh_token": refresh_token}
    return http.post("/oauth/token", data=form)


def tokens_of(http: httpx.Client, **request: str) -> dict[str, Any]:
    answer = redeem(http, sign_in(http, **request)["code"])
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


def assert_refused(answer: httpx.Response, error: str, status: int = 400) -> None:
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["Cache-Control"] == "no-store"


def test_both_discovery_documents_name_every_endpoint(http: httpx.Client, issuer: str) -> None:
    document = http.get("/.well-known/openid-configuration").json()
    assert document == http.get("/.well-known/oauth-authorization-server").json()
    assert document["issuer"] == issuer
    endpoints = {name: url for name, url in document.items() if name.endswith("_endpoint")}
    assert endpoints == {
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "revocation_endpoint": f"{issuer}/oauth/token/revoke",
        "userinfo_endpoint": f"{issuer}/oauth/userinfo",
    }
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["jwks_uri"] == f"{issuer}/.well-known/jwks.json"


def test_the_page_lists_all_users(http: httpx.Client) -> None:
    page = http.get("/oauth/authorize", params=REQUEST)
    assert page.status_code == 200
    for name in ("Chris", "Lily", "Lars"):
        assert f">{name}</button>" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_picking_a_user_redirects_to_the_application_with_its_state(http: httpx.Client) -> None:
    page = http.get("/oauth/authorize", params=REQUEST).text
    person_id = page.split('value="')[1].split('"')[0]
    answer = pick(http, {"person": person_id})
    assert answer.headers["Location"].startswith(f"{CALLBACK}&code=")
    assert query_of(answer).keys() == {"from", "code", "state"}
    assert query_of(answer)["state"] == REQUEST["state"]


def test_a_code_is_exchanged_for_an_access_token_of_the_user(
    http: httpx.Client, issuer: str
) -> None:
    tokens = tokens_of(http)
    header = jwt.get_unverified_header(tokens["access_token"])
    key_set = jwt.PyJWKSet.from_dict(http.get("/.well-known/jwks.json").json())
    claims = jwt.decode(tokens["access_token"], key_set[header["kid"]], ["RS256"])
    assert header["typ"] == "at+jwt"
    assert claims.keys() == {"client_id", "exp", "iat", "iss", "jti", "scope", "sub"}
    assert claims["client_id"] == "core-app"
    assert claims["iss"] == issuer
    assert claims["exp"] - claims["iat"] == tokens["expires_in"] == 86_400
    assert claims["sub"].startswith("user_")
    assert tokens["token_type"] == "bearer"


def test_the_id_token_identifies_the_user_to_the_application(http: httpx.Client) -> None:
    claims = jwt.decode(tokens_of(http)["id_token"], options={"verify_signature": False})
    assert claims["aud"] == "core-app"
    assert claims["nonce"] == "n-1"
    assert (claims["name"], claims["email"]) == ("Lily Example", "lily.example@example.com")


def test_without_offline_access_and_openid_there_is_only_an_access_token(
    http: httpx.Client,
) -> None:
    tokens = tokens_of(http, scope="profile email")
    assert tokens.keys() == {"access_token", "expires_in", "scope", "token_type"}


def test_token_responses_are_not_cached(http: httpx.Client) -> None:
    assert redeem(http, sign_in(http)["code"]).headers["Cache-Control"] == "no-store"


def test_userinfo_returns_the_user_of_the_access_token(http: httpx.Client) -> None:
    token = tokens_of(http)["access_token"]
    answer = http.get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"}).json()
    assert answer["name"] == "Lily Example"
    assert answer["sub"] == jwt.decode(token, options={"verify_signature": False})["sub"]


def test_userinfo_refuses_other_tokens(http: httpx.Client) -> None:
    id_token = tokens_of(http)["id_token"]
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Bearer {id_token}"}):
        answer = http.get("/oauth/userinfo", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_a_code_works_once(http: httpx.Client) -> None:
    code = sign_in(http)["code"]
    assert redeem(http, code).status_code == 200
    assert_refused(redeem(http, code), "invalid_grant")


def test_a_code_expires_after_a_minute(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert oauth.CODE_LIFETIME_S == 60
    monkeypatch.setattr(oauth, "CODE_LIFETIME_S", -1)
    assert_refused(redeem(http, sign_in(http)["code"]), "invalid_grant")


@pytest.mark.parametrize("verifier", ["", VERIFIER + "x", CHALLENGE])
def test_a_wrong_verifier_is_refused_and_invalidates_the_code(
    http: httpx.Client, verifier: str
) -> None:
    code = sign_in(http)["code"]
    assert_refused(redeem(http, code, code_verifier=verifier), "invalid_grant")
    assert_refused(redeem(http, code), "invalid_grant")


def test_a_code_of_another_redirect_uri_is_refused(http: httpx.Client) -> None:
    code = sign_in(http)["code"]
    answer = redeem(http, code, redirect_uri="http://127.0.0.1:1/callback")
    assert_refused(answer, "invalid_grant")


def test_another_application_can_not_use_a_code(http: httpx.Client) -> None:
    code = sign_in(http)["code"]
    assert_refused(redeem(http, code, client_id="other"), "invalid_client", 401)


@pytest.mark.parametrize(
    ("grant_type", "error"),
    [("", "invalid_request"), ("password", "unsupported_grant_type")],
)
def test_other_grants_are_refused(http: httpx.Client, grant_type: str, error: str) -> None:
    assert_refused(redeem(http, "", grant_type=grant_type), error)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge": VERIFIER}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile admin"}, "invalid_scope"),
    ],
)
def test_an_invalid_request_is_reported_to_the_application(
    http: httpx.Client, change: dict[str, str], error: str
) -> None:
    for answer in (
        http.get("/oauth/authorize", params=REQUEST | change),
        pick(http, {"name": "Lily"}, **change),
    ):
        query = query_of(answer)
        assert (query["error"], query["state"]) == (error, REQUEST["state"])
        assert "code" not in query


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "other"},
        {"client_id": ""},
        {"redirect_uri": ""},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": "http://127.0.0.1.evil.example/"},
        {"redirect_uri": "http://127.0.0.1:80@evil.example/"},
        {"redirect_uri": "http://evil.example\\@127.0.0.1/"},
        {"redirect_uri": "http://127.0.0.1/\r\nSet-Cookie: a=b"},
        {"redirect_uri": "http://127.0.0.1/#fragment"},
        {"redirect_uri": "javascript:/alert(1)"},
        {"redirect_uri": "other-app:/callback"},
    ],
)
def test_an_unregistered_redirect_uri_is_not_followed(
    http: httpx.Client, change: dict[str, str]
) -> None:
    for answer in (
        http.get("/oauth/authorize", params=REQUEST | change),
        pick(http, {"name": "Lily"}, **change),
    ):
        assert answer.status_code == 400
        assert "Location" not in answer.headers


@pytest.mark.parametrize(
    "redirect_uri", ["core-app:/callback", "http://localhost:1234/", "http://[::1]:8550/a/b"]
)
def test_the_apps_redirect_uris_are_accepted_unchanged(
    http: httpx.Client, redirect_uri: str
) -> None:
    answer = pick(http, {"name": "Lily"}, redirect_uri=redirect_uri)
    assert answer.headers["Location"].startswith(f"{redirect_uri}?code=")


def test_names_are_escaped_in_the_page(http: httpx.Client) -> None:
    name = "<script>alert('x')</script>\"&"
    sign_in(http, name)
    page = http.get("/oauth/authorize", params=REQUEST).text
    assert "<script>" not in page
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;&quot;&amp;" in page


def test_an_empty_name_shows_the_form_again(http: httpx.Client) -> None:
    answer = pick(http, {"name": " "})
    assert answer.status_code == 400
    assert "A name has 1 to 100 printable characters." in answer.text


def test_the_same_name_signs_in_the_same_user(http: httpx.Client) -> None:
    subjects = {
        jwt.decode(tokens_of(http)["access_token"], options={"verify_signature": False})["sub"]
        for _ in range(2)
    }
    assert len(subjects) == 1


def test_a_refresh_token_works_once(http: httpx.Client) -> None:
    first = tokens_of(http)
    second = refresh(http, first["refresh_token"]).json()
    assert second.keys() == first.keys()
    assert second["refresh_token"] != first["refresh_token"]
    assert_refused(refresh(http, first["refresh_token"]), "invalid_grant")
    assert refresh(http, second["refresh_token"]).status_code == 200


def test_a_revoked_refresh_token_is_refused(http: httpx.Client) -> None:
    refresh_token = tokens_of(http)["refresh_token"]
    form = {"token": refresh_token, "client_id": "core-app"}
    assert [http.post("/oauth/token/revoke", data=form).status_code for _ in range(2)] == [200, 200]
    assert_refused(refresh(http, refresh_token), "invalid_grant")
