"""Log lines: one event and its facts, for people or as JSON. Never a token, e-mail or link."""

import logging
import sys

import structlog
import structlog.tracebacks

from core.config import Settings

# Without the values of variables: among them are tokens and links.
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def configure(settings: Settings) -> None:
    """Send every line to standard error in the configured form, the server's own included."""
    level = logging.getLevelName(settings.CORE_LOG_LEVEL.upper())
    as_json = settings.CORE_LOG_FORMAT == "json"
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _TRACEBACKS if as_json else structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer()
            if as_json
            else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=max(level, logging.WARNING), stream=sys.stderr)
    # What a request raised has been logged above; the server would add it once more as text.
    logging.getLogger("uvicorn.error").addFilter(lambda record: not record.exc_info)
