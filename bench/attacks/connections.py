"""Attacks that hold connections open: unread responses, and bodies without an end."""

from bench.attacks.client import Target
from bench.attacks.requests import Attack

UNREAD, HELD, WEBHOOKS, UPLOADS = 40, 500, 400, 12
MIB = 2**20


def unread_answers(target: Target) -> Attack:
    """Request the whole library 40 times, and read no response."""
    request = target.head("GET", "/videos")
    return lambda: target.hold(request, UNREAD)


def held_connections(target: Target) -> Attack:
    """Send 500 heads without a token, then one byte of the body each second."""
    lines = ["POST /videos HTTP/1.1", "Host: core", "Content-Type: application/json"]
    request = "\r\n".join([*lines, "Content-Length: 1000", "", ""]).encode()
    return lambda: target.hold(request, HELD, b" " * 1000)


def webhook_bodies(target: Target) -> Attack:
    """Send 400 unsigned deliveries of 1 MiB, each without its last bytes."""
    lines = ["POST /webhooks/clerk HTTP/1.1", "Host: core", "Content-Type: application/json"]
    head = "\r\n".join([*lines, f"Content-Length: {MIB}", "", ""]).encode()
    return lambda: target.hold(head + b" " * (MIB - 1000), WEBHOOKS, b" " * 900)


def unfinished_uploads(target: Target) -> Attack:
    """Send 12 uploads of 64 MiB, each without its last bytes."""
    head = target.head("POST", "/imports", body_bytes=64 * MIB, kind="text/plain")
    return lambda: target.hold(head + b"\n" * (64 * MIB - 1000), UPLOADS, b"\n" * 900)
