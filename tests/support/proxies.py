"""nginx and Caddy with the files of deploy/, in front of a service, without https."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.needs import missing
from tests.support.servers import PATIENCE_S, ROOT, free_port

PROXIES = ("nginx", "caddy")

_SERVICE = "127.0.0.1:8000"
_NGINX = """
{user}pid nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path client;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    {site}
}}
"""


@contextmanager
def run_proxy(name: str, service_port: int, folder: Path) -> Iterator[str]:
    """Run a proxy in front of the service on that port, and give its address."""
    if not shutil.which(name):
        missing(f"{name} is not installed")
    port = free_port()
    command = (_nginx if name == "nginx" else _caddy)(folder, port, service_port)
    log = folder / "log.txt"
    with log.open("w") as out:
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=out)
    try:
        _wait_for(process, port, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def _nginx(folder: Path, port: int, service_port: int) -> list[str]:
    lines = _example("nginx.conf", service_port).splitlines(keepends=True)
    site = "".join(line for line in lines if "ssl_certificate" not in line and "[::]" not in line)
    site = site.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    user = "user root;\n" if os.getuid() == 0 else ""  # else its workers can't enter the folder
    (folder / "nginx.conf").write_text(_NGINX.format(site=site, user=user), encoding="utf-8")
    return ["nginx", "-p", str(folder), "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;"]


def _caddy(folder: Path, port: int, service_port: int) -> list[str]:
    site = _example("Caddyfile", service_port)
    site = site.replace("{\n", "{\n\tadmin off\n", 1)
    site = site.replace("videos.example.com", f"http://127.0.0.1:{port}")
    (folder / "Caddyfile").write_text(site, encoding="utf-8")
    return ["caddy", "run", "--config", "Caddyfile"]


def _example(name: str, service_port: int) -> str:
    text = (ROOT / "deploy" / name).read_text(encoding="utf-8")
    return text.replace(_SERVICE, f"127.0.0.1:{service_port}")


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline_s:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.01)
    raise AssertionError(log.read_text(encoding="utf-8"))
