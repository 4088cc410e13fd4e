"""Settings: read from the environment, `.env` and files; unsafe ones are refused."""

import base64
import os
from pathlib import Path

import pytest

from core import config
from core.config import ConfigurationError, Settings, load_storage, publishable_key_host

MINIMAL = {"CLERK_FRONTEND_API_URL": "https://clerk.core.test", "CORE_ENV": "staging"}


def publishable_key(host: str, kind: str = "test") -> str:
    return f"pk_{kind}_" + base64.b64encode(f"{host}$".encode()).decode()


def secret_key(kind: str = "test") -> str:
    return f"sk_{kind}_made-for-this-test"


@pytest.fixture(autouse=True)
def no_dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(config, "DOTENV_FILE", tmp_path / ".env")
    return tmp_path / ".env"


def faults(**environ: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        Settings.load(environ)
    return caught.value.faults


def test_production_is_the_default_environment():
    environ = {**MINIMAL, "CLERK_AUTHORIZED_PARTIES": "https://core.test"}
    del environ["CORE_ENV"]
    assert Settings.load(environ).CORE_ENV == "production"


def test_the_issuer_is_read_from_the_publishable_key():
    key = publishable_key("happy-cat-1.clerk.accounts.dev")
    settings = Settings.load({"CLERK_PUBLISHABLE_KEY": key, "CORE_ENV": "staging"})
    assert settings.issuer == "https://happy-cat-1.clerk.accounts.dev"
    assert settings.jwks_url == "https://happy-cat-1.clerk.accounts.dev/.well-known/jwks.json"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "pk_test_",
        "pk_test_!!!!",
        "pk_prod_YSQ=",
        "sk_test_YSQ=",
        "pk_test_YQ==",
        "pk_test_/yQ=",
    ],
)
def test_a_malformed_publishable_key_gives_no_host(key: str):
    assert publishable_key_host(key) is None


def test_lists_are_split_at_commas_and_spaces():
    settings = Settings.load(
        {**MINIMAL, "CLERK_AUTHORIZED_PARTIES": "https://a.test, https://b.test "}
    )
    assert settings.CLERK_AUTHORIZED_PARTIES == ("https://a.test", "https://b.test")


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://app.test", "https://app.test"),
        ("https://app.test/", "https://app.test"),
        ("HTTPS://App.Test", "https://app.test"),
        ("https://app.test:443/", "https://app.test"),
        ("http://app.test:80", "http://app.test"),
        ("http://app.test:0443", "http://app.test:443"),
        ("https://app.test:8443", "https://app.test:8443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("chrome-extension://abcdefghijklmnop/", "chrome-extension://abcdefghijklmnop"),
    ],
)
def test_an_authorized_party_is_normalized_as_browsers_do(written: str, origin: str):
    settings = Settings.load({**MINIMAL, "CLERK_AUTHORIZED_PARTIES": written})
    assert list(settings.CLERK_AUTHORIZED_PARTIES) == [origin]


@pytest.mark.parametrize(
    "party",
    [
        "app.test", "https://", "https:///", "https://app.test/path", "https://app.test//",
        "https://app.test?", "https://app.test#x", "https://u@app.test", "https://app.test:65536",
        "https://app.test:", "https://app.test:x", "https://*.app.test", "https://äpp.test", "null",
    ],
)  # fmt: skip
def test_an_authorized_party_that_is_no_origin_is_refused(party: str):
    assert faults(**MINIMAL, CLERK_AUTHORIZED_PARTIES=f"https://a.test {party}") == [
        "CLERK_AUTHORIZED_PARTIES: must be an origin like https://app.example.com, without a path"
    ]


def test_an_issuer_is_normalized_as_clerk_does():
    settings = Settings.load(
        {
            "CORE_ENV": "staging",
            "CLERK_FRONTEND_API_URL": "https://Clerk.App.test:443/",
            "CLERK_FURTHER_ISSUERS": "HTTPS://clerk.satellite.test/,https://app.test:444/__Clerk/",
        }
    )
    assert settings.issuers == (
        "https://clerk.app.test",
        "https://clerk.satellite.test",
        "https://app.test:444/__Clerk",
    )
    assert settings.jwks_url == "https://clerk.app.test/.well-known/jwks.json"


@pytest.mark.parametrize(
    ("environ", "fault"),
    [
        *(
            (
                {**MINIMAL, "CLERK_FURTHER_ISSUERS": f"https://a.test {issuer}"},
                "CLERK_FURTHER_ISSUERS: must be an https address (http only on loopback)",
            )
            for issuer in ("http://b.test", "b.test", "https://b.test?x", "https://[", "https://")
        ),
        (
            {
                **MINIMAL,
                "CLERK_OAUTH_CLIENT_IDS": "one two",
                "CLERK_SESSION_AUDIENCES": "convex two",
            },
            "CLERK_SESSION_AUDIENCES: must not name an OAuth application",
        ),
        (
            {"CORE_ENV": "staging"},
            "CLERK_PUBLISHABLE_KEY or CLERK_FRONTEND_API_URL: one of them is needed",
        ),
        (
            {**MINIMAL, "CLERK_PUBLISHABLE_KEY": "rubbish"},
            "CLERK_PUBLISHABLE_KEY: this is no publishable key",
        ),
        *(
            (
                {"CLERK_AUTHORIZED_PARTIES": "https://a.test", **where},
                "CLERK_FRONTEND_API_URL, CLERK_JWKS_URL: not on loopback in production",
            )
            for where in (
                {"CLERK_FRONTEND_API_URL": "http://localhost:8010"},
                {"CLERK_FRONTEND_API_URL": "https://a.b", "CLERK_JWKS_URL": "http://[::1]:1/keys"},
            )
        ),
        (
            {**MINIMAL, "CORE_METRICS_PORT": "65534", "CORE_WORKERS": "3"},
            "CORE_METRICS_PORT: after it there are fewer ports than CORE_WORKERS",
        ),
        ({**MINIMAL, "CLERK_SECRET_KEY": "rubbish"}, "CLERK_SECRET_KEY: this is no secret key"),
        (
            {"CLERK_FRONTEND_API_URL": "https://clerk.core.test"},
            "CLERK_AUTHORIZED_PARTIES: needed in production",
        ),
        (
            {
                **MINIMAL,
                "CLERK_PUBLISHABLE_KEY": publishable_key("a.test", "live"),
                "CLERK_SECRET_KEY": secret_key("test"),
            },
            "CLERK_SECRET_KEY: not of the publishable key's environment (test or live)",
        ),
        (
            {**MINIMAL, "CORE_ENV": "development", "CLERK_SECRET_KEY": secret_key("live")},
            "CORE_ENV: a live key must not be used in development",
        ),
        (
            {**MINIMAL, "CLERK_FRONTEND_API_URL": "http://clerk.core.test"},
            "CLERK_FRONTEND_API_URL: must be an https address (http only on loopback)",
        ),
        (
            {**MINIMAL, "CLERK_JWKS_URL": "http://10.0.0.1/keys"},
            "CLERK_JWKS_URL: must be an https address (http only on loopback)",
        ),
        (
            {**MINIMAL, "CORE_METADATA_URL": "http://www.youtube.com/oembed"},
            "CORE_METADATA_URL: must be an https address (http only on loopback)",
        ),
        ({**MINIMAL, "CORE_PROT": "1"}, "CORE_PROT: there is no such setting; check its spelling"),
        ({**MINIMAL, "CLERK_KEY": "1"}, "CLERK_KEY: there is no such setting; check its spelling"),
        (
            {**MINIMAL, "CORE_PORT_FILE": "/x"},
            "CORE_PORT_FILE: there is no such setting; check its spelling",
        ),
        (
            {**MINIMAL, "CORE_PORT": "70000"},
            "CORE_PORT: Input should be less than or equal to 65535",
        ),
        (
            {**MINIMAL, "DATABASE_URL": "mysql://x"},
            "DATABASE_URL: must begin with sqlite:/// or postgresql://",
        ),
        (
            {**MINIMAL, "CLERK_JWT_KEY": "x"},
            "CLERK_JWT_KEY: must be a PEM public key ('-----BEGIN PUBLIC KEY-----')",
        ),
        *(
            (
                {**MINIMAL, "CLERK_WEBHOOK_SIGNING_SECRET": secret},
                "CLERK_WEBHOOK_SIGNING_SECRET: must be whsec_… as Clerk's dashboard shows it",
            )
            # Without the prefix; not base64; an empty key; a key that is too short.
            for secret in ("A" * 32, "whsec_" + "-" * 32, "whsec_", "whsec_" + "A" * 20)
        ),
        (
            {**MINIMAL, "CLERK_SECRET_KEY_FILE": "/nowhere"},
            "CLERK_SECRET_KEY_FILE: the file can't be read",
        ),
    ],
)
def test_an_invalid_setting_is_one_line_that_names_it(environ: dict[str, str], fault: str):
    assert faults(**environ) == [fault]


def test_all_invalid_settings_are_listed_together_without_values():
    told = faults(CORE_PORT="private", DATABASE_URL="private", CLERK_PRIVATE="private")
    assert len(told) == 3
    assert "private" not in " ".join(told).replace("CLERK_PRIVATE", "")


@pytest.mark.parametrize(
    "url", ["sqlite:///", "sqlite:///:memory:", "sqlite:///x.db?mode=ro", "sqlite:///?"]
)
def test_a_sqlite_url_names_a_file_and_nothing_else(url: str):
    assert faults(**MINIMAL, DATABASE_URL=url) == [
        "DATABASE_URL: must name a file after sqlite:///, without a question mark"
    ]


MALFORMED = [
    "postgresql://u:private@host:notaport/db",
    "postgresql://u:private@host:70000/db",
    "postgresql://u:private@[::1/db",
    "postgresql://u:pri/vate@host/db",
    "postgresql://u:12/private@host/db",
    "postgresql://u:12?private@host/db",
    "postgresql://u:12#private@host/db",
    "postgresql://u:pri@12/vate@host/db",
    "postgresql://u:pri[vate@host/db",
]


@pytest.mark.parametrize("url", MALFORMED)
def test_a_malformed_url_of_a_replica_is_one_line_without_its_password(url: str):
    main = "postgresql://u@host/db"
    [told] = faults(**MINIMAL, DATABASE_URL=main, CORE_DATABASE_REPLICA_URL=url)
    assert told.startswith("CORE_DATABASE_REPLICA_URL: must be like postgresql://user")
    assert "vate" not in told


@pytest.mark.parametrize(
    "urls", [("sqlite:///a.db", "postgresql://u@h/db"), ("postgresql://u@h/db", "sqlite:///a.db")]
)
def test_sqlite_has_no_replica(urls: tuple[str, str]):
    database, replica = urls
    told = faults(**MINIMAL, DATABASE_URL=database, CORE_DATABASE_REPLICA_URL=replica)
    assert told == ["CORE_DATABASE_REPLICA_URL: both databases must be PostgreSQL"]


@pytest.mark.parametrize("url", MALFORMED)
def test_a_malformed_postgresql_url_is_one_line_without_its_password(url: str):
    [told] = faults(**MINIMAL, DATABASE_URL=url)
    assert told.startswith("DATABASE_URL: must be like postgresql://user:password@host:5432/name")
    assert "vate" not in told


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p%2Fw%40@host:5432/db?sslmode=require",
        "postgres://u@[::1]:5432/db",
        "postgresql://u@/db?host=/run/postgresql",
        "postgresql://u@one:5432,two:5433/db",
        "sqlite:///a%20b#c.db",
        "sqlite:////data/core.db",
    ],
)
def test_a_database_url_that_its_driver_understands_is_accepted(url: str):
    settings = Settings.load({**MINIMAL, "DATABASE_URL": url})
    assert settings.DATABASE_URL.get_secret_value() == url


def test_the_database_url_is_validated_the_same_without_the_other_settings(
    no_dotenv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in [name for name in os.environ if name.startswith(("CORE_", "CLERK_", "DATABASE_"))]:
        monkeypatch.delenv(name)
    no_dotenv.write_text("DATABASE_URL=sqlite:///dotenv.db\nCORE_TYPO=1\n")
    assert load_storage().DATABASE_URL.get_secret_value() == "sqlite:///dotenv.db"
    monkeypatch.setenv("DATABASE_URL", "sqlite:///environment.db")
    assert load_storage().DATABASE_URL.get_secret_value() == "sqlite:///environment.db"
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "missing"))
    with pytest.raises(ConfigurationError, match=r"given twice, by itself and by \w+_FILE"):
        load_storage()
    monkeypatch.setenv("DATABASE_URL", "")
    with pytest.raises(ConfigurationError, match="DATABASE_URL_FILE: the file can't be read"):
        load_storage()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_http_is_allowed_on_loopback(host: str):
    settings = Settings.load({**MINIMAL, "CLERK_FRONTEND_API_URL": f"http://{host}:8010/"})
    assert settings.issuer == f"http://{host}:8010"


def test_a_secret_can_come_from_a_file(tmp_path: Path):
    file = tmp_path / "secret"
    file.write_text(secret_key() + "\n")
    settings = Settings.load({**MINIMAL, "CLERK_SECRET_KEY_FILE": str(file)})
    assert settings.CLERK_SECRET_KEY is not None
    assert settings.CLERK_SECRET_KEY.get_secret_value() == secret_key()
    assert secret_key() not in repr(settings)
    both = {**MINIMAL, "CLERK_SECRET_KEY_FILE": str(file), "CLERK_SECRET_KEY": secret_key()}
    assert faults(**both) == [
        "CLERK_SECRET_KEY: given twice, by itself and by CLERK_SECRET_KEY_FILE"
    ]


def test_the_environment_overrides_the_dotenv_file(
    no_dotenv: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in [name for name in os.environ if name.startswith(("CORE_", "CLERK_", "DATABASE_"))]:
        monkeypatch.delenv(name)
    for name, value in {**MINIMAL, "CORE_PORT": "2"}.items():
        monkeypatch.setenv(name, value)
    no_dotenv.write_text("CORE_PORT=1\nCORE_HOST=::1\nCORE_TYPO=1\n")
    with pytest.raises(ConfigurationError, match="CORE_TYPO: there is no such setting"):
        Settings.load()
    no_dotenv.write_text("CORE_PORT=1\nCORE_HOST=::1\nSOMETHING_ELSE=1\n")
    settings = Settings.load()
    assert (settings.CORE_PORT, settings.CORE_HOST) == (2, "::1")


def test_a_dotenv_file_of_another_encoding_is_refused(no_dotenv: Path):
    no_dotenv.write_bytes("CORE_HOST=Müller\n".encode("latin-1"))
    for load in (Settings.load, load_storage):
        with pytest.raises(ConfigurationError, match=r"\.env: .* or it is not UTF-8"):
            load()


def test_an_empty_variable_counts_as_unset():
    Settings.load({**MINIMAL, "CLERK_SECRET_KEY_FILE": ""})
    assert Settings.load({**MINIMAL, "CORE_PORT": ""}).CORE_PORT == 8000


@pytest.mark.parametrize(
    ("text", "quota"),
    [("600/minute", (600, 60)), ("1/second", (1, 1)), ("9/hour", (9, 3600)), ("off", None)],
)
def test_a_limit_is_parsed_in_its_common_spellings(text: str, quota: tuple[int, int] | None):
    settings = Settings.load({**MINIMAL, "CORE_RATE_LIMIT_USER": text})
    assert settings.user_quota == quota


@pytest.mark.parametrize("text", ["600", "0/minute", "6/week", "-1/day", "6 /day", "minute", "no"])
def test_a_malformed_limit_is_refused(text: str):
    assert faults(**MINIMAL, CORE_RATE_LIMIT_ADDRESS=text) == [
        "CORE_RATE_LIMIT_ADDRESS: must be like 600/minute (second, minute, hour or day), or off"
    ]


@pytest.mark.parametrize("url", ["redis", "redis://", "http://host", "redis://h:port/0", "Memory"])
def test_a_malformed_redis_url_is_refused_without_its_value(url: str):
    told = faults(**MINIMAL, CORE_RATE_LIMIT_STORE=url)
    assert told == ["CORE_RATE_LIMIT_STORE: must be memory, or like redis://:password@host:6379/0"]


@pytest.mark.parametrize(
    ("proxies", "told"),
    [
        ("10.0.0.1/8", "must be addresses or networks, as in 10.0.0.0/8"),
        ("127.0.0.1, proxy.example", "must be addresses or networks, as in 10.0.0.0/8"),
        ("0.0.0.0/0", "must not trust every address there is"),
        ("::/0", "must not trust every address there is"),
    ],
)
def test_malformed_proxy_addresses_are_refused(proxies: str, told: str):
    assert faults(**MINIMAL, CORE_TRUSTED_PROXIES=proxies) == [f"CORE_TRUSTED_PROXIES: {told}"]
