"""`python -m app`: its error messages, and how it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.support.app.browsers import ROOT
from tests.support.servers import free_port

PATIENCE_S = 60


def start(folder: Path, port: int, **environment: str) -> subprocess.Popen[str]:
    given = {"TMPDIR": str(folder), **environment}
    return subprocess.Popen(
        [sys.executable, "-m", "app", "--port", str(port)],
        cwd=ROOT,
        env=os.environ | given,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_port_in_use_is_reported_in_a_sentence(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said, fault = start(tmp_path, port).communicate(timeout=PATIENCE_S)
    assert f"Port {port} of this machine can't be used." in fault
    assert "Traceback" not in fault
    assert said == ""


def test_an_unknown_setting_is_reported_and_leaves_no_files(tmp_path: Path):
    process = start(tmp_path, free_port(), APP_COLOUR="red")
    _, fault = process.communicate(timeout=PATIENCE_S)
    assert "Unknown setting: colour (or APP_COLOUR)." in fault
    assert process.returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_ends_the_process_and_removes_its_folder(tmp_path: Path):
    port = free_port()
    process = start(tmp_path, port)
    try:
        assert process.stdout
        assert f":{port}" in process.stdout.readline()
        assert [one.name[:9] for one in tmp_path.iterdir()] == ["core-app-"]
        wait_for(port)
        process.send_signal(signal.SIGINT)
        _, fault = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
    assert "Traceback" not in fault
    assert list(tmp_path.iterdir()) == []


def test_the_page_is_drawn_by_canvaskit(tmp_path: Path):
    """Flutter's other renderer loses letters and whole texts on a busy machine."""
    port = free_port()
    process = start(tmp_path, port)
    try:
        wait_for(port)
        page = httpx.get(f"http://127.0.0.1:{port}/").raise_for_status().text
    finally:
        process.kill()
        process.communicate()
    assert 'webRenderer="canvaskit"' in page


def wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
