"""Links that other programs have escaped, wrapped, truncated or marked up."""

import pytest

from core.youtube.links import NoVideoError, VideoLink, canonical_url, find_link, find_links

K = "dQw4w9WgXcQ"
GLUED = """
https://youtu.be/{},nice https://youtu.be/{};x https://youtu.be/{}&feature=youtu.be
https://youtu.be/{}%3Ft%3D30 https://youtu.be/{}|x https://youtu.be/{}… https://youtu.be/{}...
https://youtu.be/{}」 https://youtu.be/{}是 https://youtu.be/{}%E2%80%A6 https://youtu.be/{}'s
https://www.youtube.com/watch?v={}?t=4m20s https://www.youtube.com/watch?v={}/
https://www.youtube.com/watch?v={},https://vimeo.com/1 https://www.youtube.com/watch?v={}%26t%3D30s
https://www.youtube.com/watch?v={}%20 https://www.youtube.com/watch?v={}…more
https://youtu.be/{}https://youtu.be/{} https://www.youtube.com/watch?v={}https://vimeo.com/1
https://youtu.be/{}/extra https://www.youtube.com/shorts/{}, https://youtu.be/{}\\nhttps://vimeo.com
_https://youtu.be/{}_ __https://youtu.be/{}__ **_https://youtu.be/{}_** *https://youtu.be/{}*
~~https://youtu.be/{}~~ _https://www.youtube.com/watch?v={}_ _youtu.be/{}_ |youtu.be/{}|
1.https://youtu.be/{} -https://youtu.be/{} end.https://youtu.be/{} https://https://youtu.be/{}
http://https://www.youtube.com/watch?v={} src='//www.youtube.com/embed/{}'
https://youtu.be/{}\\ https://www.youtube.com/watch?v={}\\ youtu.be/{}.\\
"""
ESCAPED = """
https://www.youtube.com/watch?x=1&amp;v={} https://www.youtube.com/watch?x=1&amp;amp;v={}
https://www.youtube.com/watch?x=1&#38;v={} &lt;https://youtu.be/{}&gt; https:&#x2F;&#x2F;youtu.be/{}
https:\\/\\/youtu.be\\/{} https://www.youtube.com/watch?x=1\\u0026v={}
https://www.youtube.com/watch?v\\u003d{} https%3A%2F%2Fyoutu.be%2F{}
https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D{}%26t%3D5
https%253A%252F%252Fwww.youtube.com%252Fwatch%253Fv%253D{} www.youtube.com%2Fwatch%3Fv%3D{}
https://www.youtube.com/watch%3Fv%3D{} https://www.youtube.com/watch?v%3D{}
HTTPS%3a%2f%2fyoutu.be%2f{} (https%3A%2F%2Fyoutu.be%2F{})
https://yo\u200butu.be/\u2060{} https://youtu.be/{}\u200bnice \u2068https://youtu.be/{}\u2069
<https://youtu.be/{}> <https://youtu.be/{}|youtu.be> [Leg](youtu.be/{}) [Leg](<https://youtu.be/{}>)
[x][youtu.be/{}](youtu.be/{}) [url=https://youtu.be/{}]x[/url] [url]https://youtu.be/{}[/url]
[[https://youtu.be/{}][x]] •youtu.be/{} -youtu.be/{} "youtu.be/{}" „youtu.be/{}“
"""
OTHER_FORMS = """
https://www.youtube.com/watch/{} https://www.youtube.com/#!v={} https://www.youtube.com/watch#!v={}
https://m.youtube.com/#/watch?v={} https://m.youtube.com/#/watch?v={}&t=5
https://www.youtube.com/Watch?v={} https://www.youtube.com/w/{} https://www.youtube.com/watch/{}?t=1
https://consent.google.com/ml?continue=https://www.youtube.com/watch?v%3D{}&gl=DE
https://consent.google.de/m?continue=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D{}
https://www.google.com/url?sa=t&url=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D{}&usg=x
https://www.google.de/url?q=https://youtu.be/{}&sa=D google.com/url?q=https://youtu.be/{}
https://www.youtube.com/redirect?q=https%253A%252F%252Fyoutu.be%252F{}
https://www.youtube.com/signin?next=%2Fwatch%3Fv%3D{}&action_handle_signin=true
https://i.ytimg.com/vi/{}/hqdefault.jpg https://i3.ytimg.com/vi_webp/{}/maxresdefault.webp
https://m.youtube-nocookie.com/embed/{} https://youtube.googleapis.com/v/{}
https://studio.youtube.com/video/{}/edit https://l.facebook.com/l.php?u=https://youtu.be/{}&h=AT0
https://lm.facebook.com/l.php?u=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D{}
"""


@pytest.mark.parametrize("form", [*GLUED.split(), *ESCAPED.split(), *OTHER_FORMS.split()])
def test_a_link_with_text_attached_or_wrapped_around_it_is_read(form: str) -> None:
    text = form.replace("{}", K)
    link = find_link(text)
    assert link.video_key == K
    assert find_link(link.url) == link
    assert find_link(f"see {text} and more").video_key == K


@pytest.mark.parametrize(
    ("text", "start_s"),
    [
        (f"https://www.youtube.com/watch?v={K}?t=4m20s", 260),
        (f"https://www.youtube.com/watch?v={K}%26t%3D30s", 30),
        (f"https://youtu.be/{K}&t=30", 30),
        (f"https://youtu.be/{K}%3Ft%3D30", 30),
        (f"https%3A%2F%2Fyoutu.be%2F{K}%3Ft%3D30", 30),
        (f"https://www.youtube.com/watch?v={K}&amp;t=30", 30),
        (f"https://m.youtube.com/#/watch?v={K}&t=30", 30),
        (f"https://www.google.com/url?q=https://youtu.be/{K}?t%3D30", 30),
        (f"_https://www.youtube.com/watch?v={K}&t=30_", 30),
    ],
)
def test_the_start_of_a_repaired_link_is_kept(text: str, start_s: int) -> None:
    assert find_link(text).start_s == start_s


BROKEN = """
https://www.youtube.com/watch?v=dQw4w9Wg…
https://youtu.be/ml6cT4
https://youtu.be/dQw4w9Wg...
https://youtu.be/dQw4w9WgXcQx
https://youtu.be/dQw4w9WgXcQnice
https://youtu.be/dQw4w9WgXcQ_
https://youtu.be/dQw4w9WgXcQ-x
https://www.youtube.com/watch?v=dQw4w9WgXcQ_
https://www.youtube.com/shorts/dQw4w9WgXcQa
https://www.youtube.com/embed/x
https://www.google.com/search?q=https://youtu.be/dQw4w9WgXcQ
https://google.com/url?q=x
https://www.google.com/url?q=https://evil.example/watch?v=dQw4w9WgXcQ
https://google.com.evil.example/url?q=https://youtu.be/dQw4w9WgXcQ
https://evil.example/url?q=https://youtu.be/dQw4w9WgXcQ
https://evil.example/?u=https%3A%2F%2Fyoutu.be%2FdQw4w9WgXcQ
https%3A%2F%2Fevil.example%2F%3Fu%3Dyoutu.be%2FdQw4w9WgXcQ
https://youtube.com%2F@evil.example/watch?v=dQw4w9WgXcQ
https://evil.example\\nyoutube.com/watch?v=dQw4w9WgXcQ
https://evil.example\\/@youtube.com/watch?v=dQw4w9WgXcQ
https://evil.example\\u0040youtube.com/watch?v=dQw4w9WgXcQ
https://https://evil.example/?x=https://youtu.be/dQw4w9WgXcQ
https://www.youtube.com/signin?next=https%3A%2F%2Fevil.example%2Fwatch%3Fv%3DdQw4w9WgXcQ
https://evil.example/1.https://youtu.be/dQw4w9WgXcQ
"""


@pytest.mark.parametrize("text", BROKEN.split())
def test_a_link_that_was_cut_short_or_only_looks_like_one_is_refused(text: str) -> None:
    with pytest.raises(NoVideoError):
        find_link(text)


def test_every_link_of_a_list_without_spaces_is_found() -> None:
    keys = [K, "ml6cT4AZdqI", "UBMk30rjy0o"]
    for form in ("https://youtu.be/{}", "youtu.be/{}", "https://www.youtube.com/watch?v={}"):
        for separator in (",", ";", "|", ", ", "\n", " and "):
            text = separator.join(form.format(key) for key in [*keys, K])
            assert [link.video_key for link in find_links(text)] == keys


def test_the_link_of_a_thumbnail_is_replaced_by_that_of_its_video() -> None:
    for link in (f"https://img.youtube.com/vi/{K}/0.jpg", f"https://www.youtube.com/vi/{K}/x.webp"):
        assert find_link(link).url == f"https://www.youtube.com/watch?v={K}"
    badge = f"[![Leg day](https://img.youtube.com/vi/{K}/0.jpg)](https://youtu.be/{K}?t=9)"
    assert find_link(badge).url == f"https://www.youtube.com/watch?v={K}"


@pytest.mark.parametrize(
    "page",
    [
        "i.ytimg.com/vi/{}/0.jpg", "i.ytimg.com/vi/{}/", "youtube.googleapis.com/v/{}",
        "studio.youtube.com/video/{}/edit", "www.youtube.com/live_chat?v={}",
        "youtube.com/tv#/watch?v={}", "www.youtube.com/video/{}", "l.facebook.com/l.php?u=https://youtu.be/{}",
    ],
)  # fmt: skip
def test_the_canonical_link_is_stored_for_a_page_without_a_player(page: str) -> None:
    assert find_link(f"https://{page.format(K)}") == VideoLink(K, canonical_url(K), None)
