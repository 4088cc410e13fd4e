"""Finds the web links in a text, and undoes what other programs did to them: pure.

Chat apps, editors and web pages escape a link, mark it up, or put invisible marks around it.
"""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote

# The characters of RFC 3986 except brackets, which only IPv6 hosts need. Any other character ends
# the link, such as a Japanese sentence that follows without a space. The backslash is not in the
# RFC: it is here so that a link with one is refused.
CHARACTERS = r"[a-z0-9._~:/?#@!$&'()*+,;=%\\-]*"
LABEL = r"[a-z0-9_-]+"
# ASCII: without it IGNORECASE matches look-alikes of other scripts (U+017F).
FLAGS = re.ASCII | re.IGNORECASE
ABSOLUTE = re.compile(rf"(?<![a-z0-9+])https?://{CHARACTERS}", FLAGS)

_SCHEMELESS = re.compile(rf"(?://)?{LABEL}(?:\.{LABEL})+(?::[0-9]+)?/{CHARACTERS}", FLAGS)
_OPENING = "([{'*_~|•·>-–—“„«‹「‘‚"  # noqa: RUF001  list marks and quotes of other languages
_CLOSING = ".,:;!?')*~\\"
_MAX_ROUNDS = 4
"""A text may be escaped several times."""

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_HTML_ESCAPE = re.compile(r"&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,7});", FLAGS)
_BACKSLASH_ESCAPE = re.compile(
    r"\\(?:u00([2-7][0-9a-f])|([/_&=?~*#-])|[nrt](?=https?://|\\|\s|$))", FLAGS
)
"""As JSON and Markdown write them."""
_MARKS = re.compile(r"""[\s"<>]+|\]\(|(?<=\bsrc=)'|(?<=\bhref=)'""", FLAGS)
"""What ends a word; `](` is before the link of Markdown's `[text](link)`."""
# A list without spaces, and a link that was pasted twice.
_LISTED = re.compile(r"[,;|](?=https?://)", FLAGS)
_OF_YOUTUBE = r"(?:(?:www|m|music)\.)?youtu(?:be\.com|\.be)/"
_LISTED_WITHOUT_SCHEME = re.compile(rf"[,;|](?={_OF_YOUTUBE})", FLAGS)
_STARTS_AT_YOUTUBE = re.compile(rf"[^a-z0-9]*(?:https?://)?{_OF_YOUTUBE}", FLAGS)
_PASTED_TWICE = re.compile(
    r"((?:youtu\.be/|[?&]v=|/(?:shorts|live|embed|v)/)[a-z0-9_-]{11})(?=https?://)", FLAGS
)
_ENCODED = re.compile(
    r"(?:https?%(?:25)*3A(?:%(?:25)*2F){2}|(?=(?:[a-z0-9-]+\.)?youtu(?:be\.com|\.be)%(?:25)*2F))"
    r"[a-z0-9%._~=&+-]+",
    FLAGS,
)
# Pasted into a field that had the scheme already.
_SCHEME_TWICE = re.compile(r"(?<![a-z0-9+])(?:https?://)+(?=https?://[a-z])", FLAGS)
# Emphasised text: `_link_`. An id may hold an underscore, but ends after 11 characters.
_AFTER_ID = re.compile(r"(?<=[/=][a-z0-9_-]{11})_+$", FLAGS)
_ENDS_WITH_ID = re.compile(r"[/=][a-z0-9_-]{11}$", FLAGS)


def undo(text: str) -> str:
    """Undo the escapes of HTML, JSON and Markdown; remove invisible marks."""
    for _ in range(_MAX_ROUNDS):
        before = text
        if "&" in text:
            text = _HTML_ESCAPE.sub(lambda found: unescape(found[0]), text)
        if "\\" in text:
            text = _BACKSLASH_ESCAPE.sub(_plain, text)
        if text == before:
            break
    return text if text.isascii() else _INVISIBLE.sub("", text)


def spaces_for_marks(text: str) -> str:
    """Replace each invisible mark by a space: some programs separate words with them."""
    return _INVISIBLE.sub(" ", text)


def links_in(text: str) -> Iterator[str]:
    """Yield each web link of a text in which escapes are undone, in order, absolute.

    A link without a scheme must begin its word: the end of `evil.example/?x=youtube.com/` or of
    `javascript:0//youtube.com/` is no link.
    """
    is_emphasised = False
    for word in _words(text):
        is_emphasised = is_emphasised or word.lstrip("*~('[").startswith("_")
        bare = word.lstrip(_OPENING)
        if encoded := _ENCODED.fullmatch(bare.rstrip(_CLOSING)):
            yield _decode(encoded[0])
        elif link := _SCHEMELESS.match(bare):
            yield _cut("https://" + link[0].removeprefix("//"), is_emphasised=is_emphasised)
        else:
            yield from (_cut(link, is_emphasised=is_emphasised) for link in ABSOLUTE.findall(word))


def _words(text: str) -> Iterator[str]:
    for word in _MARKS.split(text):
        if "://" in word:
            word = _separate_links(word)  # noqa: PLW2901  of this word
        for part in word.split(" "):
            if _STARTS_AT_YOUTUBE.match(part):
                yield from _LISTED_WITHOUT_SCHEME.sub(" ", part).split(" ")
            elif part:
                yield part


def _separate_links(word: str) -> str:
    """Put spaces between adjacent links."""
    return _LISTED.sub(" ", _PASTED_TWICE.sub(r"\1 ", _SCHEME_TWICE.sub("", word)))


def _cut(link: str, *, is_emphasised: bool) -> str:
    link = link.rstrip(_CLOSING)
    if not is_emphasised:
        return link
    cut = _AFTER_ID.sub("", link)
    return cut if _ENDS_WITH_ID.search(cut) else cut.rstrip("_")


def _decode(link: str) -> str:
    for _ in range(_MAX_ROUNDS):
        if ABSOLUTE.match(link):
            break
        link = unquote(link)
        link = link if link.lower().startswith("http") or "%" in link else "https://" + link
    return link


def _plain(escape: re.Match[str]) -> str:
    if escape[1]:
        return chr(int(escape[1], 16))
    return escape[2] or " "
