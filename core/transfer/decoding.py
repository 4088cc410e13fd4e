"""From bytes to text, a piece at a time: UTF-8, or UTF-16 with its mark.

What is neither becomes U+FFFD, which `fitting` reports.
"""

import codecs
import io
from collections.abc import Iterator
from typing import IO

CHUNK_BYTES = 65_536
LONGEST_LINE = 65_536
"""Characters; the rest of a longer line is read as the next one, so that memory stays small."""

_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def encoding_of(head: bytes) -> str:
    """Tell the encoding by how the file begins."""
    return "utf-16" if head.startswith(_UTF_16_MARKS) else "utf-8-sig"


def decode_head(head: bytes) -> str:
    """Decode the beginning of a file; a character cut in two at its end is left out."""
    return codecs.getincrementaldecoder(encoding_of(head))("replace").decode(head)


def read_text(file: IO[bytes]) -> Iterator[str]:
    """Yield the text in pieces of some size."""
    piece = file.read(CHUNK_BYTES)
    decoder = codecs.getincrementaldecoder(encoding_of(piece))("replace")
    while piece:
        yield decoder.decode(piece)
        piece = file.read(CHUNK_BYTES)
    yield decoder.decode(b"", final=True)


def read_lines(file: IO[bytes]) -> Iterator[str]:
    """Yield the lines with their ends; at the end the file is closed."""
    encoding = encoding_of(file.read(2))
    file.seek(0)
    with io.TextIOWrapper(file, encoding, errors="replace", newline="") as lines:
        while line := lines.readline(LONGEST_LINE):
            yield line
