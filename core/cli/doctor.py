# ruff: noqa: PLC0415  see core/cli/__init__.py
"""`core doctor`: the errors and warnings of this installation, each with what to do."""

import asyncio
import errno
import json
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from core.cli.databases import Unfit, sqlite_file, try_database
from core.cli.terminal import FAILED, stop
from core.urls import is_sqlite

if TYPE_CHECKING:
    from core.config import Settings
    from core.database.session import Database

_FREE_BYTES = 200_000_000
_SKEW_S = 3


class Finding(NamedTuple):
    """An error, or a warning: a choice that may be intended."""

    is_error: bool
    sentence: str


_error = partial(Finding, True)  # noqa: FBT003  the name says what the value means
_warning = partial(Finding, False)  # noqa: FBT003  same


def doctor() -> None:
    """Say what is misconfigured, and what to do about it.

    It reads the settings as `core serve` does, checks the database, the port and the signing
    keys, and changes nothing. It exits with 1 when there is an error, else with 0.
    """
    from core.config import ConfigurationError, Settings

    try:
        settings = Settings.load()
    except ConfigurationError as error:
        stop(FAILED, *(f"Error: {fault}." for fault in error.faults), "Fix that first.")
    findings = sorted(_examine(settings), reverse=True)
    for finding in findings:
        typer.echo(f"{'Error' if finding.is_error else 'Warning'}: {finding.sentence}")
    errors = sum(finding.is_error for finding in findings)
    typer.echo(f"Errors: {errors}. Warnings: {len(findings) - errors}.")
    if errors:
        raise typer.Exit(FAILED)


def _examine(settings: "Settings") -> Iterator[Finding]:
    yield from _examine_sign_in(settings)
    yield from _examine_keys(settings)
    yield from _examine_further_issuers(settings)
    yield from _examine_oauth_tokens(settings)
    yield from _examine_database(settings.DATABASE_URL.get_secret_value())
    yield from _examine_replica(settings)
    yield from _examine_import_folder(settings)
    yield from _examine_secret_files()
    yield from _examine_port(settings)
    yield from _examine_metrics_ports(settings)
    yield from _examine_limits(settings)


def _examine_sign_in(settings: "Settings") -> Iterator[Finding]:
    production = settings.CORE_ENV == "production"
    for origin in settings.CLERK_AUTHORIZED_PARTIES:
        if production and origin.startswith("http://"):
            yield _warning(
                f"CLERK_AUTHORIZED_PARTIES: {origin} is not https, so its tokens can be read "
                "on the network. Remove it in production."
            )
    if not settings.CLERK_AUTHORIZED_PARTIES:
        yield _warning(
            "CLERK_AUTHORIZED_PARTIES: empty, so tokens of browsers are refused. List the origins "
            "of your pages."
        )
    if production and settings.CORE_ALLOW_IMPERSONATION:
        yield _warning(
            "CORE_ALLOW_IMPERSONATION: an administrator of Clerk can act as any user here. Set "
            "it to false when that is not needed."
        )
    if production and _has_test_key(settings):
        yield _warning(
            "CLERK_PUBLISHABLE_KEY, CLERK_SECRET_KEY: keys of a development instance of Clerk, "
            "which has a limit of users. Use the keys of the production instance (pk_live_, "
            "sk_live_)."
        )
    if not settings.CLERK_SECRET_KEY:
        yield _warning(
            "CLERK_SECRET_KEY: not set, so a user's e-mail and name are known only if the session "
            "token holds them."
        )
    if not settings.CLERK_WEBHOOK_SIGNING_SECRET:
        yield _warning(
            "CLERK_WEBHOOK_SIGNING_SECRET: not set, so a user who is deleted or banned in Clerk is "
            "not erased or refused here. Add a webhook in Clerk's dashboard."
        )


def _has_test_key(settings: "Settings") -> bool:
    secret = settings.CLERK_SECRET_KEY.get_secret_value() if settings.CLERK_SECRET_KEY else ""
    return "test" in {secret[3:7], (settings.CLERK_PUBLISHABLE_KEY or "")[3:7]}


def _examine_keys(settings: "Settings") -> Iterator[Finding]:
    from core.auth.clerk import Clerk
    from core.auth.key_check import KeysUnusable, measure_clock
    from core.config import ConfigurationError

    try:
        if Clerk(settings).has_keys:  # CLERK_JWT_KEY
            return
        ahead_s = measure_clock(settings)
    except ConfigurationError as error:
        yield from map(_error, error.faults)
    except KeysUnusable as error:
        yield _error(
            f"The signing keys can't be read at {settings.jwks_url}: {error}. Check "
            "CLERK_PUBLISHABLE_KEY and the network of this machine, or set CLERK_JWT_KEY."
        )
    else:
        if ahead_s is not None and abs(ahead_s) > _SKEW_S:
            yield _error(
                f"This machine's clock is {abs(ahead_s):.0f} s "
                f"{'ahead' if ahead_s > 0 else 'behind'}, and tokens are valid for one minute "
                "only. Set the clock by NTP."
            )


def _examine_further_issuers(settings: "Settings") -> Iterator[Finding]:
    from core.auth.key_check import KeysUnusable, shares_keys

    if settings.CLERK_JWT_KEY:  # this machine may have no access to the internet
        return
    for issuer in settings.CLERK_FURTHER_ISSUERS:
        try:
            if not shares_keys(settings, issuer):
                yield _error(
                    f"CLERK_FURTHER_ISSUERS: {issuer} signs with other keys, so its tokens are "
                    "refused. List only satellite domains and proxies of the same Clerk instance."
                )
        except KeysUnusable as error:
            yield _warning(
                f"CLERK_FURTHER_ISSUERS: the keys of {issuer} can't be compared with yours: "
                f"{error}. Check its spelling."
            )


def _examine_oauth_tokens(settings: "Settings") -> Iterator[Finding]:
    from core.auth.key_check import BackendUnusable, issues_opaque_tokens

    if not (settings.CLERK_OAUTH_CLIENT_IDS and settings.CLERK_SECRET_KEY):
        return
    try:
        if issues_opaque_tokens(settings):
            yield _error(
                "CLERK_OAUTH_CLIENT_IDS: Clerk issues opaque access tokens (oat_…), and Core "
                "refuses them. In Clerk's dashboard, turn on OAuth applications → Settings → "
                "Generate access tokens as JWTs."
            )
    except BackendUnusable as error:
        yield _warning(
            f"CLERK_SECRET_KEY: {settings.CLERK_API_URL} does not say whether OAuth access tokens "
            f"are JWTs: {error}. If the log has reason=opaque, they are not."
        )


def _examine_database(url: str) -> Iterator[Finding]:
    try:
        yield from try_database(url, _examine_role)
    except Unfit as unfit:
        yield _error(str(unfit))
    else:
        if is_sqlite(url):
            yield from _examine_file(sqlite_file(url))


async def _examine_role(database: "Database") -> list[Finding]:
    from core.queries.schema import bypasses_row_level_security

    findings = await _examine_cluster(database)
    if await bypasses_row_level_security(database):
        findings.append(
            _warning(
                "DATABASE_URL: PostgreSQL does not apply row-level security to this role. Use a "
                "role that is not a superuser and has no BYPASSRLS; on Citus one that does not own "
                "the tables."
            )
        )
    return findings


async def _examine_cluster(database: "Database") -> list[Finding]:
    from core.queries.schema import list_local_tables, list_lost_servers, list_unset

    async with database.read(None) as session:
        local = await list_local_tables(session)
        if local is None:
            return []
        if lost := await list_lost_servers(session):
            return [_lost_server(server) for server in lost]
        unset = await list_unset(session)
    findings = [
        _error(f"Citus lacks the setting {one}. Run `core db distribute` again.") for one in unset
    ]
    if local:
        findings.append(
            _error(
                f"These tables are not distributed, so Citus can't use them: {', '.join(local)}. "
                "Run `core db distribute` as their owner."
            )
        )
    return findings


def _lost_server(server: int) -> Finding:
    return _error(
        f"Server {server} of the Citus cluster (`pg_dist_node`) does not answer. Requests of its "
        "users fail; start it, or promote its standby."
    )


def _examine_replica(settings: "Settings") -> Iterator[Finding]:
    if url := settings.CORE_DATABASE_REPLICA_URL:
        try:
            yield from try_database(url.get_secret_value(), _examine_standby)
        except Unfit as unfit:
            yield _warning(f"CORE_DATABASE_REPLICA_URL: the primary answers all reads. {unfit}")


async def _examine_standby(database: "Database") -> list[Finding]:
    from core.queries.schema import is_standby

    if await is_standby(database):
        return []
    return [
        _error(
            "CORE_DATABASE_REPLICA_URL: this server is no standby, so it answers no reads. Name a "
            "streaming replica of the server in DATABASE_URL."
        )
    ]


def _examine_file(path: Path) -> Iterator[Finding]:
    from core.database.sqlite import sqlite3, wal_is_safe

    if not wal_is_safe(sqlite3.sqlite_version_info):
        yield _warning(
            f"SQLite {sqlite3.sqlite_version} can damage a write-ahead log, so Core does not use "
            "one and writes slower. Install pysqlite3, or a newer SQLite."
        )
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        yield _error(
            f"This user may not write {path} and its folder. Make the service's user their owner, "
            "and run `core doctor` as that user."
        )
    yield from _examine_privacy(path)
    free = shutil.disk_usage(path.parent).free
    if free < max(_FREE_BYTES, 2 * path.stat().st_size):
        yield _warning(
            f"The disk of {path} has {free // 1_000_000} MB left, too little for a backup next "
            "to it. Free some space: on a full disk nothing can be saved."
        )


def _is_there(path: Path) -> bool:
    """Return False also when this user has no permission to read the folder."""
    try:
        return path.exists()
    except OSError:
        return False


def _examine_import_folder(settings: "Settings") -> Iterator[Finding]:
    from core.workers.spool import folder_for

    folder = folder_for(settings.CORE_IMPORT_FOLDER, settings.DATABASE_URL.get_secret_value())
    there = next(path for path in (folder, *folder.parents) if _is_there(path))
    if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        yield _error(
            f"CORE_IMPORT_FOLDER: this user may not write {there}, so no file can be imported. "
            "Use a folder of the service's user, and run `core doctor` as that user."
        )
    elif there == folder and folder.stat().st_uid != os.getuid():
        yield _error(
            f"CORE_IMPORT_FOLDER: {folder} is another user's, so no file can be imported. Make "
            "the service's user its owner, and run `core doctor` as that user."
        )


def _examine_secret_files() -> Iterator[Finding]:
    from core.config import DOTENV_FILE, SECRETS, read_environment

    given = read_environment()
    if DOTENV_FILE.is_file():
        yield from _examine_privacy(DOTENV_FILE)
    for name in SECRETS:
        if path := given.get(f"{name}_FILE"):
            yield from _examine_privacy(Path(path))


def _examine_privacy(path: Path) -> Iterator[Finding]:
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield _warning(f"Other users of this machine may open {path}. Run `chmod 600` on it.")


def _examine_port(settings: "Settings") -> Iterator[Finding]:
    from core.server import listen
    from core.urls import LOOPBACK_HOSTS

    host, port = settings.CORE_HOST, settings.CORE_PORT
    if host not in LOOPBACK_HOSTS:
        yield _warning(
            f"CORE_HOST: {host} can be reached from other machines, and Core speaks plain HTTP. "
            "Make sure that only the proxy can reach it."
        )
    try:
        listen(host, port).close()
    except OSError as error:
        if error.errno != errno.EADDRINUSE or not _is_core(host, port):
            yield _error(f"CORE_HOST, CORE_PORT: Core can't listen there: {error.strerror}.")


def _examine_metrics_ports(settings: "Settings") -> Iterator[Finding]:
    from core.server import require_free

    same_host = settings.CORE_METRICS_HOST == settings.CORE_HOST
    if same_host and settings.CORE_PORT in settings.metrics_ports:
        yield _error(
            "CORE_METRICS_PORT: it, or the port of a further worker, is CORE_PORT. Change one."
        )
        return
    for port in settings.metrics_ports:
        try:
            require_free(settings.CORE_METRICS_HOST, port)
        except OSError as error:
            runs = error.errno == errno.EADDRINUSE and _is_core(
                settings.CORE_HOST, settings.CORE_PORT
            )
            if not runs:
                yield _error(f"CORE_METRICS_PORT: port {port} can't be used: {error.strerror}.")


def _is_core(host: str, port: int) -> bool:
    """Tell whether Core itself listens there."""
    from urllib.request import urlopen

    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{port}/health"
    with suppress(OSError, ValueError, KeyError, TypeError), urlopen(url, timeout=2) as answer:
        return bool(json.load(answer)["service"] == "core")
    return False


def _examine_limits(settings: "Settings") -> Iterator[Finding]:
    from core.ratelimit import counts_per_process, is_reachable
    from core.urls import LOOPBACK_HOSTS

    store = settings.CORE_RATE_LIMIT_STORE.get_secret_value()
    if store != "memory" and not asyncio.run(is_reachable(store)):
        yield _error(
            "CORE_RATE_LIMIT_STORE: no Redis answers there, so requests are not counted. "
            "Start it, or fix the address."
        )
    if counts_per_process(settings):
        yield _warning(
            f"CORE_RATE_LIMIT_STORE: {settings.CORE_WORKERS} processes count separately, so a "
            "limit is up to that many times as high. Use Redis, or divide the limits."
        )
    if settings.CORE_ENV == "development":
        return
    if not (settings.user_quota and settings.address_quota):
        yield _warning("CORE_RATE_LIMIT_USER, CORE_RATE_LIMIT_ADDRESS: one of them is off.")
    if settings.CORE_HOST in LOOPBACK_HOSTS and not settings.CORE_TRUSTED_PROXIES:
        yield _warning(
            "CORE_TRUSTED_PROXIES: empty, so behind a proxy all users share one limit. Add the "
            "proxy's address."
        )
