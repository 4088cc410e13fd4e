"""The log of a database outage: one line for its start and one for its end, at any load."""

import asyncio
import time
from pathlib import Path

import httpx
import pytest
from structlog import wrap_logger
from structlog.stdlib import BoundLogger
from structlog.testing import LogCapture

from core.database import session
from core.database.session import TranslatedErrors
from core.errors import DatabaseUnavailable
from tests.support.clusters import run_cluster
from tests.support.factories import environ_for
from tests.support.servers import run_server
from tests.support.tokens import SigningKey


def fail(errors: TranslatedErrors, failure: OSError) -> None:
    with pytest.raises(DatabaseUnavailable), errors:
        raise failure


def test_an_outage_logs_its_start_its_end_and_each_other_kind_once(monkeypatch: pytest.MonkeyPatch):
    errors, capture = TranslatedErrors(OSError), LogCapture()
    monkeypatch.setattr(session, "log", wrap_logger(None, [capture], wrapper_class=BoundLogger))
    for _ in range(1_000):
        fail(errors, ConnectionRefusedError("the port is closed"))
        with errors:
            pass  # a successful query during an outage does not end it
    fail(errors, TimeoutError("no answer"))
    monkeypatch.setattr(session, "QUIET_S", 0)
    for _ in range(3):
        with errors:
            pass
    fail(errors, TimeoutError("no answer"))
    assert [
        (line["event"], line.get("error", line.get("failures"))) for line in capture.entries
    ] == [
        ("database_failed", "ConnectionRefusedError: the port is closed"),
        ("database_failed", "TimeoutError: no answer"),
        ("database_recovered", 1_001),
        ("database_failed", "TimeoutError: no answer"),
    ]


def test_the_driver_adds_no_tracebacks_while_postgresql_is_down(
    tmp_path: Path, signing_key: SigningKey
):
    with run_cluster() as cluster:
        environment = environ_for(cluster.url, signing_key) | {"CORE_PORT": "0"}
        with run_server(tmp_path, "serve", **environment) as server:
            asyncio.run(cluster.stop("immediate"))
            assert httpx.get(f"{server.url}/health/ready").status_code == 503
            time.sleep(2)  # asyncpg tries to connect again, and warns each time
            log = server.log.read_text()
    assert log.count("database_failed") >= 1
    assert "Traceback" not in log
