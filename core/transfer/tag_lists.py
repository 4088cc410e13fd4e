"""Reads texts in which tools write several tags, or nested folders.

The results are comma-joined, as everywhere in Core.
"""

import re

from core.transfer.own_folders import is_of_browser, is_of_tool, is_own_tag

LONGEST = 4_097
"""Characters that are read: one more than an import keeps, so that it can report the cut."""

# An escaped quote begins nothing: a text of thousands would be searched to its end for each.
_QUOTED = re.compile(r"""(?<!\\)(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")""")
_NAMED = re.compile(
    r"""["'](?:name|label|title)["']\s*:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")"""
)
"""The tag in an object, which has an id or a color too."""
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
    texts = [*_NAMED.finditer(inside)] or _QUOTED.finditer(inside)
    quoted = [found[1] or found[2] or "" for found in texts]
    return ",".join(_ESCAPED.sub(_unescape, tag) for tag in quoted) if quoted else inside


def _unescape(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else found[2]


def join_folders(cell: str, *, may_have_bars: bool = False) -> tuple[str, bool]:
    """Read a folder's path, such as `Sport / Yoga`; tell also if a part of it was left out.

    It may begin with a browser's bar.
    """
    parts = [part.strip() for part in re.split(r"\s/\s", join_tags(cell).replace(",", " / "))]
    parts = [*filter(None, parts)]
    has_bar = may_have_bars and bool(parts) and is_of_browser(parts[0])
    kept = [part for part in parts[has_bar:] if not is_of_tool(part)]
    return ",".join(kept), len(kept) < len(parts)


def without_own_tags(joined: str) -> tuple[str, bool]:
    """Remove the tags that a tool uses for a state; tell also if there were any."""
    if ":" not in joined:
        return joined, False
    parts = joined.split(",")
    kept = [part for part in parts if not is_own_tag(part)]
    return ",".join(kept), len(kept) < len(parts)
