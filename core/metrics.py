"""Metrics for Prometheus: the results of requests, and counts of logged events.

It holds no personal data: labels are methods, route templates, statuses and the names of
events. Without CORE_METRICS_PORT it is off, and this module is not imported.
"""

import asyncio
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Info,
    ProcessCollector,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from core import __version__, logs
from core.database.session import PoolUse

if TYPE_CHECKING:
    from threading import Thread
    from wsgiref.simple_server import WSGIServer

    from structlog.typing import EventDict

log = structlog.get_logger(__name__)

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_DURATIONS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_CHILDREN_LIMIT = 4096


_POOL = {  # in the order of `PoolUse`
    "size": "Connections to the database that the process may have",
    "in_use": "Connections to the database that requests and workers hold",
    "waiting": "Requests that wait for a connection to the database",
}


class _Pool(Collector):
    """The pool of connections, read at each scrape."""

    def __init__(self, read: Callable[[], PoolUse | None]) -> None:
        self._read = read

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for (name, meaning), value in zip(_POOL.items(), self._read() or (), strict=False):
            yield GaugeMetricFamily(f"core_database_pool_{name}", meaning, value=value)

    def describe(self) -> list[GaugeMetricFamily]:
        return []  # else the registry collects before the pool is open


class Metrics:
    """The metrics of one process, and the port that serves them."""

    def __init__(self, read_pool: Callable[[], PoolUse | None]) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_Pool(read_pool))
        ProcessCollector(registry=self.registry)
        Info("core", "The version that runs", registry=self.registry).info({"version": __version__})
        requests = Counter(
            "core_http_requests",
            "Requests answered",
            ["method", "route", "status"],
            registry=self.registry,
        )
        durations = Histogram(
            "core_http_request_duration_seconds",
            "From a request's head to the end of its answer",
            ["method", "route"],
            buckets=_DURATIONS_S,
            registry=self.registry,
        )
        self._events = Counter(
            "core_log_events",
            "Lines logged, by their event",
            ["event", "level"],
            registry=self.registry,
        )
        # The lookup of a child by its labels takes as long as three increments.
        self._requests = lru_cache(_CHILDREN_LIMIT)(requests.labels)
        self._durations = lru_cache(_CHILDREN_LIMIT)(durations.labels)
        self._server: tuple[WSGIServer, Thread] | None = None

    def observe(self, method: str, route: str, status: int, duration_s: float) -> None:
        """Count an answered request; `route` is the template, as in `/videos/{video_id}`."""
        method = method if method in METHODS else "other"
        self._requests(method, route, status).inc()
        self._durations(method, route).observe(duration_s)

    def start(self, host: str, ports: range) -> None:
        """Serve on the first port that is free of other processes, and listen to the log."""
        logs.listeners.append(self._count_event)
        for port in ports:
            try:
                self._server = start_http_server(port, host, self.registry)
            except OSError:
                continue
            log.info("metrics_served", port=port)
            return
        log.error("metrics_not_served", ports=f"{ports.start} to {ports.stop - 1}")

    async def close(self) -> None:
        logs.listeners.remove(self._count_event)
        if self._server:
            server, thread = self._server
            await asyncio.to_thread(server.shutdown)
            server.server_close()
            thread.join()

    def _count_event(self, event: "EventDict") -> None:
        self._events.labels(event["event"], event["level"]).inc()
