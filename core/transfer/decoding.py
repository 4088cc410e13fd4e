"""From bytes to text, a piece at a time: UTF-8, UTF-16 with its mark, or Windows-1252.

Invalid bytes become U+FFFD, which `normalization` reports.
"""

import codecs
import io
import re
from collections.abc import Generator, Iterator
from typing import IO

from core.transfer.bounds import LONGEST_PART, refuse_part

CHUNK_BYTES = 65_536

_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_FOREIGN = re.compile(rb"[\x80-\xff]{4}")
"""Words of other scripts. In Western words few letters in a row are not ASCII."""


def decode_head(head: bytes) -> str:
    """Decode the beginning of a file; a character cut in two at its end is left out."""
    return codecs.getincrementaldecoder(_encoding_of(head))("replace").decode(head)


def _encoding_of(head: bytes) -> str:
    """Detect the encoding by the first `CHUNK_BYTES` of the file.

    Excel writes CSV as Windows-1252 in Western countries. Other old encodings can't be told apart:
    their letters are reported as unreadable, which is better than wrong letters.
    """
    if head.startswith(_UTF_16_MARKS):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        has_utf_8 = not head.decode(errors="ignore").isascii()
        return "utf-8-sig" if has_utf_8 or _FOREIGN.search(head) else "cp1252"
    return "utf-8-sig"


def read_text(file: IO[bytes]) -> Iterator[str]:
    """Yield the text in pieces."""
    piece = file.read(CHUNK_BYTES)
    decoder = codecs.getincrementaldecoder(_encoding_of(piece))("replace")
    while piece:
        yield decoder.decode(piece)
        piece = file.read(CHUNK_BYTES)
    yield decoder.decode(b"", final=True)


def read_lines(file: IO[bytes]) -> Generator[str, None, None]:
    """Yield the lines with their ends.

    Raises: FileRefused: a line is longer than `LONGEST_PART`.
    """
    encoding = _encoding_of(file.read(CHUNK_BYTES))
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
