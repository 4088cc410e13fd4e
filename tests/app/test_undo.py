"""Undo of tags: it changes only what the user's change changed."""

from typing import Any

import pytest

from app.store import Store
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
