"""Random operations of several people, each answer compared with what a model expects.

The model is the contract in plain Python; it knows each person's library and nothing else,
so an answer that shows, counts or changes anything of somebody else differs from it.
"""

import json
import random
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from core.services import bulk, imports, videos
from core.text import fold, tag_key
from tests.factories import Service, import_file, link

TAGS = ["legs", "Legs", "LEGS", "abs", "absolute", "Übung", "u\u0308bung", "a/b"]
WORDS = ["legs", "FULL", "ubung", "video", "%", "nothing"]
TITLES = [None, "Full body", "Übung für den Rücken", "abs & legs", "100 %"]
MISSING = 2**53 - 1
KEYS = [f"shared-key{number}" for number in range(9)]


@dataclass
class Saved:
    """What the model knows of one video."""

    id: int
    key: str
    title: str | None
    tags: list[str]
    deleted: bool = False

    def matches(self, tags: list[str], *, match_any: bool, words: list[str]) -> bool:
        mine = {tag_key(tag) for tag in self.tags}
        carries = [tag_key(tag) in mine for tag in tags]
        text = fold("\n".join([self.title or "", link(self.key), ",".join(self.tags)]))
        tagged = not tags or (any(carries) if match_any else all(carries))
        return tagged and all(fold(word) in text for word in words)


@dataclass
class Player:
    """One person: a client, and the library that it must have."""

    service: Service
    name: str
    client: httpx.AsyncClient = field(init=False)
    library: dict[str, Saved] = field(default_factory=dict)
    cursors: list[str] = field(default_factory=list)
    etag: str = ""
    last_import: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        self.client = self.service.person(self.name)

    async def refresh(self) -> None:
        self.etag = (await self.client.get("/videos", params={"limit": 1})).headers["etag"]

    def live(self, *, deleted: bool = False) -> list[Saved]:
        found = [video for video in self.library.values() if video.deleted == deleted]
        return sorted(found, key=lambda video: -video.id)

    def spelling(self, tag: str) -> str:
        """A tag keeps the spelling of its first use for as long as a video carries it."""
        for video in self.library.values():
            for known in video.tags:
                if tag_key(known) == tag_key(tag):
                    return known
        return tag


class Game:
    """People who play at once; `step` makes one of them do something."""

    MOVES = (
        "save", "list", "pages", "read", "change", "delete", "restore", "change_many", "count_tags",
        "rename_tag", "delete_tag", "look_at_me", "leave", "import_some", "export",
        "touch_a_stranger_s", "use_a_stranger_s_cursor", "use_a_stranger_s_etag",
    )  # fmt: skip

    def __init__(self, players: list[Player]) -> None:
        self.players = players
        self.random = random.Random()

    async def step(self, move: str, number: int, seed: int) -> None:
        """Let a player make a move, its details chosen by the seed."""
        self.random.seed(seed)
        player = self.players[number]
        if player.etag:  # whatever the others did meanwhile
            answer = await player.client.get("/tags", headers={"If-None-Match": player.etag})
            assert answer.status_code == 304
        await getattr(self, move)(player)
        await self.players[number].refresh()

    def some(self, choices: list[Any], most: int = 2) -> list[Any]:
        return self.random.sample(choices, self.random.randint(0, most))

    async def save(self, player: Player) -> None:
        key, tags = self.random.choice(KEYS), self.some(TAGS)
        title = self.random.choice(TITLES)
        body = {"url": link(key), "tags": tags, "title": title}
        answer = await player.client.post("/videos", json=body)
        known = player.library.get(key)
        assert answer.status_code == (200 if known else 201), answer.text
        video = known or Saved(answer.json()["id"], key, title, [])
        video.title, video.deleted = video.title or title, False
        merge(video, [player.spelling(tag) for tag in tags], player)
        player.library[key] = video
        assert_same(answer.json(), video)

    async def list(self, player: Player) -> None:
        tags, words, deleted = self.some(TAGS), self.some(WORDS), self.random.random() < 0.2
        match_any = self.random.random() < 0.3
        query = {"tags": ",".join(tags), "q": " ".join(words), "deleted": str(deleted).lower()}
        query["match"] = "any" if match_any else "all"
        answer = await player.client.get("/videos", params=query)
        expected = [
            video
            for video in player.live(deleted=deleted)
            if video.matches(tags, match_any=match_any, words=words)
        ]
        found = answer.json()
        assert [video["id"] for video in found["videos"]] == [video.id for video in expected]
        assert found["count"] == len(expected)
        for video, saved in zip(found["videos"], expected, strict=True):
            assert_same(video, saved)

    async def pages(self, player: Player) -> None:
        query: dict[str, Any] = {"limit": 2}
        found = []
        while True:
            page = (await player.client.get("/videos", params=query)).json()
            found += [video["id"] for video in page["videos"]]
            if page["next_cursor"] is None:
                break
            query["cursor"] = page["next_cursor"]
            player.cursors = [page["next_cursor"]]
        assert found == [video.id for video in player.live()]

    async def read(self, player: Player) -> None:
        for video in self.some(list(player.library.values()), min(1, len(player.library))):
            answer = await player.client.get(f"/videos/{video.id}")
            assert answer.status_code == (404 if video.deleted else 200)
            if not video.deleted:
                assert_same(answer.json(), video)

    async def change(self, player: Player) -> None:
        if not player.library:
            return
        video = self.random.choice(list(player.library.values()))
        added, removed = self.some(TAGS), self.some(TAGS)
        body = {"add_tags": added, "remove_tags": removed}
        answer = await player.client.patch(f"/videos/{video.id}", json=body)
        assert answer.status_code == (404 if video.deleted else 200)
        if not video.deleted:
            gone = {tag_key(tag) for tag in removed}
            kept = [tag for tag in added if tag_key(tag) not in gone]
            merge(video, [player.spelling(tag) for tag in kept], player)
            video.tags = [tag for tag in video.tags if tag_key(tag) not in gone]
            assert_same(answer.json(), video)

    async def delete(self, player: Player) -> None:
        for video in self.some(list(player.library.values()), min(1, len(player.library))):
            headers = {"If-Match": player.etag} if player.etag else {}
            answer = await player.client.delete(f"/videos/{video.id}", headers=headers)
            assert answer.status_code == (404 if video.deleted else 204)
            video.deleted = True

    async def restore(self, player: Player) -> None:
        for video in self.some(list(player.library.values()), min(1, len(player.library))):
            answer = await player.client.post(f"/videos/{video.id}/restore")
            assert answer.status_code == 200
            video.deleted = False
            assert_same(answer.json(), video)

    async def change_many(self, player: Player) -> None:
        """Change videos of one's own, of a stranger and of nobody; only one's own are there."""
        mine, theirs = player.library.values(), self.stranger(player).library.values()
        ids = self.some([MISSING, *{video.id for video in [*mine, *theirs]}], most=1)
        action = self.random.choice(["tag", "untag", "delete", "restore"])
        # So many untagged that some tags are forgotten, so few tagged that they are not at once.
        ids += self.some([video.id for video in mine], len(mine) if action == "untag" else 0)
        ids += self.some([video.id for video in mine], min(2, len(mine)))
        tags = [self.random.choice(TAGS), *self.some(TAGS, 1)] if "tag" in action else None
        body = {"ids": ids, "action": action, "tags": tags}
        answer = await player.client.post("/videos/batch", json=body)
        there = {video.id: video for video in mine if not (tags and video.deleted)}
        asked = dict.fromkeys(ids)
        changed = [i for i in asked if i in there and apply(there[i], action, tags or [], player)]
        assert answer.json() == {
            "changed": changed,
            "missing": [i for i in asked if i not in there],
        }

    async def count_tags(self, player: Player) -> None:
        with_tags = self.some(TAGS, 1)
        answer = await player.client.get("/tags", params={"with": ",".join(with_tags)})
        expected: dict[str, int] = {}
        for video in player.live():
            if video.matches(with_tags, match_any=False, words=[]):
                for tag in video.tags:
                    expected[tag] = expected.get(tag, 0) + 1
        found = {tag["name"]: tag["videos"] for tag in answer.json()["tags"]}
        assert found == expected

    async def rename_tag(self, player: Player) -> None:
        """Rename a tag of one's own or of nobody's, which may merge it or only respell it."""
        old, new = self.random.sample(TAGS, 2)
        body, path = {"name": new}, f"/tags/{quote(old, safe='')}"
        answer = await player.client.patch(path, json=body)
        old_key, new_key = tag_key(old), tag_key(new)
        carry = [v for v in player.library.values() if old_key in map(tag_key, v.tags)]
        assert answer.status_code == (200 if carry else 404)
        if carry:
            spelled = new if old_key == new_key else player.spelling(new)
            for video in carry:
                both = [spelled if tag_key(t) in {old_key, new_key} else t for t in video.tags]
                video.tags = list(dict.fromkeys(both))
            live = [v for v in player.live() if new_key in map(tag_key, v.tags)]
            assert answer.json() == {"name": spelled, "videos": len(live)}

    async def delete_tag(self, player: Player) -> None:
        tag = self.random.choice(TAGS)
        headers = {"If-Match": player.etag} if player.etag else {}
        answer = await player.client.delete(f"/tags/{quote(tag, safe='')}", headers=headers)
        carry = [v for v in player.library.values() if tag_key(tag) in map(tag_key, v.tags)]
        assert answer.status_code == (204 if carry else 404)
        for video in carry:
            video.tags = [mine for mine in video.tags if tag_key(mine) != tag_key(tag)]

    async def look_at_me(self, player: Player) -> None:
        answer = await player.client.get("/me")
        told = {name: answer.json()[name] for name in ("clerk_id", "videos")}
        clerk_id = player.service.clerk_id(player.name)
        assert told == {"clerk_id": clerk_id, "videos": len(player.live())}

    async def leave(self, player: Player) -> None:
        """Now and then somebody is erased, and somebody else takes their place."""
        if self.random.random() < 0.1:
            assert (await player.client.delete("/me")).status_code == 204
            for method in ("GET", "DELETE"):
                assert (await player.client.request(method, "/me")).status_code == 403
            self.players[self.players.index(player)] = Player(player.service, f"{player.name}x")

    async def import_some(self, player: Player) -> None:
        """Now and then, bring videos along and a row that is none; the last import is as it was."""
        if before := player.last_import:
            assert (await player.client.get(f"/imports/{before['id']}")).json() == before
        if self.random.random() > 0.5:
            return
        keys = self.random.sample(KEYS, self.random.randint(1, 3))
        rows: list[dict[str, Any]] = [
            {"url": link(key), "tags": self.some(TAGS), "title": self.random.choice(TITLES)}
            for key in keys
        ]
        body = json.dumps([*rows, {"url": f"no video of {player.name}"}]).encode()
        report = await import_file(player.client, body)
        known = [key for key in keys if key in player.library]
        assert (report["state"], report["total"]) == ("done", len(keys) + 1)
        assert (report["imported"], report["merged"]) == (len(keys) - len(known), len(known))
        assert [row["text"] for row in report["failed"]] == [f"no video of {player.name}"]
        player.last_import = report
        for row in rows:
            key = str(row["url"]).partition("=")[2]
            answer = await player.client.get("/videos", params={"q": key})
            [found] = answer.json()["videos"]
            video = player.library.get(key) or Saved(found["id"], key, None, [])
            video.title, video.deleted = video.title or row["title"], False
            merge(video, [player.spelling(tag) for tag in row["tags"]], player)
            player.library[key] = video
            assert_same(found, video)

    async def export(self, player: Player) -> None:
        found = (await player.client.get("/exports")).json()["videos"]
        expected = sorted(player.library.values(), key=lambda video: video.id)
        assert [video["id"] for video in found] == [video.id for video in expected]
        for video, saved in zip(found, expected, strict=True):
            assert_same(video, saved)
            assert (video["deleted_at"] is not None) == saved.deleted

    def stranger(self, player: Player) -> Player:
        return self.random.choice([other for other in self.players if other is not player])

    async def touch_a_stranger_s(self, player: Player) -> None:
        """Read, change, delete and restore somebody else's video: as if it did not exist."""
        for video in list(self.stranger(player).library.values())[:2]:
            if any(video.id == mine.id for mine in player.library.values()):
                continue  # ids are drawn for each owner, so two people may have the same
            path = f"/videos/{video.id}"
            missing = await player.client.get(f"/videos/{MISSING}")
            for answer in (
                await player.client.get(path),
                await player.client.patch(path, json={"title": "Stolen"}),
                await player.client.delete(path),
                await player.client.post(f"{path}/restore"),
            ):
                assert answer.status_code == 404
                assert answer.content == missing.content

        if theirs := self.stranger(player).last_import:
            mine = player.last_import
            if mine is None or mine["id"] != theirs["id"]:
                answer = await player.client.get(f"/imports/{theirs['id']}")
                missing = await player.client.get(f"/imports/{MISSING}")
                assert answer.status_code == 404 or await self.is_older(player, answer)
                assert answer.status_code != 404 or answer.content == missing.content

    async def is_older(self, player: Player, answer: httpx.Response) -> bool:
        """Tell whether it is an older import of the player's own."""
        told = [row["text"] for row in answer.json()["failed"]]
        return told == [f"no video of {player.name}"]

    async def use_a_stranger_s_cursor(self, player: Player) -> None:
        for cursor in self.stranger(player).cursors:
            answer = await player.client.get("/videos", params={"limit": 2, "cursor": cursor})
            assert answer.status_code == 422

    async def use_a_stranger_s_etag(self, player: Player) -> None:
        etag = self.stranger(player).etag
        if etag:
            answer = await player.client.get("/videos", headers={"If-None-Match": etag})
            assert answer.status_code == 200
            video_id = next((video.id for video in player.live()), 0)
            answer = await player.client.delete(f"/videos/{video_id}", headers={"If-Match": etag})
            assert answer.status_code in {404, 412}


def merge(video: Saved, tags: list[str], player: Player) -> None:
    for tag in tags:
        if all(tag_key(tag) != tag_key(known) for known in video.tags):
            spelled = next((t for t in tags if tag_key(t) == tag_key(tag)), tag)
            video.tags.append(player.spelling(spelled))


def apply(video: Saved, action: str, tags: list[str], player: Player) -> bool:
    """Do to a video what a batch does; return whether that changed it."""
    before = video.deleted, list(video.tags)
    if action == "tag":
        merge(video, [player.spelling(tag) for tag in tags], player)
    elif action == "untag":
        gone = {tag_key(tag) for tag in tags}
        video.tags = [tag for tag in video.tags if tag_key(tag) not in gone]
    else:
        video.deleted = action == "delete"
    return before != (video.deleted, video.tags)


def assert_same(answered: dict[str, Any], video: Saved) -> None:
    assert answered["id"] == video.id
    assert answered["video_key"] == video.key
    assert answered["title"] == video.title
    assert answered["tags"] == ",".join(video.tags)


def use_few_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let people's videos and imports have the same ids all the time."""
    for module in (videos, bulk, imports):
        monkeypatch.setattr(module, "time_ordered_id", draw_few_ids)
    monkeypatch.setattr(imports, "KEPT_IMPORTS", 2)  # so that some are forgotten


def draw_few_ids(*_: object) -> int:
    """Draw an id that other people's videos are likely to have as well."""
    return random.randrange(1, 20)
