"""Settings: every option with its unit and default, and the rules for refusing to start.

Clerk's options carry Clerk's own names. Each secret may come from a file instead: `NAME_FILE`.
"""

import base64
import binascii
import os
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from core.urls import (
    LOOPBACK_HOSTS,
    is_https_or_loopback,
    is_redis_address,
    is_sqlite,
    normalize_origin,
    normalize_url,
    require_database,
)

SECRETS = (
    "CLERK_SECRET_KEY", "CLERK_JWT_KEY", "CLERK_WEBHOOK_SIGNING_SECRET", "CORE_RATE_LIMIT_STORE",
    "DATABASE_URL", "CORE_DATABASE_REPLICA_URL",
)  # fmt: skip
DOTENV_FILE = Path(".env")
WINDOWS_S = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_PORTS = 65_536
# At least 18 bytes of base64: with an empty key any client could sign.
_WEBHOOK_SECRET = re.compile(r"whsec_([A-Za-z0-9+/]{4}){6,}([A-Za-z0-9+/]{2,3}={0,2})?")


class ConfigurationError(Exception):
    """The settings are missing something or are unsafe; `faults` has one line for each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def _split(value: object) -> object:
    if isinstance(value, str):
        return [part for part in re.split(r"[,\s]+", value) if part]
    return value


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
"""Several values in one variable, separated by commas or white space."""


class Quota(NamedTuple):
    """A number of requests in a window of seconds."""

    requests: int
    window_s: int


def read_quota(text: str) -> Quota | None:
    """Read `600/minute`; `off` is None.

    Raises: ValueError
    """
    if text == "off":
        return None
    match = re.fullmatch(r"([1-9][0-9]{0,8})/([a-z]+)", text)
    if not match or match[2] not in WINDOWS_S:
        raise ValueError("must be like 600/minute (second, minute, hour or day), or off")
    return Quota(int(match[1]), WINDOWS_S[match[2]])


class Settings(BaseModel):
    """Everything that can be configured. The names are the environment variables."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    CORE_ENV: Literal["production", "staging", "development"] = "production"
    """The environment; only `development` relaxes rules."""
    CORE_HOST: str = "127.0.0.1"
    """The address to listen on."""
    CORE_PORT: int = Field(default=8000, ge=0, le=65535)
    """The port to listen on; 0 takes any free one."""
    CORE_WORKERS: int = Field(default=1, ge=1, le=64)
    """Server processes."""
    CORE_SHUTDOWN_TIMEOUT_S: int = Field(default=30, ge=1, le=600)
    """How long a stopping server waits for the requests in flight, in seconds."""
    CORE_LOG_FORMAT: Literal["console", "json"] = "console"
    """The format of log lines."""
    CORE_LOG_LEVEL: Literal["debug", "info", "warning", "error"] = "info"
    """The lowest level of log lines that are written."""
    CORE_METRICS_PORT: int | None = Field(default=None, ge=1, le=65535)
    """The port of the metrics; each further worker takes the next one. None: no metrics."""
    CORE_METRICS_HOST: str = "127.0.0.1"
    """The address of the metrics."""
    CORE_RATE_LIMIT_USER: str = "600/minute"
    """The most requests of one user; `off`: any number."""
    CORE_RATE_LIMIT_ADDRESS: str = "3000/minute"
    """The most requests from one address, or one /64 of IPv6, for all its users; `off` as above."""
    CORE_RATE_LIMIT_STORE: SecretStr = SecretStr("memory")
    """`memory`: each process counts separately; `redis://…`: all processes share the counts."""
    CORE_MAX_CONNECTIONS_PER_ADDRESS: int = Field(default=200, ge=1, le=65535)
    """The most open connections of one address in one process; trusted proxies have no limit."""
    CORE_TRUSTED_PROXIES: Names = ()
    """Addresses or networks whose `X-Forwarded-For` is trusted."""
    CORE_REQUIRE_AZP: bool = False
    """Refuse session tokens that name no authorized party (`azp`)."""
    CORE_ALLOW_IMPERSONATION: bool = False
    """Accept tokens by which a Clerk administrator acts as another user (`act`)."""

    DATABASE_URL: SecretStr = SecretStr("sqlite:///data/core.db")
    """`sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://user:password@host/name`."""
    CORE_DATABASE_POOL_SIZE: int = Field(default=10, ge=1, le=200)
    """PostgreSQL connections of one server process."""
    CORE_DATABASE_REPLICA_URL: SecretStr | None = None
    """A standby of that PostgreSQL, which answers reads; each process opens as many connections."""
    CORE_MAX_VIDEOS: int = Field(50_000, ge=1)
    """The most videos of one library, the trash included."""
    CORE_IMPORT_FOLDER: str = ""
    """The folder of files that wait for an import; default: `core.workers.spool.folder_for`."""

    CORE_METADATA: bool = True
    """Ask YouTube for titles inside the service; `core worker` does so in any case."""
    CORE_METADATA_URL: str = "https://www.youtube.com/oembed"
    """The oEmbed address that titles are fetched from."""
    CORE_YOUTUBE_API_KEY: SecretStr | None = None
    """A key for YouTube's Data API, which then replaces oEmbed: it has durations too."""
    CORE_YOUTUBE_API_URL: str = "https://www.googleapis.com/youtube/v3/videos"
    """The address of the Data API."""

    CLERK_PUBLISHABLE_KEY: str | None = None
    """`pk_test_…` or `pk_live_…`; the issuer is read from it."""
    CLERK_SECRET_KEY: SecretStr | None = None
    """`sk_test_…` or `sk_live_…`; without it e-mails and names are not fetched."""
    CLERK_FRONTEND_API_URL: str | None = None
    """The issuer, instead of the publishable key's."""
    CLERK_FURTHER_ISSUERS: Names = ()
    """Other names of the same Clerk instance in `iss`: its satellite domains' and proxies'."""
    CLERK_JWKS_URL: str | None = None
    """The URL of the signing keys, instead of `{issuer}/.well-known/jwks.json`."""
    CLERK_JWT_KEY: SecretStr | None = None
    """The signing key as PEM; then no key is fetched."""
    CLERK_API_URL: str = "https://api.clerk.com"
    """Clerk's Backend API."""
    CLERK_AUTHORIZED_PARTIES: Names = ()
    """The origins whose session tokens are accepted, as in `https://app.example`."""
    CLERK_SESSION_AUDIENCES: Names = ()
    """The values of `aud` that session tokens may have; none: only those without `aud`."""
    CLERK_OAUTH_CLIENT_IDS: Names = ()
    """The OAuth applications whose access tokens are accepted."""
    CLERK_OAUTH_AUDIENCE: str | None = None
    """The value that `aud` of an OAuth access token must have."""
    CLERK_WEBHOOK_SIGNING_SECRET: SecretStr | None = None
    """`whsec_…`; without it webhooks are answered 503."""

    @field_validator("CLERK_JWT_KEY")
    @classmethod
    def _must_be_a_public_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and "-----BEGIN PUBLIC KEY-----" not in value.get_secret_value():
            raise ValueError("must be a PEM public key ('-----BEGIN PUBLIC KEY-----')")
        return value

    @field_validator("CLERK_AUTHORIZED_PARTIES")
    @classmethod
    def _must_be_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(normalize_origin, value))

    @field_validator("CLERK_FURTHER_ISSUERS")
    @classmethod
    def _must_be_issuers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(normalize_url, value))

    @field_validator("CLERK_FRONTEND_API_URL")
    @classmethod
    def _must_be_an_issuer(cls, value: str | None) -> str | None:
        return None if value is None else normalize_url(value)

    @field_validator("CLERK_JWKS_URL", "CLERK_API_URL", "CORE_METADATA_URL", "CORE_YOUTUBE_API_URL")
    @classmethod
    def _must_be_https(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None or is_https_or_loopback(value):
            return value.rstrip("/") if value and info.field_name != "CLERK_JWKS_URL" else value
        raise ValueError("must be an https address (http only on loopback)")

    @field_validator("CLERK_WEBHOOK_SIGNING_SECRET")
    @classmethod
    def _must_be_a_webhook_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _WEBHOOK_SECRET.fullmatch(value.get_secret_value()):
            raise ValueError("must be whsec_… as Clerk's dashboard shows it")
        return value

    @field_validator("DATABASE_URL", "CORE_DATABASE_REPLICA_URL")
    @classmethod
    def _must_be_a_known_database(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            require_database(value.get_secret_value())
        return value

    @field_validator("CORE_RATE_LIMIT_USER", "CORE_RATE_LIMIT_ADDRESS")
    @classmethod
    def _must_be_a_quota(cls, value: str) -> str:
        read_quota(value)
        return value

    @field_validator("CORE_RATE_LIMIT_STORE")
    @classmethod
    def _must_be_a_known_store(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url != "memory" and not is_redis_address(url):
            raise ValueError("must be memory, or like redis://:password@host:6379/0")
        return value

    @field_validator("CORE_TRUSTED_PROXIES")
    @classmethod
    def _must_be_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            try:
                is_everything = ip_network(name).prefixlen == 0
            except ValueError:
                raise ValueError("must be addresses or networks, as in 10.0.0.0/8") from None
            if is_everything:
                raise ValueError("must not trust every address there is")
        return value

    @property
    def user_quota(self) -> Quota | None:
        """How many requests one user may make; None: any number."""
        return read_quota(self.CORE_RATE_LIMIT_USER)

    @property
    def address_quota(self) -> Quota | None:
        """How many requests one address may make; None: any number."""
        return read_quota(self.CORE_RATE_LIMIT_ADDRESS)

    @property
    def metrics_ports(self) -> range:
        """The ports of the metrics, one for each worker; none when they are off."""
        first = self.CORE_METRICS_PORT
        return range(first, first + self.CORE_WORKERS) if first else range(0)

    @property
    def issuer(self) -> str | None:
        """The Clerk instance's address, which is `iss` of its tokens."""
        if self.CLERK_FRONTEND_API_URL:
            return self.CLERK_FRONTEND_API_URL
        host = publishable_key_host(self.CLERK_PUBLISHABLE_KEY or "")
        return f"https://{host}" if host else None

    @cached_property
    def issuers(self) -> tuple[str, ...]:
        """The values of `iss` that are accepted; all sign with the keys of `jwks_url`."""
        return (*filter(None, [self.issuer]), *self.CLERK_FURTHER_ISSUERS)

    @property
    def jwks_url(self) -> str:
        """The URL of the signing keys."""
        return self.CLERK_JWKS_URL or f"{self.issuer}/.well-known/jwks.json"

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Load `environ`, else the environment over `.env`; refuse unsafe settings.

        Raises: ConfigurationError
        """
        given = read_environment() if environ is None else environ
        values, faults = _collect(given)
        settings = _validate(values, faults)
        faults += _unsafe(settings) + _replica_of_sqlite(settings)
        if faults:
            raise ConfigurationError(faults)
        return settings


def load_storage() -> Settings:
    """Load only the settings of storage; Clerk's settings may be missing.

    Raises: ConfigurationError
    """
    given = read_environment()
    names = ("DATABASE_URL", "DATABASE_URL_FILE", "CORE_IMPORT_FOLDER", "CORE_MAX_VIDEOS")
    values, faults = _collect({name: given[name] for name in names if name in given})
    settings = _validate(values, faults)
    if faults:
        raise ConfigurationError(faults)
    return settings


def _validate(values: dict[str, str], faults: list[str]) -> Settings:
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        invalid = [f"{fault['loc'][0]}: {_reason(fault['msg'])}" for fault in error.errors()]
        raise ConfigurationError(faults + invalid) from None


def publishable_key_host(key: str) -> str | None:
    """Read the Frontend API's host from a publishable key; None when it is not one.

    Source: https://clerk.com/docs/guides/development/clerk-environment-variables
    """
    match = re.fullmatch(r"pk_(?:test|live)_([A-Za-z0-9+/=_-]+)", key)
    if not match:
        return None
    try:
        padded = match[1] + "=" * (-len(match[1]) % 4)
        host = base64.urlsafe_b64decode(padded).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return host[:-1] if re.fullmatch(r"[a-z0-9.:-]+\$", host) else None


def _collect(given: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Collect the variables of Core, and the secrets that are in files."""
    known = set(Settings.model_fields)
    values = {name: value for name, value in given.items() if name in known and value}
    faults: list[str] = []
    for name in sorted(given):
        secret = name.removesuffix("_FILE")
        if name.endswith("_FILE") and secret in SECRETS:
            faults += _take_file(values, secret, given[name]) if given[name] else ()
        elif name.startswith(("CORE_", "CLERK_")) and name not in known:
            faults.append(f"{name}: there is no such setting; check its spelling")
    return values, faults


def _take_file(values: dict[str, str], secret: str, path: str) -> Iterator[str]:
    if secret in values:
        yield f"{secret}: given twice, by itself and by {secret}_FILE"
        return
    try:
        values[secret] = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        yield f"{secret}_FILE: the file can't be read"


def read_environment() -> dict[str, str]:
    """Return the variables of `.env`, overridden by the environment.

    Raises: ConfigurationError: there is a `.env` that can't be read.
    """
    try:
        lines = dotenv_values(DOTENV_FILE) if DOTENV_FILE.is_file() else {}
    except (OSError, UnicodeDecodeError):
        reason = "this user may not open this file or the current folder, or it is not UTF-8"
        raise ConfigurationError([f"{DOTENV_FILE}: {reason}"]) from None
    return {**{name: value or "" for name, value in lines.items()}, **os.environ}


def _unsafe(settings: Settings) -> list[str]:
    """Return every reason not to start: one line each, without values."""
    publishable = settings.CLERK_PUBLISHABLE_KEY or ""
    secret = settings.CLERK_SECRET_KEY.get_secret_value() if settings.CLERK_SECRET_KEY else ""
    faults: list[str] = []
    if publishable and not publishable_key_host(publishable):
        faults.append("CLERK_PUBLISHABLE_KEY: this is no publishable key")
    if secret and not secret.startswith(("sk_test_", "sk_live_")):
        faults.append("CLERK_SECRET_KEY: this is no secret key")
    if settings.issuer is None:
        faults.append("CLERK_PUBLISHABLE_KEY or CLERK_FRONTEND_API_URL: one of them is needed")
    if publishable and secret and publishable[3:7] != secret[3:7]:
        faults.append("CLERK_SECRET_KEY: not of the publishable key's environment (test or live)")
    if not {*settings.CLERK_SESSION_AUDIENCES}.isdisjoint(settings.CLERK_OAUTH_CLIENT_IDS):
        faults.append("CLERK_SESSION_AUDIENCES: must not name an OAuth application")
    if settings.CORE_ENV == "production" and not settings.CLERK_AUTHORIZED_PARTIES:
        faults.append("CLERK_AUTHORIZED_PARTIES: needed in production")
    keys_on_loopback = urlsplit(settings.jwks_url).hostname in LOOPBACK_HOSTS
    if settings.CORE_ENV == "production" and keys_on_loopback and not settings.CLERK_JWT_KEY:
        faults.append("CLERK_FRONTEND_API_URL, CLERK_JWKS_URL: not on loopback in production")
    if settings.metrics_ports.stop > _PORTS:
        faults.append("CORE_METRICS_PORT: after it there are fewer ports than CORE_WORKERS")
    if settings.CORE_ENV == "development" and "live" in (publishable[3:7], secret[3:7]):
        faults.append("CORE_ENV: a live key must not be used in development")
    return faults


def _replica_of_sqlite(settings: Settings) -> list[str]:
    replica = settings.CORE_DATABASE_REPLICA_URL
    urls = [url.get_secret_value() for url in (settings.DATABASE_URL, replica) if url]
    is_one = replica is not None and any(map(is_sqlite, urls))
    return ["CORE_DATABASE_REPLICA_URL: both databases must be PostgreSQL"] if is_one else []


def _reason(message: str) -> str:
    return message.removeprefix("Value error, ")
