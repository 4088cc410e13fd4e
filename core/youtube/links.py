"""From any text to the YouTube video it links to: pure, no HTTP, no SQL.

What YouTube itself says about a video (title, channel) is services/metadata.py's.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, unquote, urljoin, urlsplit


class NoVideoError(ValueError):
    """No YouTube video in the text; `str()` tells the person why and what to do."""


@dataclass(frozen=True, slots=True)
class VideoLink:
    """A link to one video.

    `video_key` is the same for every form of link to a video. `url` is the link as it stood in
    the text, made absolute: http or https, printable ASCII, on one of YouTube's hosts.
    """

    video_key: str
    url: str
    start_s: int | None
    playlist: str | None


# What RFC 3986 allows in a link, but for the brackets, which only IPv6 hosts need. Anything else
# ends the link, such as a Japanese sentence going on without a space. The backslash is no part
# of the RFC: it belongs here so that it is seen, and the link refused.
_CHARACTERS = r"[a-z0-9._~:/?#@!$&'()*+,;=%\\-]*"
_LABEL = r"[a-z0-9_-]+"
# ASCII, or else IGNORECASE takes other scripts' look-alikes (U+017F) for our letters.
_FLAGS = re.ASCII | re.IGNORECASE
_WORD = re.compile(r'[^\s"<>]+')
_ABSOLUTE = re.compile(rf"(?<![a-z0-9+.-])https?://{_CHARACTERS}", _FLAGS)
_SCHEMELESS = re.compile(rf"(?://)?{_LABEL}(?:\.{_LABEL})+(?::[0-9]+)?/{_CHARACTERS}", _FLAGS)
_OPENING = "([{'*“„«「"
_CLOSING = ".,:;!?')*"

_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_YOUTUBE = re.compile(
    rf"(?:{_LABEL}\.)*youtube\.com|(?:www\.)?(?:youtu\.be|youtube-nocookie\.com|youtubekids\.com)"
)
_PORTS = {None, 80, 443}

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]{11}")
# What most links are: for these nothing has to be taken apart.
_COMMON = re.compile(
    r"https://(?:(www\.youtube\.com/watch\?v=)|youtu\.be/)([A-Za-z0-9_-]{11})"
    r"(?:(?(1)&|\?)t=([0-9]{1,6}s?))?"
)
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PLAYLIST = re.compile(r"[A-Za-z0-9_-]{2,64}")
_START = re.compile(r"(?:([0-9]{1,7})h)?(?:([0-9]{1,7})m)?(?:([0-9]{1,7})s?)?")
_MAX_START_S = 1_000_000

# Pages that only carry another link, each with the parameter that holds it.
_WRAPPERS = {
    "attribution_link": "u",
    "m": "continue",  # m and ml ask for consent to cookies
    "ml": "continue",
    "oembed": "url",
    "redirect": "q",
}
_MAX_WRAPPERS = 3

# What stands in the place of a key on pages without a video.
_NO_KEYS = {"live_stream", "videoseries"}
_KINDS = {
    "c": "a YouTube channel",
    "channel": "a YouTube channel",
    "clip": "a YouTube clip",
    "movie": "a YouTube watch link without a video id",
    "playlist": "a YouTube playlist",
    "results": "a YouTube search",
    "user": "a YouTube channel",
    "watch": "a YouTube watch link without a video id",
    "watch_popup": "a YouTube watch link without a video id",
}
_OTHER_KIND = "a YouTube page without a video"


def find_link(text: str) -> VideoLink:
    """Find the first link to a YouTube video in the text, or the bare key that is all of it.

    Raises:
        NoVideoError: there is none; the sentence speaks of the first link of another kind.
    """
    if _BARE_KEY.fullmatch(key := text.strip()):
        return VideoLink(key, canonical_url(key), start_s=None, playlist=None)
    if common := _COMMON.fullmatch(key):
        return VideoLink(common[2], key, _seconds(common[3] or ""), playlist=None)
    refusal = None
    for url in _links(text):
        try:
            return _read(url)
        except NoVideoError as error:
            refusal = refusal or error
    raise refusal or NoVideoError("There is no web link here. Paste the link of a YouTube video.")


def canonical_url(video_key: str) -> str:
    """Build the one link that stands for all links to the video."""
    return f"https://www.youtube.com/watch?v={video_key}"


def thumbnail_url(video_key: str) -> str:
    """Build the address of the 320 by 180 picture, the largest that every video has."""
    return f"https://i.ytimg.com/vi/{video_key}/mqdefault.jpg"


def _links(text: str) -> Iterator[str]:
    """Yield each web link in the text, in order, absolute.

    Without a scheme a link must begin its word: what ends `evil.example/?x=youtube.com/` or
    `javascript:0//youtube.com/` is no link of its own.
    """
    for word in _WORD.findall(text):
        if link := _SCHEMELESS.match(word.lstrip(_OPENING)):
            yield "https://" + link[0].removeprefix("//").rstrip(_CLOSING)
        else:
            yield from (link.rstrip(_CLOSING) for link in _ABSOLUTE.findall(word))


def _read(url: str) -> VideoLink:
    page = _split(url)
    for _ in range(_MAX_WRAPPERS):
        page = _unwrap(page)
    query = _parameters(page.query)
    start_s = _start_s(_parameters(page.fragment) | query if page.fragment else query)
    return VideoLink(_video_key(page, query), url, start_s, _playlist(query))


def _split(url: str, base: str = "") -> SplitResult:
    """Split a link to a page of YouTube's, and refuse every other."""
    try:
        page = urlsplit(urljoin(base, url))
        is_plain = "@" not in page.netloc and page.port in _PORTS
    except ValueError:
        raise _refusal("a link that cannot be read") from None
    host = page.hostname or ""
    # Browsers read a backslash as a slash and urllib does not: each would see another host.
    if "\\" in url or not (_ABSOLUTE.fullmatch(page.geturl()) and _HOST.fullmatch(host)):
        raise _refusal("a link that cannot be read")
    if not _YOUTUBE.fullmatch(host):
        raise _refusal(f"not a YouTube link: {host[:60]}")
    if not is_plain:
        raise _refusal("a link with a user name or a port in it")
    return page


def _unwrap(page: SplitResult) -> SplitResult:
    """Open the link that the page carries; a page that carries none stays itself."""
    name = _WRAPPERS.get(page.path.strip("/"))
    inner = _parameters(page.query).get(name) if name else None
    return _split(inner, base=page.geturl()) if inner else page


def _video_key(page: SplitResult, query: dict[str, str]) -> str:
    key = _named_key(page, query)
    if not _KEY.fullmatch(key):
        raise _refusal("a YouTube link with a video id that cannot be right")
    return key


def _named_key(page: SplitResult, query: dict[str, str]) -> str:
    folders = [unquote(folder) for folder in page.path.split("/") if folder]
    key = query.get("v") or query.get("vi")
    match folders:
        case [] | ["watch" | "movie" | "watch_popup"] if key:
            return key
        case [key] if (page.hostname or "").endswith("youtu.be"):
            return key
        case ["shorts" | "live" | "embed" | "v" | "e" | "vi", key, *_] if key not in _NO_KEYS:
            return key
    raise _refusal(_kind(folders))


def _kind(folders: list[str]) -> str:
    match folders:
        case ["embed", "videoseries", *_]:
            return "an embedded YouTube playlist"
        case ["embed", "live_stream", *_] | [*_, "live"]:
            return "a YouTube live stream without a video"
        case [name, *_] if name.startswith("@"):
            return "a YouTube channel"
        case [name, *_]:
            return _KINDS.get(name, _OTHER_KIND)
    return _OTHER_KIND


def _start_s(values: dict[str, str]) -> int | None:
    starts = (_seconds(values.get(name, "")) for name in ("t", "start", "time_continue"))
    return next(filter(None, starts), None)


def _seconds(time: str) -> int | None:
    """Read `90`, `90s`, `1m30s` or `1h2m3s`; nothing else is a place in a video, nor is 0."""
    if not (found := _START.fullmatch(time)):
        return None
    hours, minutes, seconds = (int(number or 0) for number in found.groups())
    total = hours * 3600 + minutes * 60 + seconds
    return total if 0 < total <= _MAX_START_S else None


def _playlist(query: dict[str, str]) -> str | None:
    found = _PLAYLIST.fullmatch(query.get("list", ""))
    return found and found[0]


def _parameters(query: str) -> dict[str, str]:
    """Decode the parameters, each with the first of its values that is not empty."""
    return {name: values[0] for name, values in parse_qs(query).items()}


def _refusal(kind: str) -> NoVideoError:
    return NoVideoError(f"This is {kind}. Open the video itself on YouTube and copy its link.")
