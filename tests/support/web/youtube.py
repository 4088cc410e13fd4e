"""A stand-in for YouTube's oEmbed on loopback, in a thread."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class TitleServer(ThreadingHTTPServer):
    """Answers `<prefix>Title of <video key>`; requests wait while the event `open` is cleared."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.prefix = ""
        self.open = threading.Event()
        self.open.set()

    @property
    def oembed_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/oembed"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, TitleServer)
        self.server.open.wait()
        link = parse_qs(urlsplit(self.path).query)["url"][0]
        title = f"{self.server.prefix}Title of {link.rpartition('=')[2]}"
        found = {"title": title, "author_name": "A channel"}
        body = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class names it
        """Write nothing."""


@contextmanager
def title_server() -> Iterator[TitleServer]:
    with TitleServer() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.open.set()
        server.shutdown()
        thread.join()
