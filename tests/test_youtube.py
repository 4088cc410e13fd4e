"""Which texts hold a YouTube video, and the refusal of every other text."""

import re
from pathlib import Path
from time import process_time
from timeit import repeat
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.youtube.links import NoVideoError, VideoLink, canonical_url, find_link, thumbnail_url

DATA = Path(__file__).parent / "data"
K = "dQw4w9WgXcQ"
SAFE_SENTENCE = re.compile(r"[A-Za-z0-9 .:,_-]+")
YOUTUBE = re.compile(r"(.+\.)?(youtube|youtubekids|youtube-nocookie)\.com|(www\.)?youtu\.be")

HOSTS = """
youtube.com www.youtube.com m.youtube.com music.youtube.com WWW.YouTube.COM www.youtube.com:443
youtube-nocookie.com www.youtube-nocookie.com youtubekids.com www.youtubekids.com youtube.com:80
"""
PATHS = """
/watch?v={} /watch/?v={} /watch?vi={} /watch?app=desktop&v={}&feature=share /movie?v={}
/watch_popup?v={} /?v={} ?v={} /shorts/{} /shorts/{}?feature=share /live/{}?si=abc /embed/{}
/embed/{}/ /v/{}?version=3 /e/{} /vi/{}/hqdefault.jpg /live_chat?v={}&is_popout=1 /tv#/watch?v={}
/attribution_link?a=8g8k&u=%2Fwatch%3Fv%3D{}%26feature%3Dem
/oembed?format=json&url=https%3A%2F%2Fyoutu.be%2F{}
/oembed?url=https://www.youtube.com/watch?v={}&format=json
/redirect?q=https%3A%2F%2Fyoutu.be%2F{} /redirect?q=//youtu.be/{}
/m?continue=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D{}
/ml?continue=https%3A%2F%2Fwww.youtube.com%2Fshorts%2F{}
"""
FORMS = [
    *(f"https://{host}/watch?v={{}}" for host in HOSTS.split()),
    *(f"https://www.youtube.com{path}" for path in PATHS.split()),
    "https://youtu.be/{}",
    "https://www.youtu.be/{}",
    "https://youtu.be/{}/",
    "https://youtu.be/{}?si=3yZr0v1kq2Lw8b5C",
    "https://youtu.be/watch?v={}",
    "https://consent.youtube.com/m?continue=https%3A%2F%2Fyoutu.be%2F{}",
    "http://youtube.com/watch?v={}",
    "HTTPS://YOUTU.BE/{}",
    "Title\nhttps://youtu.be/{}\n#fitness",
    "//www.youtube.com/watch?v={}",
    "//youtu.be/{}",
    "youtube.com/watch?v={}",
    "youtu.be/{}",
    "m.youtube.com:443/watch?v={}",
]

NO_STARTS = """
soon s 0 0h0m0s -5 %2B5 1_000 1.5 1:30 30s1m 90S 1000001 278h 99999999 %D9%A3 %EF%BC%93 %C2%B2 %0A9
"""
LOOK_ALIKES = """
https://evil.example/?x=youtube.com/watch?v={} https://evil.example/https://youtube.com/watch?v={}
https://evil.example/?u=https://youtu.be/{} https://evil.example/(youtube.com/watch?v={})
https://evil.example#https://youtu.be/{} https://youtube.com.evil.example/watch?v={}
https://notyoutube.com/watch?v={} https://evil-youtu.be/{} https://fake.youtu.be/{}
https://youtube.com@evil.example/watch?v={} https://youtube.com:443@evil.example/watch?v={}
https://user@youtube.com/watch?v={} https://user:word@youtube.com/watch?v={}
https://@youtube.com/watch?v={} user@youtube.com/watch?v={} youtube.com:80@evil.example/watch?v={}
https://youtube.com:8080/watch?v={} https://youtube.com:99999/watch?v={}
https://youtube.com:x/watch?v={} https://youtube.com./watch?v={} https://.youtube.com/watch?v={}
https://a..youtube.com/watch?v={} https://youtube%2Ecom/watch?v={}
https://evil.example%2F.youtube.com/watch?v={} https://xn--yutube-wqf.com/watch?v={}
https://y\u043eutube.com/watch?v={} https://youtub\u0435.com/watch?v={}
https://youtube\uff0ecom/watch?v={} https://youtube.com\u3002evil.example/watch?v={}
\u0430youtube.com/watch?v={} http\u017f://youtube.com/watch?v={} https://[youtube.com]/watch?v={}
https://[::1]/watch?v={} https://[/youtube.com/watch?v={} https:///youtube.com/watch?v={}
https:youtube.com/watch?v={} https:/youtube.com/watch?v={}
https://evil.example\\@youtube.com/watch?v={} https://evil.example\\.youtube.com/watch?v={}
https://youtube.com\\@evil.example/watch?v={} https://youtube.com\\watch?v={}
https:\\\\youtube.com/watch?v={} https://youtu.be/{}\\x javascript:alert(1)//youtube.com/watch?v={}
javascript:alert(1.5)//youtube.com/watch?v={} data:text/html,youtube.com/watch?v={}
ftp://youtube.com/watch?v={} file:///youtube.com/watch?v={} xhttps://youtube.com/watch?v={}
vnd.youtube:{} /watch?v={} ///youtube.com/watch?v={}
"""
CUT_LINKS = [
    "https://you\ttube.com/watch?v={}",
    "https://you\ntube.com/watch?v={}",
    "ht\ntps://evil.example/youtube.com/watch?v={}",
]
HOSTILE_UNITS = [
    *("https://", "http", "//", "a.", "a-", "(", "'", "%25", "&v=", "/..", "9", "\\", "\ud800"),
    *("https:// ", "http://[ ", "a.b/ ", "youtu.be/' ", "https://youtube.com/redirect?q=/m?q=@ "),
]


def lines(name: str) -> list[str]:
    return (DATA / name).read_text(encoding="utf-8").splitlines()


def outcome(text: str) -> VideoLink | str:
    try:
        return find_link(text)
    except NoVideoError as error:
        return str(error)


def refusal(text: str) -> str:
    sentence = outcome(text)
    assert isinstance(sentence, str)
    return sentence


@pytest.mark.parametrize("line", lines("links.txt"))
def test_every_line_of_links_txt_holds_a_video(line: str) -> None:
    link = find_link(line)
    assert len(link.video_key) == 11
    assert link.video_key in line
    assert link.url.split("://")[-1].removeprefix("www.youtube.com/watch?v=") in line


@pytest.mark.parametrize("line", lines("not-links.txt"))
def test_every_line_of_not_links_txt_is_refused_with_a_sentence(line: str) -> None:
    assert re.fullmatch(r"(This|There) is .+\. (Open|Paste) .+\.", refusal(line))


@pytest.mark.parametrize("form", FORMS)
def test_each_form_of_link_gives_the_key_alone_and_in_a_text(form: str) -> None:
    assert find_link(form.format(K)).video_key == K
    for link in (form.format(K) + start for start in ("?t=42", "&t=42s", "&t=0", "?t=4&x")):
        assert outcome(link) == outcome(f"see {link}")


def test_a_bare_key_gets_the_canonical_link() -> None:
    assert find_link(" _b-2C3KPAM0\n") == VideoLink(
        "_b-2C3KPAM0", "https://www.youtube.com/watch?v=_b-2C3KPAM0", None
    )


def test_the_thumbnail_is_the_medium_size() -> None:
    assert thumbnail_url(K) == f"https://i.ytimg.com/vi/{K}/mqdefault.jpg"


def test_a_bare_key_may_have_invisible_marks_around_it() -> None:
    assert find_link(f"\u200e{K}\u200f\ufeff").video_key == K


WORDS = """
instruction Instruction INSTRUCTION Bodybuilder bodyweight1 self-esteem Self-esteem kettlebells
kettlebell1 Trainingsxx dQw4w9WgXcR dQw4w9WgXc_ dQw4w9WgXc- 12345678901 2023-05-041
"""


@pytest.mark.parametrize("word", WORDS.split())
def test_a_word_of_eleven_letters_is_no_bare_key(word: str) -> None:
    assert "no web link" in refusal(word)
    assert find_link(f"https://youtu.be/{word}").video_key == word


@pytest.mark.parametrize(
    "text", [f"{K}x", K[1:], f"see {K}", f"{K} {K}", "just some words", "hello-wörld", f"{K[1:]}."]
)
def test_a_bare_key_inside_a_text_is_not_accepted(text: str) -> None:
    assert "no web link" in refusal(text)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (f'Watch "20 min full body" on YouTube\nhttps://youtu.be/{K}?si=a', "https://{}?si=a"),
        (f"Look: https://youtu.be/{K}.", "https://{}"),
        (f"(https://youtu.be/{K})", "https://{}"),
        (f"(youtu.be/{K}), good", "https://{}"),
        (f"<https://youtu.be/{K}>", "https://{}"),
        (f"[a title](https://youtu.be/{K})", "https://{}"),
        (f"[https://youtu.be/{K}](https://youtu.be/{K})", "https://{}"),
        (f"**https://youtu.be/{K}**", "https://{}"),
        (f"“https://youtu.be/{K}”", "https://{}"),
        (f"'youtu.be/{K}'", "https://{}"),
        (f'<iframe src="//youtu.be/{K}" width=5>', "https://{}"),
        (f"<a href='http://youtu.be/{K}'>it</a>", "http://{}"),
        (f"Have you seen http://youtu.be/{K}?!", "http://{}"),
        (f"Video:https://youtu.be/{K}", "https://{}"),
        (f"\u8fd9\u4e2ahttps://youtu.be/{K}\uff0c\u5f88\u597d", "https://{}"),
        (f"\ufeffhttps://youtu.be/{K}\u200e", "https://{}"),
        (f"a\x00https://youtu.be/{K}\x00b", "https://{}"),
    ],
)
def test_a_link_is_cut_out_of_its_text(text: str, url: str) -> None:
    assert find_link(text) == VideoLink(K, url.format(f"youtu.be/{K}"), None)


def test_a_link_is_stored_unchanged() -> None:
    url = f"HTTP://M.YouTube.com/watch?si=x&v={K}&t=95s&list=PLx&ab_channel=It's(me)&index=3#a"
    assert find_link(f"see {url} !") == VideoLink(K, url, 95)


def test_a_wrapped_link_is_stored_wrapped_with_its_start_time() -> None:
    url = f"https://www.youtube.com/redirect?q=https%3A%2F%2Fyoutu.be%2F{K}%3Ft%3D5%26list%3DWL"
    assert find_link(url) == VideoLink(K, url, 5)


@pytest.mark.parametrize(
    "before",
    [
        "https://vimeo.com/76979871",
        "https://www.youtube.com/playlist?list=PLx",
        "https://www.youtube.com/watch?v=",
        "http://[",
        "vimeo.com/76979871",
    ],
)
def test_the_first_video_link_is_used_among_other_links(before: str) -> None:
    assert find_link(f"{before} https://youtu.be/{K} https://youtu.be/other").video_key == K


@pytest.mark.parametrize(
    ("suffix", "start_s"),
    [
        ("?t=90", 90),
        ("?t=90s", 90),
        ("?t=1m30s", 90),
        ("?t=1m", 60),
        ("?t=1h2m3s", 3723),
        ("?t=1h3s", 3603),
        ("?start=42", 42),
        ("?time_continue=7", 7),
        ("?t=1&start=2&time_continue=3", 1),
        ("?t=soon&start=2", 2),
        ("#t=12", 12),
        ("?t=1#t=12", 1),
        ("?t=1000000", 1_000_000),
        ("", None),
    ],
)
def test_a_short_link_keeps_its_start_time(suffix: str, start_s: int | None) -> None:
    assert find_link(f"https://youtu.be/{K}{suffix}").start_s == start_s


@pytest.mark.parametrize("value", NO_STARTS.split())
def test_an_invalid_start_time_is_dropped(value: str) -> None:
    assert find_link(f"https://youtu.be/{K}?t={value}").start_s is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("https://www.youtube.com/playlist?list=PLx", "a YouTube playlist"),
        ("https://www.youtube.com/embed/videoseries?list=PLx", "an embedded YouTube playlist"),
        ("https://www.youtube.com/@GoogleDevelopers", "a YouTube channel"),
        ("https://www.youtube.com/%40GoogleDevelopers/videos", "a YouTube channel"),
        ("https://www.youtube.com/channel/UCx", "a YouTube channel"),
        ("https://www.youtube.com/c/Google", "a YouTube channel"),
        ("https://www.youtube.com/user/Google", "a YouTube channel"),
        ("https://www.youtube.com/clip/UgkxABC", "a YouTube clip"),
        ("https://www.youtube.com/results?search_query=triceps", "a YouTube search"),
        ("https://www.youtube.com/embed/live_stream?channel=UCx", "a YouTube live stream without"),
        ("https://www.youtube.com/@Google/live", "a YouTube live stream without a video"),
        ("https://www.youtube.com/live", "a YouTube live stream without a video"),
        ("https://www.youtube.com/watch", "a YouTube watch link without a video id"),
        ("https://www.youtube.com/watch?v=", "a YouTube watch link without a video id"),
        ("https://www.youtube.com/watch#v=x", "a YouTube watch link without a video id"),
        ("https://www.youtube.com/", "a YouTube page without a video"),
        ("https://youtu.be", "a YouTube page without a video"),
        ("https://www.youtube.com/feed/history", "a YouTube page without a video"),
        ("https://www.youtube.com/redirect", "a YouTube page without a video"),
        ("https://www.youtube.com/?=https://youtu.be/x", "a YouTube page without a video"),
        ("https://vimeo.com/76979871", "not a YouTube link: vimeo.com"),
        ("vimeo.com/76979871", "not a YouTube link: vimeo.com"),
        ("https://i.ytimg.com/vi/x/0.jpg", "a YouTube link with a video id that cannot be right"),
        ("https://s.ytimg.com/yts/x.css", "not a YouTube link: s.ytimg.com"),
        ("https://studio.youtube.com/channel/UCx", "a YouTube channel"),
        ("https://www.youtube.com/live_chat", "a YouTube page without a video"),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fvimeo.com%2F1", "not a YouTube link: vimeo"),
        ("https://www.facebook.com/watch?v=1", "not a YouTube link: www.facebook.com"),
        ("https://vimeo.com/1 https://youtube.com/clip/a", "not a YouTube link: vimeo.com"),
        ("https://youtube.com/clip/a https://vimeo.com/1", "a YouTube clip"),
    ],
)
def test_the_refusal_names_the_kind_of_the_first_link(text: str, kind: str) -> None:
    assert refusal(text).startswith(f"This is {kind}")


@pytest.mark.parametrize("text", ["", " \n", "words, and/or more etc...", "e.g. this", "\ud800"])
def test_a_text_without_a_link_is_refused(text: str) -> None:
    assert refusal(text).startswith("There is no web link")


@pytest.mark.parametrize("key", ["a" * 65, "a%2Fb", "a%2562", "%20a", "a+b", "%C3%A9", "a%0A", "$"])
@pytest.mark.parametrize("form", ["https://youtu.be/{}", "https://youtube.com/watch?v={}"])
def test_a_key_of_other_characters_is_refused(form: str, key: str) -> None:
    assert "video id that cannot be right" in refusal(form.format(key))


def test_a_key_is_percent_decoded_once() -> None:
    assert find_link("https://youtu.be/%64Qw4w9WgXcQ").video_key == K
    assert find_link("https://youtube.com/watch?v=%64Qw4w9WgXcQ").video_key == K


@pytest.mark.parametrize("text", [*LOOK_ALIKES.split(), *CUT_LINKS])
def test_a_look_alike_host_is_refused(text: str) -> None:
    refusal(text.format(K))


@pytest.mark.parametrize(
    "inner",
    [
        f"https://evil.example/watch?v={K}",
        f"//evil.example/watch?v={K}",
        f"/\\evil.example/watch?v={K}",
        f"https://evil.example\\@youtube.com/watch?v={K}",
        f"https://youtube.com@evil.example/watch?v={K}",
        f"ftp://youtube.com/watch?v={K}",
        f"javascript://youtube.com/watch?v={K}",
        f"http://[youtube.com/watch?v={K}",
        f"https://y\u043eutube.com/watch?v={K}",
        f"https://youtube\uff0ecom/watch?v={K}",
        f"https://youtube.com\x00/watch?v={K}",
        "%",
    ],
)
@pytest.mark.parametrize("page", ["attribution_link?u", "oembed?url", "m?continue", "redirect?q"])
def test_a_wrapped_link_follows_the_same_rules(page: str, inner: str) -> None:
    refusal(f"https://www.youtube.com/{page}={quote(inner, safe='')}")
    refusal(f"https://l.facebook.com/l.php?u={quote(inner, safe='')}")


def test_links_are_unwrapped_three_times_at_most() -> None:
    url = f"https://youtu.be/{K}"
    for _ in range(3):
        url = f"https://www.youtube.com/redirect?q={quote(url, safe='')}"
    assert find_link(url).video_key == K
    assert "without a video" in refusal(f"https://www.youtube.com/redirect?q={quote(url, safe='')}")


@pytest.mark.parametrize(
    "text",
    [
        f"https://{'a' * 300}.example/",
        "https://<script>alert(1)</script>.example/",
        "https://evil.example\u202e/",
        "https://ev%0Ail.example/",
        "https://evil.example'onload='x/",
        "https://\x1b[31mevil.example/",
    ],
)
def test_the_refusal_holds_no_unsafe_characters(text: str) -> None:
    sentence = refusal(text)
    assert SAFE_SENTENCE.fullmatch(sentence)
    assert len(sentence) < 160


def test_the_host_in_the_refusal_is_cut_at_60_characters() -> None:
    assert f": {'a' * 60}. Open" in refusal(f"https://{'a' * 300}.example/")


@pytest.mark.parametrize("unit", HOSTILE_UNITS)
@pytest.mark.parametrize("start", ["", "https://youtube.com/", "https://youtube.com/watch?v="])
def test_hostile_text_is_parsed_in_linear_time(start: str, unit: str) -> None:
    short, long = ((start + unit * length)[:length] for length in (512, 4_096))
    assert cpu_s(long) < 32 * max(cpu_s(short), 0.001)  # 8 times the length; a square takes 64


def cpu_s(text: str) -> float:
    return min(repeat(lambda: outcome(text), timer=process_time, repeat=3, number=1))


KEYS = st.from_regex(r"[A-Za-z0-9_-]{11}", fullmatch=True)
PIECES = """
https://youtube.com/watch?v= https://youtu.be/ &t= &list=
https:// http:// // youtube.com youtu.be /watch?v= /redirect?q= list= t= & # % %2F %5B [ ] @ : \\ .
evil.example xn-- dQw4w9WgXcQ 90 \u0663 \ud800 \x00
"""
LINKISH = st.lists(st.sampled_from(PIECES.split()) | st.text(max_size=3), max_size=16).map("".join)


@settings(deadline=None)
@given(st.text() | LINKISH)
@example("http://[")
@example("https://youtube.com/redirect?q=http://%5B")
@example("https://youtube.com/oembed?url=https://%E2%84%80.youtube.com/")
@example("https://youtube.com:" + "9" * 5_000)
def test_any_text_gives_a_link_to_youtube_or_a_sentence(text: str) -> None:
    link = outcome(text)
    if isinstance(link, str):
        assert SAFE_SENTENCE.fullmatch(link)
        return
    parts = urlsplit(link.url)
    assert link.url.isascii()
    assert link.url.isprintable()
    assert parts.scheme in {"http", "https"}
    assert YOUTUBE.fullmatch(parts.hostname or "")
    assert re.fullmatch(r"[A-Za-z0-9_-]{11}", link.video_key)
    assert find_link(canonical_url(link.video_key)).video_key == link.video_key
    assert find_link(link.url) == link


@settings(deadline=None)
@given(KEYS, st.sampled_from(FORMS))
def test_any_key_in_any_form_is_the_same_key(key: str, form: str) -> None:
    found = find_link(form.format(key)).video_key
    assert found == key
    assert find_link(canonical_url(found)).video_key == key
