"""Plain text: on each line a link, or a text that holds some, or a list of ids."""

import re
from collections.abc import Iterator
from typing import IO

from core.text import clean
from core.transfer.bounds import Budget
from core.transfer.decoding import read_lines
from core.transfer.entries import Entry
from core.youtube import links

_SEPARATORS = re.compile("[,;]")
_CHARACTERS_A_STEP = 8
"""Of a line that is searched for links."""


def read_text_file(file: IO[bytes], _: str, budget: Budget) -> Iterator[Entry]:
    """Yield each line; one with several links is several entries.

    Raises: FileRefused: a line without end, or nearly only empty lines.
    """
    for number, line in enumerate(read_lines(file), 1):
        budget.spend()
        if stripped := line.strip():
            for text in parts_of(stripped, budget):
                yield Entry(number, text)


def bare_keys(line: str) -> list[str]:
    """Return the ids of a line that has nothing else, separated by commas, semicolons or spaces."""
    words = _SEPARATORS.sub(" ", line).split()
    return words if all(map(links.is_bare_key, words)) else []


def parts_of(line: str, budget: Budget) -> list[str]:
    """Return the links of a line that has several, or the ids of one with only ids, or the line.

    Raises: FileRefused: nearly all of the file is other text.
    """
    if links.count_names(line) <= 1:
        return bare_keys(line) or [line]
    found = urls_in(line, budget)
    return found if len(found) > 1 else [line]


def urls_in(text: str, budget: Budget) -> list[str]:
    """Return the links of a text; the search is work for the parser.

    Raises: FileRefused: nearly all of the file is other text.
    """
    budget.spend(len(text) // _CHARACTERS_A_STEP)
    return [link.url for link in links.find_links(clean(text))]
