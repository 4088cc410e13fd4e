import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest

from app.settings import FILE, Settings, SettingsError


def load(tmp_path: Path, text: str = "", **environment: str) -> Settings:
    file = tmp_path / "settings.toml"
    file.write_text(text, encoding="utf-8")
    return Settings.load(environment, file)


def test_the_apps_file_has_the_defaults_for_development():
    assert Settings.load({}) == Settings()
    assert tomllib.loads(FILE.read_text(encoding="utf-8")) == asdict(Settings())


def test_the_environment_overrides_the_file(tmp_path: Path):
    text = 'api_url = "https://core.example.com/"\nclient_id = "builder"'
    settings = load(tmp_path, text, APP_CLIENT_ID="mine", APP_CLERK_URL="", HOME="/root")
    assert settings.api_url == "https://core.example.com"
    assert settings.client_id == "mine"
    assert settings.clerk_url == Settings().clerk_url


@pytest.mark.parametrize("name", ["APP_API", "APP_api_url_", "APP_"])
def test_an_unknown_setting_is_refused(tmp_path: Path, name: str):
    with pytest.raises(SettingsError, match=r"^Unknown setting: .* The settings are api_url, "):
        load(tmp_path, "", **{name: "x"})
    with pytest.raises(SettingsError, match="Unknown setting: apiurl"):
        load(tmp_path, 'apiurl = "https://core.example.com"')


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("api_url = 5", "api_url must be a text in quotation marks"),
        ("api_url = ", r"settings\.toml can't be read"),
    ],
)
def test_a_broken_file_is_reported(tmp_path: Path, text: str, sentence: str):
    with pytest.raises(SettingsError, match=sentence):
        load(tmp_path, text)


def test_a_missing_file_is_reported(tmp_path: Path):
    with pytest.raises(SettingsError, match=r"nothing\.toml can't be read"):
        Settings.load({}, tmp_path / "nothing.toml")


@pytest.mark.parametrize("name", ["api_url", "clerk_url"])
@pytest.mark.parametrize(
    "url",
    [
        "",
        "core.example.com",
        "http://core.example.com",
        "http://127.0.0.1.example.com",
        "http://127.0.0.1@core.example.com",
        "https://lily@core.example.com",
        "https://core.example.com\\@127.0.0.1",
        "https://core.example.com?x=1",
        "https://core.example.com#x",
        "https://core.example.com:99999",
        "https://",
        "https:///videos",
        "https://[",
        "https://c\u00f6re.example.com",
        "https://core.example.com/ x",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
    ],
)
def test_servers_use_https_or_loopback(tmp_path: Path, name: str, url: str):
    with pytest.raises(SettingsError, match=f"^{name} must be an address that begins with https"):
        load(tmp_path, f"{name} = '{url}'")


@pytest.mark.parametrize(
    "url",
    ["https://core.example.com", "https://a.b:8443/core", "http://localhost:80", "http://[::1]:80"],
)
def test_valid_urls_are_accepted(tmp_path: Path, url: str):
    assert load(tmp_path, f'api_url = "{url}"').api_url == url


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "http://127.0.0.1/callback",
        "http://localhost:8020/callback",
        "http://0.0.0.0:8020/callback",
        "https://127.0.0.1:8020/callback",
        "http://127.0.0.1:0/callback",
        "http://127.0.0.1:65536/callback",
        "http://127.0.0.1:8020",
        "http://127.0.0.1:8020/callback?x=1",
        "http://127.0.0.1:8020@core.example.com/callback",
        "core-app:/callback",
    ],
)
def test_a_desktops_redirect_uri_is_loopback_with_a_port(tmp_path: Path, uri: str):
    with pytest.raises(SettingsError, match=r"^redirect_uri must be http://127\.0\.0\.1"):
        load(tmp_path, f"redirect_uri = '{uri}'")


@pytest.mark.parametrize(
    "uri", ["", "/callback", "https:/callback", "http:/x", "javascript:/x", "core app:/x", "a:/x?y"]
)
def test_a_phones_redirect_uri_has_its_own_scheme(tmp_path: Path, uri: str):
    with pytest.raises(SettingsError, match=r"^phone_redirect_uri must use "):
        load(tmp_path, f"phone_redirect_uri = '{uri}'")


def test_the_client_id_is_required(tmp_path: Path):
    with pytest.raises(SettingsError, match="client_id is empty"):
        load(tmp_path, 'client_id = ""')
