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
    encoding = _encoding_of(head, is_whole=len(head) < CHUNK_BYTES)
    return codecs.getincrementaldecoder(encoding)("replace").decode(head)


def _encoding_of(some: bytes, *, is_whole: bool) -> str:
    """Detect the encoding by a part of the file; `is_whole`: the file ends with it.

    Excel writes CSV as Windows-1252 in Western countries. Other old encodings can't be told apart:
    their letters are reported as unreadable, which is better than wrong letters.
    """
    if some.startswith(_UTF_16_MARKS):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(some, final=is_whole)
    except UnicodeDecodeError:
        has_utf_8 = not some.decode(errors="ignore").isascii()
        return "utf-8-sig" if has_utf_8 or _FOREIGN.search(some) else "cp1252"
    return "utf-8-sig"


def read_text(file: IO[bytes]) -> Iterator[str]:
    """Yield the text in pieces. ASCII is equal in all encodings, so what follows it decides."""
    piece = file.read(CHUNK_BYTES)
    while piece and piece.isascii():
        yield piece.decode()
        piece = file.read(CHUNK_BYTES)
    more = file.read(CHUNK_BYTES)
    encoding = _encoding_of(piece + more, is_whole=len(more) < CHUNK_BYTES)
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    while piece:
        yield decoder.decode(piece)
        piece, more = more, file.read(CHUNK_BYTES)
    yield decoder.decode(b"", final=True)


def read_lines(file: IO[bytes]) -> Generator[str, None, None]:
    """Yield the lines with their ends.

    Raises: FileRefused: a line is longer than `LONGEST_PART`.
    """
    rest = ""
    for piece in read_text(file):
        # Not `splitlines`, which knows more ends than files have.
        *lines, rest = io.StringIO(rest + piece, newline="").readlines() or [""]
        if rest.endswith("\n"):
            lines, rest = [*lines, rest], ""
        for line in lines:
            yield _bounded(line)
        _bounded(rest)
    if rest:
        yield rest


def _bounded(line: str) -> str:
    """Raises: FileRefused: the line is too long."""
    if len(line) > LONGEST_PART:
        raise refuse_part("line")
    return line
