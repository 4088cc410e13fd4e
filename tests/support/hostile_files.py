"""Files made to exhaust a parser: each has a shape and any size."""

import io
import random
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from core.choices import Format

KEY = "ml6cT4AZdqI"
LINK = f'<DT><A HREF="https://youtu.be/{KEY}">T</A>\n'
BOOKMARKS = "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>\n"
PLAYLIST = f"Video ID,Playlist Video Creation Timestamp\n{KEY},2020-03-01T10:00:00+00:00\n"
OURS = "id,url,title,tags,created_at,start_s,channel,availability,updated_at,deleted_at\n"

PARTS: dict[Format, list[tuple[str, str, str]]] = {
    # The start of a part, its repeated content, and its end.
    "html": [
        ("<a ", "a b c d ", ">"),
        ("<a ", 'a="1" ', ">"),
        ('<a href="', "x>", '">'),
        ("<a href='x' tags=\"", "a,", '">T</a>'),
        ("<a href=x>", "&amp;", "</a>"),
        ("<a href=x>", "\x01", "</a>"),
        ("<!--", "x>- ", "-->"),
        ("<!DOCTYPE ", "x ", ">"),
        ("<!DOCTYPE x [", '<!ENTITY a "b">', "]>"),
        ("<?", "x ", ">"),
        ("<script>", "x<", "</script>"),
        ("<", "x", ">"),
        ("", "<", ""),
        ("", "<p>", ""),
        ("", "<b>", ""),
        ("", "</dl>", ""),
        ("", "<h3>a,</h3>", ""),
        ("", "<![CDATA[", ""),
    ],
    "json": [
        ('[{"url":"', "x", '"}]'),
        ('[{"', "x", '":1}]'),
        ('[{"url":', "1", "}]"),
        ('[{"url":', " ", "1}]"),
        ('[{"url":', "[", "]"),
        ('[{"url":"x",', '"":1,', '"a":1}]'),
        ('[{"url":"x","tags":[', '"a",', "1]}]"),
        ('["url",', "1,", "1]"),
        ('["url",', "[],", "1]"),
        ('["url",', '{"a":{}},', "1]"),
        ('["', "\\u0001", '"]'),
        ('[{"url":"x","a":[', f'"{"x" * 29}",', "1]}]"),
        ('[{"url":"x","media":[', f'{{"a":{"1" * 80}}},', "1]}]"),
    ],
    "csv": [
        ("url,title\n", "x", "\n"),
        ('url,title\n"', "x\n", '"'),
        ("url,title\n", ",", "\n"),
        ("url,title\n", '"\nx",', "\n"),
        ("url,title\n", '""', "\n"),
        ("url,title\n", "\r", "\n"),
        ("url,title\n", ",,\n", ""),
        ("url,title\n", "\0\n", ""),
        ("", "\n", "url\nx"),
        ("", "url,", "\nx"),
        (f"url,tags\n{KEY},", "a;", "\n"),
        (f"{OURS},{KEY},", ";'", "\n"),
        (f"{OURS},{KEY},;", "'", "\n"),
        (f"{KEY},", "youtu a.b/,", "\n"),
        ("", f"{KEY},{'youtu a.b/ ' * 180}\n", ""),
    ],
    "text": [
        ("", "x", "\n"), ("", " ", "\n"), ("", "\n", ""), ("", "a\n", ""), ("", "://a ", "\n"),
        ("", "\ufffd\u202e", "\n"),
    ],
    "takeout": [
        ("Id,Title,More\n", "PL1,Legs,more\n", PLAYLIST),
        (PLAYLIST, "x,y\n", ""),
        (PLAYLIST, "\n", ""),
        (PLAYLIST + '"', "x,\n", '"'),
    ],
}  # fmt: skip


def shape(part: tuple[str, str, str], size: int, every: int, ending: str) -> str:
    """Repeat the content of a part, optionally closed every `every` characters; then a link."""
    begin, more, end = part
    long = begin + more * (min(size, every) // len(more))
    return (long + end + ending) * max(1, size // every) if ending else long


def archives(size: int) -> dict[str, Callable[[], bytes]]:
    """Return zips by name; `size` is their unpacked size."""
    half = size // 2
    noise = random.Random(1).randbytes(max(1_000, size // 150)).hex().encode()
    return {
        "ratio": lambda: zipped({"a-videos.csv": b"0" * size}),
        "line": lambda: zipped({"a-videos.csv": PLAYLIST.encode() + noise + b"0" * size}),
        "commas": lambda: zipped({"a.csv": noise + b"\n" + b"," * half, "b.csv": PLAYLIST}),
        "rows": lambda: zipped({"a.csv": PLAYLIST.encode() + noise + b"\n" * half}),
        "members": lambda: zipped({f"{n}-videos.csv": PLAYLIST for n in range(size // 7_000)}),
        "others": lambda: zipped({f"{n}.csv": b"," * 20_000 for n in range(size // 7_000)}),
        "names": lambda: zipped({f"{n}{'x' * 300}": "" for n in range(size // 7_000)}),
        "directory": lambda: zipped({f"{n:x}": "" for n in range(size // 800)}),
        "nested": lambda: zipped({"a.csv": zipped({"a-videos.csv": PLAYLIST}) * 9}),
    }


def zipped(members: Mapping[str, Any]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()
