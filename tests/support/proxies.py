"""nginx and Caddy with the files of deploy/, in front of a service."""

import datetime as dt
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.needs import missing
from tests.support.servers import PATIENCE_S, ROOT, free_port

PROXIES = ("nginx", "caddy")

_SERVICE = "127.0.0.1:8000"
_CERTIFICATE, _KEY = "certificate.pem", "key.pem"
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
def run_proxy(
    name: str, service_port: int, folder: Path, *, is_https: bool = False
) -> Iterator[str]:
    """Run a proxy in front of the service on that port, and give its address.

    Its certificate for https is its own, which no client trusts.
    """
    if not shutil.which(name):
        missing(f"{name} is not installed")
    port = free_port()
    if is_https:
        _make_certificate(folder)
    prepare = _nginx if name == "nginx" else _caddy
    command = prepare(folder, port, service_port, is_https=is_https)
    log = folder / "log.txt"
    with log.open("w") as out:
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=out)
    try:
        _wait_for(process, port, log)
        yield f"http{'s' if is_https else ''}://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def _make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now, day = dt.datetime.now(dt.UTC), dt.timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    certificate = builder.not_valid_before(now - day).not_valid_after(now + day)
    pem = serialization.Encoding.PEM
    (folder / _CERTIFICATE).write_bytes(certificate.sign(key, hashes.SHA256()).public_bytes(pem))
    form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / _KEY).write_bytes(key.private_bytes(pem, form, none))


def _nginx(folder: Path, port: int, service_port: int, *, is_https: bool) -> list[str]:
    lines = _example("nginx.conf", service_port).splitlines(keepends=True)
    site = "".join(line for line in lines if "ssl_certificate" not in line and "[::]" not in line)
    here = f"listen 127.0.0.1:{port}"
    if is_https:
        ours = f"ssl_certificate {_CERTIFICATE};\nssl_certificate_key {_KEY};"
        site = site.replace("listen 443 ssl http2;", f"{here} ssl http2;\n{ours}")
    else:
        site = site.replace("listen 443 ssl http2;", f"{here};")
    user = "user root;\n" if os.getuid() == 0 else ""  # else its workers can't enter the folder
    (folder / "nginx.conf").write_text(_NGINX.format(site=site, user=user), encoding="utf-8")
    return ["nginx", "-p", str(folder), "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;"]


def _caddy(folder: Path, port: int, service_port: int, *, is_https: bool) -> list[str]:
    site = _example("Caddyfile", service_port)
    site = site.replace("{\n", "{\n\tadmin off\n\tauto_https disable_redirects\n", 1)
    address = f"127.0.0.1:{port}"
    if is_https:
        ours = f"https://{address} {{\n\ttls {_CERTIFICATE} {_KEY}"
        site = site.replace("videos.example.com {", ours)
    else:
        site = site.replace("videos.example.com", f"http://{address}")
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
