"""Traces: a real service sends spans without personal data to a collector."""

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.support.factories import ISSUER, ORIGIN, environ_for, link
from tests.support.servers import PATIENCE_S, ROOT, free_port, run_server
from tests.support.tokens import SigningKey, mint, session_claims

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE_ID}-b7ad6b7169203331-01"


class Collector(HTTPServer):
    """A fake OpenTelemetry collector: it receives OTLP over HTTP."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[bytes] = []
        self.paths: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def spans(self) -> list[Any]:
        parsed = map(ExportTraceServiceRequest.FromString, self.bodies)
        return [
            span
            for export in parsed
            for resource in export.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        self.server.paths.add(self.path)
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@contextmanager
def signed_in(
    url: str, key: SigningKey, folder: Path, endpoint: str, **settings: str
) -> Iterator[httpx.Client]:
    """Run a service with a collector; at the end it sends its last spans."""
    environ = environ_for(url, key, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, **settings)
    token = mint(key, session_claims("user_lily", iss=ISSUER, azp=ORIGIN))
    headers = {"Authorization": f"Bearer {token}"}
    with (
        run_server(folder, "serve", **environ) as server,
        httpx.Client(base_url=server.url, headers=headers, trust_env=False) as client,
    ):
        yield client
        server.terminate()
        server.process.wait(PATIENCE_S)


def attributes(span: Any) -> dict[str, Any]:
    return {one.key: one.value.string_value or int(one.value.int_value) for one in span.attributes}


def test_each_request_becomes_a_span_without_personal_data(
    new_database_url: Callable[[str], str],
    signing_key: SigningKey,
    tmp_path: Path,
    collector: Collector,
):
    url = new_database_url("sqlite")
    with signed_in(url, signing_key, tmp_path, collector.url) as lily:
        body = {"url": link("a-video-key"), "tags": ["private-tag"], "title": "Private title"}
        saved = lily.post("/videos", json=body, headers={"traceparent": TRACEPARENT})
        video_id = str(saved.json()["id"])
        listed = lily.get("/videos", params={"q": "private-words"})
        lily.get(f"/videos/{video_id}")
        lily.get("/private-path")
    spans = [span for span in collector.spans() if "/health" not in span.name]
    assert collector.paths == {"/v1/traces"}
    assert [span.name for span in spans] == [
        "POST /videos",
        "GET /videos",
        "GET /videos/{video_id}",
        "GET none",
    ]
    assert attributes(spans[1]) == {
        "http.request.method": "GET",
        "http.route": "/videos",
        "http.response.status_code": 200,
        "core.request_id": listed.headers["x-request-id"],
    }
    assert attributes(spans[3])["http.response.status_code"] == 404
    # A client is not trusted: its trace is not continued.
    assert spans[0].trace_id.hex() != TRACE_ID
    sent = b"".join(collector.bodies)
    private = ("lily", video_id, "a-video-key", "rivate", "Bearer", "127.0.0.1", "python-httpx")
    assert [word for word in private if word.encode() in sent] == []


def test_a_span_continues_the_trace_of_a_trusted_proxy(
    new_database_url: Callable[[str], str],
    signing_key: SigningKey,
    tmp_path: Path,
    collector: Collector,
):
    trusted = {"CORE_TRUSTED_PROXIES": "127.0.0.1"}
    url = new_database_url("sqlite")
    with signed_in(url, signing_key, tmp_path, collector.url, **trusted) as lily:
        lily.get("/videos", headers={"traceparent": TRACEPARENT})
        lily.get("/tags", headers={"traceparent": "rubbish"})
    spans = {span.name: span for span in collector.spans()}
    assert spans["GET /videos"].trace_id.hex() == TRACE_ID
    assert spans["GET /tags"].trace_id.hex() not in {TRACE_ID, "0" * 32}


def test_an_unreachable_collector_delays_no_request_and_no_shutdown(
    new_database_url: Callable[[str], str], signing_key: SigningKey, tmp_path: Path
):
    gone = f"http://127.0.0.1:{free_port()}"
    url = new_database_url("sqlite")
    with signed_in(url, signing_key, tmp_path, gone) as lily:
        assert lily.get("/videos").status_code == 200
        ended_at_s = time.monotonic()
    assert time.monotonic() - ended_at_s < 8


def test_opentelemetry_is_not_imported_without_a_collector():
    code = (
        "import sys, json, core.main, core.tracing; assert core.tracing.create_provider() is None;"
        "print(json.dumps([name for name in sys.modules if 'opentelemetry' in name]))"
    )
    command = [sys.executable, "-c", code]
    environ = {"PYTHONPATH": str(ROOT)}
    imported = json.loads(subprocess.check_output(command, env=environ))
    assert not [name for name in imported if re.search(r"\.sdk|\.exporter", name)]
    assert "core.api.middleware.tracing" not in imported


def test_without_opentelemetry_the_service_runs_and_logs_it(tmp_path: Path):
    code = (
        "import sys; sys.modules['opentelemetry.sdk'] = None;"
        "sys.modules['opentelemetry.exporter'] = None;"
        "import core.tracing; assert core.tracing.create_provider() is None"
    )
    environ = {"PYTHONPATH": str(ROOT), "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
    command = [sys.executable, "-c", code]
    said = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, check=True)
    assert b"tracing_not_installed" in said.stdout + said.stderr


@pytest.mark.parametrize(
    ("file", "line"),
    [("nginx.conf", 'proxy_set_header traceparent "";'), ("Caddyfile", "header_up -traceparent")],
)
def test_the_proxy_examples_forward_no_trace_of_a_client(file: str, line: str):
    assert line in (Path(__file__).parents[1] / "deploy" / file).read_text("utf-8")
