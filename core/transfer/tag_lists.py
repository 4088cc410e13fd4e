"""Reads texts in which tools write several tags, or nested folders.

The results are comma-joined, as everywhere in Core.
"""

import re

from core.transfer.own_folders import is_of_tool, is_own_tag

LONGEST = 4_097
"""Characters that are read: one more than an import keeps, so that it can report the cut."""

_QUOTED = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""")
_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")
_LIST = re.compile(r"\[.*\]", re.DOTALL)


def join_tags(cell: str) -> str:
    """Read a cell with tags: a list of JSON or Python, or separated by `|`, `;` or commas.

    A semicolon separates tags only if there is no comma: it may be part of a tag.
    """
    cell = cell[:LONGEST].strip()
    if _LIST.fullmatch(cell):
        return _join_list(cell[1:-1])
    if "|" in cell:
        return cell.replace("|", ",")
    return cell if "," in cell else cell.replace(";", ",")


def _join_list(inside: str) -> str:
    quoted = [found[1] or found[2] or "" for found in _QUOTED.finditer(inside)]
    return ",".join(_ESCAPED.sub(_unescape, tag) for tag in quoted) if quoted else inside


def _unescape(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else found[2]


def join_folders(cell: str) -> tuple[str, bool]:
    """Read a folder's path, such as `Sport / Yoga`; tell also if a part of it was left out."""
    parts = [part.strip() for part in re.split(r"\s/\s", join_tags(cell).replace(",", " / "))]
    kept = [part for part in parts if part and not is_of_tool(part)]
    return ",".join(kept), len(kept) < len([*filter(None, parts)])


def without_own_tags(joined: str) -> tuple[str, bool]:
    """Remove the tags that a tool uses for a state; tell also if there were any."""
    if ":" not in joined:
        return joined, False
    parts = joined.split(",")
    kept = [part for part in parts if not is_own_tag(part)]
    return ",".join(kept), len(kept) < len(parts)
