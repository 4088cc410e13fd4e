"""Undo of tags: it changes only what the user's change changed, also for a whole tag."""

from typing import Any

import pytest

from app.store import Store
from tests.support.app.devices import Device, StandIn
from tests.support.app.libraries import KEYS, link

pytestmark = pytest.mark.anyio


async def undo(store: Store) -> None:
    assert store.notice
    take_back: Any = store.notice.undo
    await take_back()


def tags(store: Store) -> list[set[str]]:
    return [{*video.tags} for video in store.library.videos]


async def test_undo_of_added_tags_keeps_those_that_a_video_had_before(store: Store):
    await store.save(link(KEYS[0]), ["legs"])
    await store.save(link(KEYS[1]), [])
    await store.tag_many("tag", store.library.videos, ["legs", "home"])
    await undo(store)
    assert tags(store) == [set(), {"legs"}]


async def test_undo_of_removed_tags_adds_only_those_that_a_video_had(store: Store):
    await store.save(link(KEYS[0]), ["legs"])
    await store.save(link(KEYS[1]), ["legs", "home"])
    await store.tag_many("untag", store.library.videos, ["LEGS", "home"])
    assert tags(store) == [set(), set()]
    await undo(store)
    assert tags(store) == [{"legs", "home"}, {"legs"}]


async def save_two(store: Store) -> None:
    """Save a video with *legs*, then one with *legs* and *yoga*."""
    await store.save(link(KEYS[0]), ["legs"])
    await store.save(link(KEYS[1]), ["legs", "yoga"])


async def save_searches(store: Store) -> list[str]:
    """Save a search for *legs*, and one without *legs*; return their filters."""
    store.toggle("legs")
    await store.save_search("Legs")
    store.show_all()
    store.exclude("legs")
    await store.save_search("Other")
    store.show_all()
    return queries(store)


def queries(store: Store) -> list[str]:
    return [one.query for one in store.library.searches]


@pytest.mark.parametrize(
    ("to", "changed", "said"),
    [
        ("Leg day", [{"Leg day", "yoga"}, {"Leg day"}], "Renamed"),
        ("YOGA", [{"yoga"}, {"yoga"}], "Merged"),
        (None, [{"yoga"}, set()], "Removed from 2 videos"),
    ],
)
async def test_undo_of_a_renamed_merged_or_removed_tag_restores_tags_and_saved_searches(
    store: Store, to: str | None, changed: list[set[str]], said: str
):
    await save_two(store)
    before = await save_searches(store)
    assert await store.rename_tag("legs", to) is None
    assert tags(store) == changed
    assert queries(store) != before
    assert store.notice
    assert store.notice.text == said
    await undo(store)
    assert tags(store) == [{"legs", "yoga"}, {"legs"}]
    assert queries(store) == before


async def test_undo_of_a_renamed_tag_that_is_gone_says_so(store: Store):
    await save_two(store)
    await store.rename_tag("yoga", "rest")
    rename_back: Any = store.notice and store.notice.undo
    await store.rename_tag("rest", None)
    await rename_back()
    assert store.notice
    assert store.notice.text.startswith("Couldn't do this: rest – ")


async def test_a_tag_is_renamed_while_a_change_without_it_fails(
    device: Device, store: Store, stand_in: StandIn
):
    await save_two(store)
    await store.save(link(KEYS[2]), [])
    failing = store.library.videos[0]
    with device.failing(f"/videos/{failing.id}", stand_in):
        await store.edit(failing, title="Fails")
        assert await store.rename_tag("legs", "arms") is None
        await store.edit(failing, add_tags=["yoga"])
        assert await store.rename_tag("yoga", "rest") == "Server error. Try again in a minute."
    assert tags(store) == [{"yoga"}, {"arms", "yoga"}, {"arms"}]
