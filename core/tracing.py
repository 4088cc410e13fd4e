"""Traces for OpenTelemetry: a span for each request, without personal data.

Unless OpenTelemetry's own variables name a collector, it is off and imports nothing. FastAPI can
make spans too, but those have the path and the query, so ids and search words, and miss the hot
routes.
"""

import os
from typing import TYPE_CHECKING

import structlog

from core import __version__

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

log = structlog.get_logger(__name__)

_TIMEOUT_S = 2
"""For a request to the collector with its retries: a process that ends waits for the last one."""
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def create_provider() -> "TracerProvider | None":
    """Return the provider that sends spans to the collector; None without a collector."""
    if not any(map(os.environ.get, _ENDPOINTS)):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415  see above
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415  see above
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415  see above
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415  see above
    except ImportError:
        # A platform may set the variable for all of its services.
        log.warning("tracing_not_installed", install="requirements/tracing.txt")
        return None
    name = os.environ.get("OTEL_SERVICE_NAME") or "core"
    resource = Resource.create({"service.name": name, "service.version": __version__})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=_TIMEOUT_S)))
    return provider
