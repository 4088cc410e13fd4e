"""`core dev`: the service and the stand-in for Clerk, in one process; `core dev token`."""

import asyncio
import contextlib
import json
import os
import shlex
import signal
import socket
import sys
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
import uvicorn
from starlette.types import ASGIApp

from core.config import SECRETS, ConfigurationError, Settings, read_environment
from core.server import listen
from devclerk.app import create_app
from devclerk.frontend import SCRIPTS
from devclerk.guard import Refused, require_development, require_loopback
from devclerk.keys import Keys, publishable_key
from devclerk.oauth import CLIENT_ID
from devclerk.people import People
from devclerk.store import keep, open_folder, replace
from devclerk.tokens import SESSION_LIFETIME_S, Signer

app = typer.Typer(
    add_completion=False, help="Run the service with a stand-in for Clerk, for development."
)
Data = Annotated[Path, typer.Option(help="The data folder.")]
DATA = Path("data")
MAX_PORT = 65_535
_CONFIGURATION = ("CLERK_", "DATABASE_URL")
ADDRESSES = b'["http://127.0.0.1:8010", "http://127.0.0.1:8000"]'
"""URLs of the stand-in and of the service, until the first `core dev`."""


@app.callback(invoke_without_command=True)
def dev(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Where it listens: CORE_HOST or 127.0.0.1.")] = "",
    port: Annotated[
        int | None,
        typer.Option(min=0, max=MAX_PORT, help="CORE_PORT or 8000; 0 takes any free port."),
    ] = None,
    clerk_port: Annotated[
        int, typer.Option(min=0, max=MAX_PORT, help="The stand-in's port.")
    ] = 8010,
    data: Data = DATA,
    *,
    token_lifetime: Annotated[
        int, typer.Option(min=1, help="Lifetime of session tokens, in seconds.")
    ] = SESSION_LIFETIME_S,
    clerk_scripts: Annotated[
        Path,
        typer.Option(
            exists=True,
            file_okay=False,
            show_default=False,
            help="Clerk's own scripts.",
        ),
    ] = SCRIPTS,
) -> None:
    """Run the service and the stand-in until Ctrl-C."""
    if context.invoked_subcommand:
        return
    with _refusals():
        _require_development()
        given = read_environment()
        host = host or given.get("CORE_HOST") or "127.0.0.1"
        port = _read_port(given.get("CORE_PORT") or "8000") if port is None else port
        require_loopback(host)
        with (
            _listen("127.0.0.1", clerk_port, "--clerk-port") as clerk,
            _listen(host, port, "--port") as core,
        ):
            issuer, origin = _address(clerk), _address(core)
            _configure(data, issuer, origin)
            apps: dict[socket.socket, ASGIApp] = {
                clerk: create_app(data, issuer, token_lifetime, clerk_scripts),
                core: _create_service(),
            }
            asyncio.run(_serve(apps, _greet(origin, _guide(data, issuer, origin))))


@app.command()
def token(
    name: Annotated[str, typer.Argument(help="The user's full or first name, in any case.")],
    data: Data = DATA,
    lifetime: Annotated[int, typer.Option(help="Lifetime in seconds.")] = SESSION_LIFETIME_S,
    *,
    add: Annotated[bool, typer.Option("--add", help="Add the user if missing.")] = False,
) -> None:
    """Print a new session token for the service that ran last."""
    with _refusals():
        _require_development()
        typer.echo(make_token(data, name, lifetime, add=add))


def make_token(data: Path, name: str, lifetime_s: int, *, add: bool) -> str:
    """Sign a session token for the service that ran last in this data folder.

    Raises: Refused
    """
    folder = open_folder(data)
    people = People(folder)
    person = people.find(name) or (people.add(name) if add else None)
    if person is None:
        names = ", ".join(person.name for person in people.all())
        raise Refused(f"Unknown user: {name}. The users are {names}. Add one with --add.")
    issuer, origin = json.loads(keep(folder / "addresses.json", lambda: ADDRESSES))
    return Signer(Keys.load(folder), issuer).session_token(person.id, origin, lifetime_s)


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (Refused, ConfigurationError) as refusal:
        typer.echo(refusal, err=True)
        raise typer.Exit(2) from None


def _require_development() -> None:
    """Refuse other environments; without CORE_ENV, refuse any Clerk or database setting."""
    given = read_environment()
    environment = given.get("CORE_ENV")
    configured = [name for name in given if given[name] and name.startswith(_CONFIGURATION)]
    if not environment and configured:
        raise Refused(
            f"{min(configured)} is set, so this may not be a development environment. "
            "If it is, set CORE_ENV=development."
        )
    require_development(environment or "development")


def _read_port(text: str) -> int:
    if not text.isdecimal() or int(text) > MAX_PORT:
        raise Refused(f"CORE_PORT is a number from 0 to {MAX_PORT}, not {text}.")
    return int(text)


def _listen(host: str, port: int, option: str) -> socket.socket:
    try:
        return listen(host, port)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        other = f"`{_script()} dev {option} {port + 1}`"
        raise Refused(f"Port {port} can't be used ({reason}). Choose another: {other}.") from None


def _address(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


def _configure(data: Path, issuer: str, origin: str) -> None:
    """Set the service's environment; clear variables of another Clerk instance."""
    folder = open_folder(data)
    replace(folder / "addresses.json", json.dumps([issuer, origin]).encode())
    ours = {
        "CORE_ENV": "development",
        "CLERK_FRONTEND_API_URL": issuer,
        "CLERK_API_URL": issuer,
        "CLERK_PUBLISHABLE_KEY": publishable_key(issuer),
        "CLERK_SECRET_KEY": Keys.load(folder).secret_key,
        "CLERK_AUTHORIZED_PARTIES": f"{origin} {origin.replace('127.0.0.1', 'localhost')}",
        "CLERK_OAUTH_CLIENT_IDS": CLIENT_ID,
    }
    names = [*Settings.model_fields, *(f"{name}_FILE" for name in SECRETS)]
    os.environ.update({name: "" for name in names if name.startswith("CLERK_")})
    os.environ.update(ours)
    if not {"DATABASE_URL", "DATABASE_URL_FILE"} & read_environment().keys():
        os.environ["DATABASE_URL"] = f"sqlite:///{data / 'core.db'}"


def _create_service() -> ASGIApp:
    from core import main  # noqa: PLC0415  it takes a second, which `core dev token` saves
    from core.migrations import runner  # noqa: PLC0415  same
    from core.queries.legacy import count_undecided  # noqa: PLC0415  same

    settings = Settings.load()
    url = settings.DATABASE_URL.get_secret_value()
    if url.startswith("sqlite:") and runner.connect(url, count_undecided) is not None:
        raise Refused(
            "This database has videos of v0.2.0. First give them an owner: "
            f"DATABASE_URL={url} core db upgrade --legacy-owner CLERK_ID (or --legacy-drop)."
        )
    runner.upgrade(url)
    return main.create_app(settings)


class _Server(uvicorn.Server):
    """One of two servers in a process; `_serve` handles the signals for both."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(apps: dict[socket.socket, ASGIApp], greeting: Coroutine[Any, Any, None]) -> None:
    """Run all servers until a signal, or until one of them ends; that ends the others."""
    options: dict[str, Any] = {"lifespan": "on", "ws": "none", "log_config": None}
    options["server_header"] = options["proxy_headers"] = False
    servers = {one: _Server(uvicorn.Config(app, **options)) for one, app in apps.items()}

    def stop(signal_number: int, _: object = None) -> None:
        for server in servers.values():
            server.handle_exit(signal_number, None)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    running = [asyncio.create_task(server.serve([one])) for one, server in servers.items()]
    greeter = asyncio.create_task(greeting)
    await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    greeter.cancel()
    stop(signal.SIGTERM)
    await asyncio.gather(*running)


async def _greet(origin: str, guide: str) -> None:
    """Print the guide when the service is ready: it has fetched the stand-in's key."""
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        while not (await client.get(f"{origin}/health/ready")).is_success:  # noqa: ASYNC110  there is no event to wait for
            await asyncio.sleep(0.05)
    typer.echo(guide)


def _guide(data: Path, issuer: str, origin: str) -> str:
    folder = "" if data == DATA else f" --data {shlex.quote(str(data))}"
    curl = f'curl -s -H "Authorization: Bearer $({_script()} dev token Lily{folder})"'
    video = shlex.quote('{"url": "https://youtu.be/dQw4w9WgXcQ", "tags": ["music"]}')
    return f"""
Core: {origin}
Stand-in for Clerk: {issuer}

List Lily's videos, and save one:
  {curl} {origin}/videos
  {curl} -H "Content-Type: application/json" -d {video} {origin}/videos
"""


def _script() -> str:
    """Return the path of this command, quoted for a shell."""
    path, here = Path(sys.argv[0]).absolute(), Path.cwd()
    if path.stem != "core":
        return f"{shlex.quote(sys.executable)} -m core.cli"
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))
