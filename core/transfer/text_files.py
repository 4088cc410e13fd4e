"""Plain text: on each line a link, or a text that holds some."""

import re
from collections.abc import Iterator
from typing import IO

from core.transfer.decoding import read_lines
from core.transfer.entries import Entry

_MARKS = ("://", "youtu.be/", "youtube.com/")
_WORD = re.compile(r"[A-Za-z][a-z-]{10}|[A-Z-]{11}")
"""What could be a bare key and is a word of a language: one key in 4,500 looks so."""


def read_text_file(file: IO[bytes], _: str) -> Iterator[Entry]:
    """Yield each line; one with several links is several entries."""
    for number, line in enumerate(read_lines(file), 1):
        if stripped := line.strip():
            links = [word for word in stripped.split() if any(mark in word for mark in _MARKS)]
            for text in links if len(links) > 1 else [stripped]:
                yield Entry(number, "", text) if is_word(text) else Entry(number, text)


def is_word(text: str) -> bool:
    """Tell a word from the key of a video, which has eleven characters as well."""
    return bool(_WORD.fullmatch(text))
