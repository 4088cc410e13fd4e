"""The backup of Grayjay: files without an ending, whose texts have several lines."""

from collections.abc import Callable

import pytest

from tests.support.imported_files import WATCH, A, B, C, Read, tags_of
from tests.support.tool_exports import as_json, tarred, zipped

D = "gC_L9qAHVJ8"
STORES: dict[str, list[object]] = {
    "stores/Playlists": [f"Legs:::x-1\n{WATCH}{A}\n{WATCH}{B}", f"Leg day: best\n{WATCH}{A}"],
    "stores/Watch_later": [WATCH + C],
    "stores/Subscriptions": ["https://www.youtube.com/channel/UC_x5XG1OV2P6uZZ5FSM9Ttw"],
    "stores/history": [f"{WATCH}{D}|||1683158400|||10|||x"],
    "cache/cache_videos": [{"url": WATCH + D, "name": "x"}],
}


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_the_playlists_of_grayjay_become_tags(
    read: Read, pack: Callable[[dict[str, bytes]], bytes]
):
    files = {name: as_json(store) for name, store in STORES.items()}
    outcome = read(pack({"exportInfo": b'{"version":"1"}', **files}))
    assert tags_of(outcome) == {A: {"Legs", "Leg day: best"}, B: {"Legs"}, C: set()}
    assert outcome.refused == []
    assert outcome.skipped == {
        "exportInfo": "file-of-other-kind",
        "stores/Subscriptions": "file-of-other-kind",
        "stores/history": "file-with-history",
        "cache/cache_videos": "file-of-other-kind",
    }


def test_each_line_of_a_text_in_json_is_an_entry(read: Read):
    outcome = read(as_json({"name": "x", "videos": [f"{WATCH}{A}\n{WATCH}{B}", WATCH + C]}))
    assert tags_of(outcome) == {A: set(), B: set(), C: set()}
