"""Attacks by import files: each within the size limit, and expensive to read."""

import asyncio
import time

from bench.attacks.client import Target
from bench.attacks.requests import Attack

ATTRIBUTES, LINKS, FOLDERS, COMMAS = 9_000_000, 500_000, 99, 150
HEAD = b"<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>\n"


def _upload(target: Target, file: bytes, user: int) -> bytes:
    head = target.head("POST", "/imports", body_bytes=len(file), user=user, kind="text/html")
    return head + file


def endless_tag(target: Target) -> Attack:
    """Import a bookmarks file with one tag of 9 million attributes."""
    attributes = b" ".join(b"%06x" % (number % 2**24) for number in range(ATTRIBUTES))
    request = _upload(target, HEAD + b"<A " + attributes + b">", 0)
    return lambda: _send_and_wait(target, request)


def folders_of_commas(target: Target) -> Attack:
    """Import 500,000 links below 99 folders of 150 tags each, as two users."""
    name = b",".join(b"t%d" % number for number in range(COMMAS))
    folders = (b"<DT><H3>" + name + b"</H3>\n<DL><p>\n") * FOLDERS
    links = b"".join(b'<DT><A HREF="https://youtu.be/k%010d">a</A>\n' % n for n in range(LINKS))
    files = [_upload(target, HEAD + folders + links, user) for user in (0, 1)]
    return lambda: _send_and_wait(target, *files)


async def _send_and_wait(target: Target, *requests: bytes) -> None:
    """Send the files; the service processes them after its response."""
    await asyncio.gather(*map(target.ask, requests))
    await asyncio.sleep(max(0, target.deadline - time.monotonic()))
