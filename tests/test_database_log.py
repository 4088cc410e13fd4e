"""The log of a database outage: one line for its start and one for its end, at any load."""

import pytest
from structlog import wrap_logger
from structlog.stdlib import BoundLogger
from structlog.testing import LogCapture

from core.database import session
from core.database.session import TranslatedErrors
from core.errors import DatabaseUnavailable


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
