# ruff: noqa: PLC0415  see core/cli/__init__.py
"""`core doctor`: what is wrong or doubtful in this installation, each with what to do."""

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
from urllib.parse import urlsplit

import typer

from core.cli.databases import Unfit, is_sqlite, sqlite_file, try_database
from core.cli.terminal import FAILED, stop

if TYPE_CHECKING:
    from core.config import Settings
    from core.database import Database

_FREE_BYTES = 200_000_000
_SKEW_S = 3


class Finding(NamedTuple):
    """Something wrong, or something that may be meant so."""

    is_wrong: bool
    sentence: str


wrong = partial(Finding, True)  # noqa: FBT003  that is what it is for
doubtful = partial(Finding, False)  # noqa: FBT003  same


def doctor() -> None:
    """Say what is misconfigured, and what to do about it.

    It reads the settings as `core serve` does, looks at the database, the port and the signing
    keys, and changes nothing. It exits with 1 when something is wrong, with 0 when nothing is or
    only doubtful.
    """
    from core.config import ConfigurationError, Settings

    try:
        settings = Settings.load()
    except ConfigurationError as error:
        stop(FAILED, *(f"Wrong: {fault}." for fault in error.faults), "Mend that first.")
    findings = sorted(_examine(settings), reverse=True)
    for finding in findings:
        typer.echo(f"{'Wrong' if finding.is_wrong else 'Doubtful'}: {finding.sentence}")
    faults = sum(finding.is_wrong for finding in findings)
    typer.echo(f"{faults} wrong, {len(findings) - faults} doubtful.")
    if faults:
        raise typer.Exit(FAILED)


def _examine(settings: "Settings") -> Iterator[Finding]:
    yield from _examine_sign_in(settings)
    yield from _examine_keys(settings)
    yield from _examine_database(settings.DATABASE_URL.get_secret_value())
    yield from _examine_import_folder(settings)
    yield from _examine_secret_files()
    yield from _examine_port(settings)
    yield from _examine_metrics_ports(settings)
    yield from _examine_limits(settings)


def _examine_sign_in(settings: "Settings") -> Iterator[Finding]:
    production = settings.CORE_ENV == "production"
    for origin in settings.CLERK_AUTHORIZED_PARTIES:
        parts = urlsplit(origin)
        if origin != f"{parts.scheme}://{parts.netloc}":
            yield wrong(
                f"CLERK_AUTHORIZED_PARTIES: {origin} is no origin, so no token can name it. "
                "Write it like https://app.example.com, without a path or a slash at the end."
            )
        elif production and parts.scheme == "http":
            yield doubtful(
                f"CLERK_AUTHORIZED_PARTIES: {origin} is not https; whoever is on the way can read "
                "its tokens. Leave it out in production."
            )
    if not settings.CLERK_AUTHORIZED_PARTIES:
        yield doubtful(
            "CLERK_AUTHORIZED_PARTIES: none, so tokens of browsers are refused. Name your pages' "
            "origins."
        )
    if production and settings.CORE_ALLOW_IMPERSONATION:
        yield doubtful(
            "CORE_ALLOW_IMPERSONATION: an administrator of Clerk can act as anybody here. Set it "
            "to false when nobody has to."
        )
    if production and _has_test_key(settings):
        yield doubtful(
            "CLERK_PUBLISHABLE_KEY, CLERK_SECRET_KEY: of a development instance of Clerk, which is "
            "made for few people. Take the keys of the production instance (pk_live_, sk_live_)."
        )
    if not settings.CLERK_SECRET_KEY:
        yield doubtful(
            "CLERK_SECRET_KEY: not given, so people's e-mail and name are known only where the "
            "session token holds them."
        )
    if not settings.CLERK_WEBHOOK_SIGNING_SECRET:
        yield doubtful(
            "CLERK_WEBHOOK_SIGNING_SECRET: not given, so who is deleted or banned in Clerk is not "
            "erased or shut out here. Add a webhook in Clerk's dashboard."
        )


def _has_test_key(settings: "Settings") -> bool:
    secret = settings.CLERK_SECRET_KEY.get_secret_value() if settings.CLERK_SECRET_KEY else ""
    return "test" in {secret[3:7], (settings.CLERK_PUBLISHABLE_KEY or "")[3:7]}


def _examine_keys(settings: "Settings") -> Iterator[Finding]:
    from core.auth.clerk import Clerk
    from core.auth.inspection import KeysUnusable, measure_clock
    from core.config import ConfigurationError

    try:
        if Clerk(settings).has_keys:  # CLERK_JWT_KEY
            return
        ahead_s = measure_clock(settings)
    except ConfigurationError as error:
        yield from map(wrong, error.faults)
    except KeysUnusable as error:
        yield wrong(
            f"The signing keys can't be read at {settings.jwks_url}: {error}. Check "
            "CLERK_PUBLISHABLE_KEY and the way out of this machine, or give CLERK_JWT_KEY."
        )
    else:
        if ahead_s is not None and abs(ahead_s) > _SKEW_S:
            yield wrong(
                f"This machine's clock is {abs(ahead_s):.0f} s "
                f"{'ahead' if ahead_s > 0 else 'behind'}, and tokens are good for a minute only. "
                "Let it be set by NTP."
            )


def _examine_database(url: str) -> Iterator[Finding]:
    try:
        yield from try_database(url, _look_into)
    except Unfit as unfit:
        yield wrong(str(unfit))
    else:
        if is_sqlite(url):
            yield from _examine_file(sqlite_file(url))


async def _look_into(database: "Database") -> list[Finding]:
    from core.queries.schema import bypasses_row_level_security

    if await bypasses_row_level_security(database):
        return [
            doubtful(
                "DATABASE_URL: PostgreSQL does not apply row-level security to this role. Use one "
                "that is no superuser and has no BYPASSRLS."
            )
        ]
    return []


def _examine_file(path: Path) -> Iterator[Finding]:
    from core.sqlite import sqlite3, wal_is_safe

    if not wal_is_safe(sqlite3.sqlite_version_info):
        yield doubtful(
            f"SQLite {sqlite3.sqlite_version} can damage a write-ahead log, so Core does without "
            "and writes slower. Install pysqlite3, or a newer SQLite."
        )
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        yield wrong(
            f"This user may not write {path} and beside it. Give both to the user that serves, and "
            "run `core doctor` as that user."
        )
    yield from _examine_privacy(path)
    free = shutil.disk_usage(path.parent).free
    if free < max(_FREE_BYTES, 2 * path.stat().st_size):
        yield doubtful(
            f"The disk of {path} has {free // 1_000_000} MB left, too little for a backup beside "
            "it. Make room: on a full disk nothing can be saved."
        )


def _is_there(path: Path) -> bool:
    """Look as far as this user may; beyond that it counts as not there."""
    try:
        return path.exists()
    except OSError:
        return False


def _examine_import_folder(settings: "Settings") -> Iterator[Finding]:
    from core.spool import folder_for

    folder = folder_for(settings.CORE_IMPORT_FOLDER, settings.DATABASE_URL.get_secret_value())
    there = next(path for path in (folder, *folder.parents) if _is_there(path))
    if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        yield wrong(
            f"CORE_IMPORT_FOLDER: this user may not write {there}, so no file can be imported. "
            "Name a folder of the user that serves, and run `core doctor` as that user."
        )
    elif there == folder and folder.stat().st_uid != os.getuid():
        yield wrong(
            f"CORE_IMPORT_FOLDER: {folder} is another user's, so no file can be imported. Give it "
            "to the user that serves, and run `core doctor` as that user."
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
        yield doubtful(f"Other users of this machine may open {path}. Run `chmod 600` on it.")


def _examine_port(settings: "Settings") -> Iterator[Finding]:
    from core.config import LOOPBACK_HOSTS
    from core.server import listen

    host, port = settings.CORE_HOST, settings.CORE_PORT
    if host not in LOOPBACK_HOSTS:
        yield doubtful(
            f"CORE_HOST: {host} can be reached from other machines, and Core speaks plain HTTP. "
            "See that only the proxy gets there."
        )
    try:
        listen(host, port).close()
    except OSError as error:
        if error.errno != errno.EADDRINUSE or not _is_core(host, port):
            yield wrong(f"CORE_HOST, CORE_PORT: Core can't listen there: {error.strerror}.")


def _examine_metrics_ports(settings: "Settings") -> Iterator[Finding]:
    from core.server import require_free

    same_host = settings.CORE_METRICS_HOST == settings.CORE_HOST
    if same_host and settings.CORE_PORT in settings.metrics_ports:
        yield wrong(
            "CORE_METRICS_PORT: it or one after it, for each further worker, is CORE_PORT. Move it."
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
                yield wrong(f"CORE_METRICS_PORT: port {port} can't be used: {error.strerror}.")


def _is_core(host: str, port: int) -> bool:
    """Tell whether who listens there is Core itself."""
    from urllib.request import urlopen

    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{port}/health"
    with suppress(OSError, ValueError, KeyError, TypeError), urlopen(url, timeout=2) as answer:
        return bool(json.load(answer)["service"] == "core")
    return False


def _examine_limits(settings: "Settings") -> Iterator[Finding]:
    from core.config import LOOPBACK_HOSTS
    from core.ratelimit import counts_apart, is_reachable

    store = settings.CORE_RATE_LIMIT_STORE.get_secret_value()
    if store != "memory" and not asyncio.run(is_reachable(store)):
        yield wrong(
            "CORE_RATE_LIMIT_STORE: no Redis answers there, so requests go through uncounted. "
            "Start it, or mend the address."
        )
    if counts_apart(settings):
        yield doubtful(
            f"CORE_RATE_LIMIT_STORE: {settings.CORE_WORKERS} processes count apart, so a limit is "
            "up to that many times as high. Give a Redis, or divide the limits."
        )
    if settings.CORE_ENV == "development":
        return
    if not (settings.user_quota and settings.address_quota):
        yield doubtful("CORE_RATE_LIMIT_USER, CORE_RATE_LIMIT_ADDRESS: one of them is off.")
    if settings.CORE_HOST in LOOPBACK_HOSTS and not settings.CORE_TRUSTED_PROXIES:
        yield doubtful(
            "CORE_TRUSTED_PROXIES: none, so behind a proxy everybody shares one limit. Name the "
            "proxy's address."
        )
