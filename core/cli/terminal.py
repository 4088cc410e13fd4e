"""Shared by the commands: exit codes, options, sentences."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn

import typer

from core.auth.clerk_users import CLERK_ID

FAILED, REFUSED = 1, 2

# Typer's own tracebacks print local variables, and with them passwords. Without Markdown each line
# of a docstring stays a line of the help, and a terminal of 80 columns cuts it in two.
PLAIN: dict[str, Any] = {
    "no_args_is_help": True,
    "pretty_exceptions_enable": False,
    "rich_markup_mode": "markdown",
}


def check_clerk_id(given: str | None) -> str | None:
    """Refuse a malformed Clerk id before the command begins."""
    if given is None or CLERK_ID.fullmatch(given):
        return given
    raise typer.BadParameter("a Clerk id is user_ and then letters and digits: see its dashboard.")


Yes = Annotated[bool, typer.Option("--yes", help="Go on without asking.")]
ClerkId = Annotated[
    str, typer.Argument(metavar="CLERK_ID", callback=check_clerk_id, help="As in user_2abc…")
]
Owner = Annotated[
    str, typer.Option(metavar="CLERK_ID", callback=check_clerk_id, help="Whose library: user_2abc…")
]


def stop(code: int, *sentences: str) -> NoReturn:
    """End the command with that exit code, and say why."""
    for sentence in sentences:
        typer.echo(sentence, err=True)
    raise typer.Exit(code)


@contextmanager
def stop_on_signals() -> Iterator[asyncio.Event]:
    """Let Ctrl-C and SIGTERM set the event instead of ending the process, until the block ends."""
    stopping, loop = asyncio.Event(), asyncio.get_running_loop()

    def on_signal(*_: object) -> None:
        loop.call_soon_threadsafe(stopping.set)

    numbers = (signal.SIGINT, signal.SIGTERM)
    previous = {number: signal.signal(number, on_signal) for number in numbers}
    try:
        yield stopping
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
