"""Mutated exports of every tool: each parser reads them, or refuses them in a sentence."""

from contextlib import suppress
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.choices import Format
from core.transfer import formats
from core.transfer.entries import Entry, FileRefused
from core.transfer.normalization import EntryRefused, Timestamps, normalize
from tests.support.imported_files import NOW
from tests.support.soak import size
from tests.support.tool_exports import SHAPES, Library, Saved

SAMPLES = Path(__file__).parent / "data/imports"
FORMATS: tuple[Format, ...] = get_args(Format)
LIBRARY: Library = [
    Saved("dQw4w9WgXcQ", "Leg day", ("Legs", "full body"), NOW.replace(year=2023)),
    Saved("ml6cT4AZdqI", "Übung, lang", (), NOW.replace(year=2022)),
]
CONTENTS = [
    *(shape.write(LIBRARY) for shape in SHAPES.values()),
    *(path.read_bytes() for path in sorted(SAMPLES.rglob("*")) if path.is_file()),
]
PIECES = [
    *(
        b'"',
        b"'",
        b",",
        b";",
        b"|",
        b"\t",
        b"\n",
        b"\r",
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        b"<",
        b">",
    ),
    *(b"[", b"]", b"{", b"}", b":", b"\\u0000", b"\\ud800", b"&amp;", b"<dl>", b"</dl>", b"<h3>"),
    *(b"<a href=x>", b"<dd>", b"https://youtu.be/", b"dQw4w9WgXcQ", b"%25", b"sep=;\n", b"[]" * 50),
    *(b"9" * 400, b"-", b"1e999", b"5/4/2023", b"13/4/2023", b'"videos":[', b'"tags":{', b"PK\3\4"),
    *(b"\x1f\x8b", b"\xff\xfe", "\u202e\u200b".encode(), b"playlist", b'"name":"x",', b"null"),
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A file of a tool with some pieces inserted, removed, or copied from another file."""
    content = draw(st.sampled_from(CONTENTS))
    for _ in range(draw(st.integers(0, 6))):
        at, end = sorted(draw(st.integers(0, len(content))) for _ in range(2))
        other = draw(st.sampled_from(CONTENTS))
        piece = draw(st.sampled_from([*PIECES, other[at:end], content[at:end] * 2, b""]))
        content = content[:at] + piece + content[draw(st.sampled_from([at, at + 1, end])) :]
    return content


@pytest.mark.soak
@settings(max_examples=size(150, soak=20_000), deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(content=mutated(), asked=st.sampled_from([None, *FORMATS]))
def test_a_mutated_file_is_read_or_refused_in_a_sentence(
    tmp_path: Path, content: bytes, asked: Format | None
):
    path = tmp_path / "file"
    path.write_bytes(content)
    first = outcome(path, asked)
    assert outcome(path, asked) == first
    entries, sentences = first
    assert all(sentence.endswith(".") and sentence.isprintable() for sentence in sentences)
    for entry in entries:
        with suppress(EntryRefused):
            found = normalize(entry, Timestamps(NOW, NOW, NOW))
            assert len(found.link.video_key) == len("dQw4w9WgXcQ")
            assert found.created_at <= NOW


def outcome(path: Path, asked: Format | None) -> tuple[list[Entry], list[str]]:
    """Read as an import does: the entries up to a refusal, and its sentence."""
    entries: list[Entry] = []
    try:
        for entry in formats.read(path, formats.detect(path, asked), "name.csv"):
            entries.append(entry)  # noqa: PERF402  those before a refusal count as well
    except FileRefused as refusal:
        return entries, [str(refusal)]
    return entries, []
