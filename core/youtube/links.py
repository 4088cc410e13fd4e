"""Finds the YouTube video that a text links to: pure, no HTTP, no SQL.

services/titles.py stores the title and the channel that YouTube returns.
"""

import re
from dataclasses import dataclass
from itertools import chain
from urllib.parse import SplitResult, parse_qs, unquote, urljoin, urlsplit

from core.codes import LinkCode, Reason, Refusal
from core.text import MAX_LINK_TEXT_LENGTH
from core.youtube.link_texts import ABSOLUTE, LABEL, links_in, spaces_for_marks, undo


class NoVideoError(Refusal):
    """No YouTube video in the text; `str()` tells the user why and what to do."""


@dataclass(frozen=True, slots=True)
class VideoLink:
    """A link to one video.

    `video_key` is the same for every form of link to a video. `url` is the link in the text, made
    absolute: http or https, printable ASCII, on one of YouTube's hosts. If other characters follow
    the key, or the page has no player, as a thumbnail, it is the canonical link instead.
    """

    video_key: str
    url: str
    start_s: int | None


_HOST = re.compile(rf"{LABEL}(?:\.{LABEL})*")
_YOUTUBE = re.compile(
    rf"(?:{LABEL}\.)*youtube\.com|(?:(?:www|m)\.)?youtube-nocookie\.com"
    r"|(?:www\.)?(?:youtu\.be|youtubekids\.com)|i[0-9]?\.ytimg\.com|youtube\.googleapis\.com"
)
_WITHOUT_PLAYER = re.compile(
    r"(?:studio\.youtube\.com|i[0-9]?\.ytimg\.com|youtube\.googleapis\.com)/.*"
    r"|[^/]*/(?:(?:live_chat|tv)/?|video/.*)|.*\.(?:jpg|webp)",
    re.DOTALL,
)
"""Hosts and pages of a video that do not play it."""
_PORTS = {None, 80, 443}

_KEY = re.compile(r"[A-Za-z0-9_-]{11}")
_KEY_AND_REST = re.compile(r"([A-Za-z0-9_-]{11})(?![A-Za-z0-9_-])(.*)", re.DOTALL)
_LAST_OF_KEY = "AEIMQUYcgkosw048"
"""An id holds 64 bits in 66, so that the last two are 0."""
_WORDLIKE = re.compile(r"[A-Za-z][a-z-]{10}|[A-Z-]{11}")
"""Words that look like an id. One real id in 4,500 looks like a word, and needs its link."""
# The form of most links, which need no further parsing.
_COMMON = re.compile(
    r"https://(?:(www\.youtube\.com/watch\?v=)|youtu\.be/)([A-Za-z0-9_-]{11})"
    r"(?:(?(1)&|\?)t=([0-9]{1,6}s?))?"
)
_START = re.compile(r"(?:([0-9]{1,7})h)?(?:([0-9]{1,7})m)?(?:([0-9]{1,7})s?)?")
_MAX_START_S = 1_000_000

# Pages that only wrap another link, each with the parameter that holds it.
_WRAPPERS = {
    "attribution_link": "u",
    "m": "continue",  # m and ml ask for consent to cookies
    "ml": "continue",
    "oembed": "url",
    "redirect": "q",
    "signin": "next",
}
_WRAPPERS_OF_OTHERS: dict[re.Pattern[str], dict[str, tuple[str, ...]]] = {
    re.compile(r"(?:(?:www|consent)\.)?google\.(?:com?\.)?[a-z]{2,3}"): {
        "url": ("url", "q"), "m": ("continue",), "ml": ("continue",),
    },
    re.compile(r"lm?\.facebook\.com"): {"l.php": ("u",)},
}  # fmt: skip
"""The other sites that are unwrapped: phones share links through them."""
_MAX_WRAPPERS = 3
_ENCODED = re.compile(r"https?%(?:25)*3a", re.IGNORECASE)

_WATCH_PAGES = {"watch", "movie", "watch_popup", "live_chat", "tv"}
_BEFORE_KEY = {"shorts", "live", "embed", "v", "e", "vi", "vi_webp", "video", "watch", "w"}
# Words in the place of a key, on pages without a video.
_NO_KEYS = {"live_stream", "videoseries"}
_CHANNEL = Reason(LinkCode.CHANNEL, "a YouTube channel")
_NO_ID = Reason(LinkCode.NO_VIDEO_ID, "a YouTube watch link without a video id")
_KINDS = {
    "c": _CHANNEL,
    "channel": _CHANNEL,
    "clip": Reason(LinkCode.CLIP, "a YouTube clip"),
    "movie": _NO_ID,
    "playlist": Reason(LinkCode.PLAYLIST, "a YouTube playlist"),
    "results": Reason(LinkCode.SEARCH, "a YouTube search"),
    "user": _CHANNEL,
    "watch": _NO_ID,
    "watch_popup": _NO_ID,
}
_EMBEDDED = Reason(LinkCode.EMBEDDED_PLAYLIST, "an embedded YouTube playlist")
_LIVE = Reason(LinkCode.LIVE_STREAM, "a YouTube live stream without a video")
_OTHER_KIND = Reason(LinkCode.OTHER_PAGE, "a YouTube page without a video")
_UNREADABLE = Reason(LinkCode.UNREADABLE_LINK, "a link that cannot be read")


def find_link(text: str) -> VideoLink:
    """Find the first link to a YouTube video in the text; a text may also be a bare key.

    Raises:
        NoVideoError: there is none; the sentence is about the first link of another kind.
    """
    if common := _COMMON.fullmatch(text.strip()):
        return VideoLink(common[2], common[0], _seconds(common[3] or ""))
    undone = undo(text)
    if is_bare_key(key := undone.strip()):
        return VideoLink(key, canonical_url(key), start_s=None)
    separated = undo(spaces_for_marks(text)) if not text.isascii() else ""
    refusal = None
    for url in chain(links_in(undone), links_in(separated)):
        try:
            return _read(url)
        except NoVideoError as error:
            refusal = refusal or error
    raise refusal or NoVideoError(
        LinkCode.NO_LINK, "There is no web link here. Paste the link of a YouTube video."
    )


def holds_video(text: str) -> bool:
    """Tell whether the first characters, as many as a link may have, link to a YouTube video."""
    try:
        find_link(text[:MAX_LINK_TEXT_LENGTH])
    except NoVideoError:
        return False
    return True


def first_with_video(texts: list[str]) -> str:
    """Return the first text that links to a video, or else the first; empty if there is none."""
    if len(texts) > 1:
        return next(filter(holds_video, texts), texts[0])
    return "".join(texts)  # without a choice nothing needs parsing


def find_links(text: str) -> list[VideoLink]:
    """Return each video that the text links to, in order, each once."""
    found: dict[str, VideoLink] = {}
    for url in links_in(undo(text)):
        if not count_names(url):  # Google's links to YouTube hold one too
            continue
        try:
            link = _read(url)
        except NoVideoError:
            continue
        found.setdefault(link.video_key, link)
    return [*found.values()]


def count_names(text: str) -> int:
    """Return how often the text names a host of YouTube's; a text without any has no link to it."""
    lowered = text.lower()
    return lowered.count("youtu") + lowered.count("ytimg")


def is_bare_key(text: str) -> bool:
    """Tell whether the text is the id of a video, and not a word of eleven letters."""
    return bool(_KEY.fullmatch(text) and text[-1] in _LAST_OF_KEY and not _WORDLIKE.fullmatch(text))


def is_key(text: str) -> bool:
    """Tell whether the text has the form of an id; words have it too."""
    return bool(_KEY.fullmatch(text))


def canonical_url(video_key: str) -> str:
    """Build the canonical link of the video."""
    return f"https://www.youtube.com/watch?v={video_key}"


def thumbnail_url(video_key: str) -> str:
    """Build the address of the 320 by 180 picture, the largest that every video has."""
    return f"https://i.ytimg.com/vi/{video_key}/mqdefault.jpg"


def _read(url: str) -> VideoLink:
    page = _split(url)
    is_at_youtube = _is_at_youtube(page)
    for _ in range(_MAX_WRAPPERS):
        page = _unwrap(page)
    if not _is_at_youtube(page):
        raise _other_site(page)
    key, rest, values = _video(page)
    start_s = _start_s(_trailing_parameters(rest) | values)
    has_player = not _WITHOUT_PLAYER.fullmatch(f"{page.hostname}{page.path}")
    if rest or not has_player or not is_at_youtube or undo(url) != url:
        url = canonical_url(key) + (f"&t={start_s}s" if start_s else "")
    return VideoLink(key, url, start_s)


def _split(url: str, base: str = "") -> SplitResult:
    """Split a link to a page of YouTube, or to one of Google that wraps a link.

    Raises: NoVideoError: it is on another site, or its host is ambiguous.
    """
    try:
        page = urlsplit(urljoin(base, url))
        is_plain = "@" not in page.netloc and page.port in _PORTS
    except ValueError:
        raise _refusal(_UNREADABLE) from None
    # Browsers read a backslash as a slash and urllib does not: each would see another host.
    if "\\" in url or not (
        ABSOLUTE.fullmatch(page.geturl()) and _HOST.fullmatch(page.hostname or "")
    ):
        raise _refusal(_UNREADABLE)
    if not (_is_at_youtube(page) or _names_of_wrapped(page)):
        raise _other_site(page)
    if not is_plain:
        raise _refusal(
            Reason(LinkCode.USER_NAME_OR_PORT, "a link with a user name or a port in it")
        )
    return page


def _is_at_youtube(page: SplitResult) -> bool:
    return bool(_YOUTUBE.fullmatch(page.hostname or ""))


def _other_site(page: SplitResult) -> NoVideoError:
    host = (page.hostname or "")[:60]
    return _refusal(Reason(LinkCode.NOT_A_YOUTUBE_LINK, f"not a YouTube link: {host}"))


def _names_of_wrapped(page: SplitResult) -> tuple[str, ...]:
    """Return the parameters that may hold the link that the page wraps."""
    name = page.path.strip("/")
    if _is_at_youtube(page):
        return (_WRAPPERS[name],) if name in _WRAPPERS else ()
    for site, wrappers in _WRAPPERS_OF_OTHERS.items():
        if site.fullmatch(page.hostname or ""):
            return wrappers.get(name, ())
    return ()


def _unwrap(page: SplitResult) -> SplitResult:
    """Return the link that the page wraps; a page that wraps none is returned unchanged."""
    values = _parameters(page.query)
    inner = next((values[name] for name in _names_of_wrapped(page) if name in values), None)
    if inner and _ENCODED.match(inner):
        inner = unquote(inner)
    return _split(inner, base=page.geturl()) if inner else page


def _video(page: SplitResult) -> tuple[str, str, dict[str, str]]:
    """Return the key, the characters that follow it, and the parameters of the page.

    Raises: NoVideoError
    """
    try:
        return _video_as_written(page)
    except NoVideoError:
        decoded = unquote(page.geturl())
        if "%" not in page.path + page.query or "\\" in decoded:
            raise
        try:  # `watch%3Fv%3D…`: all but the host is encoded
            key, rest, values = _video_as_written(urlsplit(decoded))
        except (NoVideoError, ValueError):
            rest = None
        if rest is None or not _is_at_youtube(urlsplit(decoded)):
            raise
        return key, rest or "/", values


def _video_as_written(page: SplitResult) -> tuple[str, str, dict[str, str]]:
    query, fragment = _parameters(page.query), _parameters(page.fragment)
    if "v" not in query and _KEY_AND_REST.match(in_fragment := _id_in(page.fragment)):
        query["v"] = in_fragment
    found = _KEY_AND_REST.fullmatch(_named_key(page, query))
    if not found:
        raise _refusal(
            Reason(LinkCode.WRONG_VIDEO_ID, "a YouTube link with a video id that cannot be right")
        )
    return found[1], found[2], fragment | query


def _id_in(fragment: str) -> str:
    """Return the id of `#!v=…`, `#v=…` or `#/watch?v=…`."""
    return _parameters(fragment.lstrip("!").rpartition("?")[2]).get("v", "")


def _trailing_parameters(rest: str) -> dict[str, str]:
    """Read the parameters of `K&t=9` and `K?t=9`, where only `K` was expected."""
    return _parameters(rest[1:]) if rest[:1] in {"?", "&", "#"} else {}


def _named_key(page: SplitResult, query: dict[str, str]) -> str:
    folders = [unquote(folder) for folder in page.path.split("/") if folder]
    key = query.get("v") or query.get("vi")
    first = folders[0].lower() if folders else ""
    if key and (not folders or (len(folders) == 1 and first in _WATCH_PAGES)):
        return key
    if len(folders) > 1 and first in _BEFORE_KEY and folders[1] not in _NO_KEYS:
        return folders[1]
    if folders and (page.hostname or "").endswith("youtu.be") and first not in _WATCH_PAGES:
        return folders[0]
    raise _refusal(_kind(folders))


def _kind(folders: list[str]) -> Reason:
    match folders:
        case ["embed", "videoseries", *_]:
            return _EMBEDDED
        case ["embed", "live_stream", *_] | [*_, "live"]:
            return _LIVE
        case [name, *_] if name.startswith("@"):
            return _CHANNEL
        case [name, *_]:
            return _KINDS.get(name, _OTHER_KIND)
    return _OTHER_KIND


def _start_s(values: dict[str, str]) -> int | None:
    starts = (_seconds(values.get(name, "")) for name in ("t", "start", "time_continue"))
    return next(filter(None, starts), None)


def _seconds(time: str) -> int | None:
    """Read `90`, `90s`, `1m30s` or `1h2m3s`; None for 0 and for anything else."""
    if not (found := _START.fullmatch(time)):
        return None
    hours, minutes, seconds = (int(number or 0) for number in found.groups())
    total = hours * 3600 + minutes * 60 + seconds
    return total if 0 < total <= _MAX_START_S else None


def _parameters(query: str) -> dict[str, str]:
    """Decode the parameters, each with the first of its values that is not empty."""
    return {name: values[0] for name, values in parse_qs(query).items()}


def _refusal(kind: Reason) -> NoVideoError:
    return NoVideoError(
        kind.code, f"This is {kind.sentence}. Open the video itself on YouTube and copy its link."
    )
