# ruff: noqa: PLC0415  see core/cli/__init__.py
"""`core worker`: the background work of the service, in a process of its own."""

import asyncio
import contextlib
from typing import TYPE_CHECKING

import typer

from core.cli.databases import with_database
from core.cli.terminal import REFUSED, stop, stop_on_signals

if TYPE_CHECKING:
    from core.config import Settings
    from core.database.session import Database


def worker() -> None:
    """Fetch titles and empty the trash until Ctrl-C or SIGTERM; answer no requests.

    Its settings are the service's, which can then have CORE_METADATA=false.
    """
    from core import logs
    from core.config import ConfigurationError, Settings

    try:
        settings = Settings.load()
    except ConfigurationError as error:
        stop(REFUSED, *error.faults)
    logs.configure(settings)
    url = settings.DATABASE_URL.get_secret_value()
    with_database(url, lambda database: _work(database, settings))


async def _work(database: "Database", settings: "Settings") -> None:
    from core.workers.purge import purge_hourly
    from core.workers.titles import TitleWorker, choose_source

    titles = TitleWorker(database, choose_source(settings))
    with stop_on_signals() as stopping:
        titles.start()
        purge = asyncio.create_task(purge_hourly(database))
        typer.echo("The worker runs.")
        await stopping.wait()
    purge.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await purge
    await titles.close()
