"""Files made to exhaust each parser: refused in a sentence, in bounded time and memory."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.choices import Format
from core.transfer import bookmarks, bounds, formats, normalization, tag_lists
from core.transfer.entries import FileRefused
from core.transfer.normalization import EntryRefused, Timestamps, normalize
from tests.support.hostile_files import BOOKMARKS, KEY, LINK, PARTS, archives, shape
from tests.support.soak import size

MIB = 1024 * 1024
SIZE = size(2 * MIB, soak=62 * MIB)
MAX_S, MAX_MB = 5, size(30, soak=150)
MAX_ROWS = size(100_000, soak=500_000)
KINDS = [*PARTS]

READ = """
import json, os, sys, time
from datetime import UTC, datetime
from pathlib import Path
from core.transfer import formats
from core.transfer.entries import FileRefused
from core.transfer.normalization import EntryRefused, Timestamps, normalize

def peak_mb():
    text = Path("/proc/self/status").read_text()
    return int(text.partition("VmHWM:")[2].split()[0]) / 1024

def read(path, kind, most):
    began, before = time.process_time(), peak_mb()
    rows, reason = 0, ""
    try:
        for entry in formats.read(path, kind, ""):
            rows += 1
            if rows > most:
                reason = "too many rows"
                break
    except FileRefused as refusal:
        reason = str(refusal)
    took_s = time.process_time() - began
    print(json.dumps([reason, rows, took_s, peak_mb() - before]), flush=True)

for path in sys.argv[3:]:
    child = os.fork()
    if not child:
        read(Path(path), sys.argv[1], int(sys.argv[2]))
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        sys.exit(f"the reader of {path} ended")
"""
"""Reads each file in a process of its own, which has imported all modules before."""


def read_apart(paths: Sequence[Path], kind: Format) -> list[Any]:
    """Read the files; return reason, rows, CPU seconds and megabytes of each."""
    command = [sys.executable, "-c", READ, kind, str(MAX_ROWS), *map(str, paths)]
    # Coverage of its lines would double its time.
    alone = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    done = subprocess.run(command, env=alone, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
def test_a_file_made_to_exhaust_a_parser_ends_in_bounded_time_and_memory(
    tmp_path: Path, kind: Format, record_figure: Callable[[str, str], None]
):
    ending = LINK if kind == "html" else ""
    files = [
        shape(part, SIZE, every, more).encode(errors="replace")
        for part in PARTS[kind]
        for every, more in ((SIZE, ""), (200_000, ending))
    ]
    if kind == "takeout":
        files += [make() for make in archives(SIZE).values()]
    paths = [tmp_path / f"file{number}" for number in range(len(files))]
    for path, content in zip(paths, files, strict=True):
        path.write_bytes((BOOKMARKS.encode() if kind == "html" else b"") + content)
    most_s = most_mb = 0.0
    for content, result in zip(files, read_apart(paths, kind), strict=True):
        reason, rows, took_s, more_mb = result
        assert reason or rows * 20 <= SIZE, content[:80]
        assert took_s < MAX_S, (content[:80], reason)
        assert more_mb < MAX_MB, (content[:80], reason)
        most_s, most_mb = max(most_s, took_s), max(most_mb, more_mb)
    record_figure(
        "X1", f"{len(files)} hostile {kind} files: up to {most_s:.1f} s CPU, {most_mb:.0f} MB more"
    )


@settings(max_examples=size(60, soak=2_000), deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(data=st.data())
def test_any_mixture_of_hostile_parts_is_read_or_refused_in_a_sentence(
    tmp_path: Path, data: st.DataObject
):
    kind = data.draw(st.sampled_from(KINDS))
    parts = data.draw(st.lists(st.sampled_from(PARTS[kind]), min_size=1, max_size=4))
    content = BOOKMARKS if kind == "html" else ""
    for part in parts:
        times = data.draw(st.sampled_from([0, 1, 20, 3_000]))
        begin, more, end = part
        content += begin + more * times + data.draw(st.sampled_from([end, "", LINK, KEY]))
    path = tmp_path / "file"
    path.write_bytes(content.encode(errors="replace"))
    refusals: list[str] = []
    try:
        for entry in formats.read(path, kind, "name.csv"):
            try:
                assert len(normalize(entry, moments()).names) <= 51
            except EntryRefused as refusal:
                refusals.append(str(refusal))
    except FileRefused as refusal:
        refusals.append(str(refusal))
    assert all(refusal.endswith(".") for refusal in refusals)


def moments() -> Timestamps:

    now = datetime(2026, 1, 3, tzinfo=UTC)
    return Timestamps(now, now, now)


@pytest.mark.parametrize(
    ("kind", "content", "reason"),
    [
        ("html", BOOKMARKS + "<a " + "b " * 300_000, "a tag of more than 256 KiB"),
        ("html", BOOKMARKS + "<!--" + "b " * 300_000, "a tag of more than 256 KiB"),
        ("json", '[{"' + "x" * 600_000, "a value of more than 256 KiB"),
        ("csv", 'url\n"' + "x\n" * 300_000, "a row of more than 256 KiB"),
        ("csv", "url\n" + "," * 600_000, "a line of more than 256 KiB"),
        ("text", "x" * 600_000, "a line of more than 256 KiB"),
        ("takeout", "a,b\n" + "x" * 600_000, "a line of more than 256 KiB"),
        ("html", BOOKMARKS + "<p>" * 600_000, "far more than links"),
        ("json", '["x",' + "1," * 1_100_000, "far more than links"),
        ("csv", "url\n" + "\n" * 1_100_000, "far more than links"),
        ("text", "\n" * 1_100_000, "far more than links"),
    ],
)
def test_the_refusal_names_the_part_that_is_too_large(
    tmp_path: Path, kind, content: str, reason: str
):
    path = tmp_path / "file"
    path.write_text(content)
    with pytest.raises(FileRefused, match=reason):
        [*formats.read(path, kind, "")]


def test_a_part_just_below_the_limit_is_read(tmp_path: Path):
    path = tmp_path / "file"
    path.write_text(f"url,title\nhttps://youtu.be/{KEY},{'x' * (bounds.LONGEST_PART - 50)}\n")
    [entry] = formats.read(path, "csv", "")
    assert len(entry.title) == bounds.LONGEST_PART - 50


def test_bookmarks_are_equal_for_any_number_of_parsers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    lines = [BOOKMARKS]
    for number in range(6_000):
        if number % 40 == 0:
            lines.append(f"    <DT><H3>Folder, {number}</H3>\n    <DL><p>\n")
        lines.append(
            f'        <DT><A HREF="https://youtu.be/k{number:010}" TAGS="a,b">'
            f"Title &amp; {number}</A>\n<DD>About it\n"
        )
        if number % 40 == 25:
            lines.append("    </DL><p>\n")
    path = tmp_path / "file"
    path.write_text("".join(lines))
    expected = [*formats.read(path, "html", "")]
    assert len(expected) == 6_000
    for fed in (1, 100_000):
        monkeypatch.setattr(bookmarks, "_MAX_FED", fed)
        assert [*formats.read(path, "html", "")] == expected


@pytest.mark.parametrize("cell", ["['" + "\\'" * 2_000 + "]", '["' + '\\"' * 2_000 + "]"])
def test_a_list_of_tags_with_an_unclosed_quote_is_read_in_linear_time(cell: str):
    began = time.process_time()
    for _ in range(20):
        tag_lists.join_tags(cell)
    assert time.process_time() - began < 0.5


def test_a_folder_s_tags_are_read_once_for_all_its_links(tmp_path: Path):
    path, links = tmp_path / "file", 2_000
    folders = "".join(f"<H3>{f'{n},' * 150}</H3><DL><p>\n" for n in range(90))
    path.write_text(BOOKMARKS + folders + LINK * links)
    normalization._read_tags.cache_clear()
    now = moments()
    assert sum(len(normalize(entry, now).names) for entry in formats.read(path, "html", "")) > links
    assert normalization._read_tags.cache_info().misses <= 92
