"""Log lines: one event and its facts, for people or as JSON. Never a token, e-mail or link.

Each line that is written while a request is answered carries the request's id.
"""

import logging
import sys
from collections.abc import Callable
from contextvars import ContextVar

import structlog
import structlog.stdlib
import structlog.tracebacks
from structlog.typing import EventDict, Processor

from core.config import Settings

request_id: ContextVar[str] = ContextVar("request_id")
"""The id of the current request, also in its background tasks."""

listeners: list[Callable[[EventDict], None]] = []
"""Called with each line that Core writes."""

# Without the values of variables, which include tokens and links.
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def configure(settings: Settings) -> None:
    """Send every line to standard error in the configured form, the server's own included."""
    level = logging.getLevelName(settings.CORE_LOG_LEVEL.upper())
    facts: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_request_id,
    ]
    form = _form(as_json=settings.CORE_LOG_FORMAT == "json")
    structlog.configure(
        processors=[*facts, _tell_listeners, *form],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(facts, form))
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler])
    # Core logs an exception of a request or of the database itself; these would log it again.
    for other in ("uvicorn.error", "asyncpg.pool"):
        logging.getLogger(other).addFilter(lambda record: not record.exc_info)


def _form(*, as_json: bool) -> list[Processor]:
    if as_json:
        return [_TRACEBACKS, structlog.processors.JSONRenderer()]
    console = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    return [structlog.processors.format_exc_info, console]


def _formatter(facts: list[Processor], form: list[Processor]) -> logging.Formatter:
    """Format the lines of other packages in the same form."""
    without_its_own = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=facts, processors=[without_its_own, *form]
    )


def _add_request_id(_: object, __: str, event: EventDict) -> EventDict:
    if found := request_id.get(None):
        event["request_id"] = found
    return event


def _tell_listeners(_: object, __: str, event: EventDict) -> EventDict:
    for listener in listeners:
        listener(event)
    return event
