"""From bytes to text, a piece at a time: UTF-8, or UTF-16 with its mark.

Invalid bytes become U+FFFD, which `normalization` reports.
"""

import codecs
import io
from collections.abc import Generator, Iterator
from typing import IO

from core.transfer.bounds import LONGEST_PART, refuse_part

CHUNK_BYTES = 65_536

_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def encoding_of(head: bytes) -> str:
    """Detect the encoding by the beginning of the file."""
    return "utf-16" if head.startswith(_UTF_16_MARKS) else "utf-8-sig"


def decode_head(head: bytes) -> str:
    """Decode the beginning of a file; a character cut in two at its end is left out."""
    return codecs.getincrementaldecoder(encoding_of(head))("replace").decode(head)


def read_text(file: IO[bytes]) -> Iterator[str]:
    """Yield the text in pieces."""
    piece = file.read(CHUNK_BYTES)
    decoder = codecs.getincrementaldecoder(encoding_of(piece))("replace")
    while piece:
        yield decoder.decode(piece)
        piece = file.read(CHUNK_BYTES)
    yield decoder.decode(b"", final=True)


def read_lines(file: IO[bytes]) -> Generator[str, None, None]:
    """Yield the lines with their ends.

    Raises: FileRefused: a line is longer than `LONGEST_PART`.
    """
    encoding = encoding_of(file.read(2))
    file.seek(0)
    lines = io.TextIOWrapper(file, encoding, errors="replace", newline="")
    try:
        while line := lines.readline(LONGEST_PART + 1):
            if len(line) > LONGEST_PART:
                raise refuse_part("line")
            yield line
    finally:
        if not file.closed:
            lines.detach()  # or it would close the file, which its opener does
