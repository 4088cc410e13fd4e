"""Random operations of several users, each answer compared with what a model expects.

The model is the contract in plain Python. It knows the library of each user and nothing else,
so an answer that shows, counts or changes a row of another user differs from it.
"""

import json
import random
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from core.text import fold, tag_key
from tests.support.asgi_client import Answer, AsgiClient
from tests.support.factories import Service, link, report_of
from tests.support.nouns import find_nouns

TAGS = ["legs", "Legs", "LEGS", "abs", "absolute", "Übung", "u\u0308bung", "a/b"]
WORDS = ["legs", "FULL", "ubung", "video", "%", "nothing"]
TITLES = [None, "Full body", "Übung für den Rücken", "abs & legs", "100 %"]
MISSING = 2**53 - 1
KEYS = [f"shared-key{number}" for number in range(9)]
_MINUTE = re.compile(r'-[0-9]{12}"$')  # only the ETag of the trash contains it


@dataclass
class Saved:
    """The expected state of one video."""

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
class ModelUser:
    """One user: a client, and the library that the service must show."""

    service: Service
    name: str
    client: AsgiClient = field(init=False)
    library: dict[str, Saved] = field(default_factory=dict)
    cursors: list[str] = field(default_factory=list)
    etag: str = ""
    """The ETag of the last answer; empty while it is unknown."""
    last_import: dict[str, Any] | None = None
    rows: dict[str, dict[int, Any]] = field(default_factory=lambda: defaultdict(dict))
    """By noun and id: the rows that the operations of `tests/nouns/` expect."""

    def __post_init__(self) -> None:
        self.client = self.service.fast_client(self.name)

    async def send(self, method: str, path: str, **options: Any) -> Answer:
        """Send a request; only changes by the same user may change the ETag of a read."""
        answer = await self.client.request(method, path, **options)
        if etag := _MINUTE.sub('"', answer.headers.get("etag", "")):
            assert method != "GET" or self.etag in {"", etag}
            self.etag = etag
        return answer

    def live(self, *, deleted: bool = False) -> list[Saved]:
        found = [video for video in self.library.values() if video.deleted == deleted]
        return sorted(found, key=lambda video: -video.id)

    def done_on(self, videos: list[Saved]) -> str | None:
        """Return the last day of a workout with any of the videos."""
        keys = {video.key for video in videos}
        log = self.rows["workouts"].values()
        return max((one["day"] for one in log if one["key"] in keys), default=None)

    def spelling(self, tag: str) -> str:
        """A tag keeps the spelling of its first use as long as a video has it."""
        for video in self.library.values():
            for known in video.tags:
                if tag_key(known) == tag_key(tag):
                    return known
        return tag


NOUN_OPERATIONS = {
    name: operation for noun in find_nouns() for name, operation in noun.operations.items()
}


class Model:
    """Several users of one service; `step` runs one operation of one user."""

    OPERATIONS = (
        "save", "list", "pages", "read", "change", "delete", "restore", "change_many", "count_tags",
        "rename_tag", "delete_tag", "look_at_me", "leave", "import_some", "export",
        "use_another_user_s_ids", "use_another_user_s_cursor", "use_another_user_s_etag",
        *NOUN_OPERATIONS, *["save"] * 4, *["add_note", "log_workout"] * 3,  # to fill libraries
        *["list"] * 3,  # it has the most kinds of statements
    )  # fmt: skip

    def __init__(self, users: list[ModelUser]) -> None:
        self.users = users
        self.random = random.Random()

    async def step(self, operation: str, number: int, seed: int) -> None:
        """Run an operation of one user; the seed chooses its details."""
        self.random.seed(seed)
        user = self.users[number]
        if user.etag:  # changes of other users must not affect it
            path = self.random.choice(["/videos", "/tags"])
            answer = await user.send("GET", path, headers={"If-None-Match": user.etag})
            assert answer.status_code == 304
        if operation in NOUN_OPERATIONS:
            await NOUN_OPERATIONS[operation](self, user)
        else:
            await getattr(self, operation)(user)

    def some(self, choices: list[Any], most: int = 2) -> list[Any]:
        return self.random.sample(choices, self.random.randint(0, most))

    async def save(self, user: ModelUser) -> None:
        key, tags = self.random.choice(KEYS), self.some(TAGS)
        title = self.random.choice(TITLES)
        body = {"url": link(key), "tags": tags, "title": title}
        answer = await user.send("POST", "/videos", json=body)
        known = user.library.get(key)
        assert answer.status_code == (200 if known else 201), answer.text
        video = known or Saved(answer.json()["id"], key, title, [])
        video.title, video.deleted = video.title or title, False
        merge(video, [user.spelling(tag) for tag in tags], user)
        user.library[key] = video
        assert_same(answer.json(), video)

    async def list(self, user: ModelUser) -> None:
        tags, words, deleted = self.some(TAGS), self.some(WORDS), self.random.random() < 0.4
        match_any = self.random.random() < 0.3
        query = {"tags": ",".join(tags), "q": " ".join(words), "deleted": str(deleted).lower()}
        query["match"] = "any" if match_any else "all"
        answer = await user.send("GET", "/videos", params=query)
        expected = [
            video
            for video in user.live(deleted=deleted)
            if video.matches(tags, match_any=match_any, words=words)
        ]
        found = answer.json()
        assert [video["id"] for video in found["videos"]] == [video.id for video in expected]
        assert found["count"] == len(expected)
        for video, saved in zip(found["videos"], expected, strict=True):
            assert_same(video, saved)

    async def pages(self, user: ModelUser) -> None:
        query: dict[str, Any] = {"limit": 2}
        found = []
        while True:
            page = (await user.send("GET", "/videos", params=query)).json()
            found += [video["id"] for video in page["videos"]]
            if page["next_cursor"] is None:
                break
            query["cursor"] = page["next_cursor"]
            user.cursors = [page["next_cursor"]]
        assert found == [video.id for video in user.live()]

    async def read(self, user: ModelUser) -> None:
        for video in self.some(list(user.library.values()), min(1, len(user.library))):
            answer = await user.send("GET", f"/videos/{video.id}")
            assert answer.status_code == (404 if video.deleted else 200)
            if not video.deleted:
                assert_same(answer.json(), video)

    async def change(self, user: ModelUser) -> None:
        if not user.library:
            return
        video = self.random.choice(list(user.library.values()))
        added, removed = self.some(TAGS), self.some(TAGS)
        body = {"add_tags": added, "remove_tags": removed}
        answer = await user.send("PATCH", f"/videos/{video.id}", json=body)
        assert answer.status_code == (404 if video.deleted else 200)
        if not video.deleted:
            gone = {tag_key(tag) for tag in removed}
            kept = [tag for tag in added if tag_key(tag) not in gone]
            merge(video, [user.spelling(tag) for tag in kept], user)
            video.tags = [tag for tag in video.tags if tag_key(tag) not in gone]
            assert_same(answer.json(), video)

    async def delete(self, user: ModelUser) -> None:
        for video in self.some(list(user.library.values()), min(1, len(user.library))):
            headers = {"If-Match": user.etag} if user.etag else {}
            answer = await user.send("DELETE", f"/videos/{video.id}", headers=headers)
            assert answer.status_code == (404 if video.deleted else 204)
            video.deleted = True

    async def restore(self, user: ModelUser) -> None:
        for video in self.some(list(user.library.values()), min(1, len(user.library))):
            answer = await user.send("POST", f"/videos/{video.id}/restore")
            assert answer.status_code == 200
            video.deleted = False
            assert_same(answer.json(), video)

    async def change_many(self, user: ModelUser) -> None:
        """Change own, foreign and missing ids in one batch; only the own videos are found."""
        mine, theirs = user.library.values(), self.another_than(user).library.values()
        ids = self.some([MISSING, *{video.id for video in [*mine, *theirs]}], most=1)
        action = self.random.choice(["tag", "untag", "delete", "restore"])
        # Untag many, so that some tags become unused; tag few, so that not all are in use.
        ids += self.some([video.id for video in mine], len(mine) if action == "untag" else 0)
        ids += self.some([video.id for video in mine], min(2, len(mine)))
        tags = [self.random.choice(TAGS), *self.some(TAGS, 1)] if "tag" in action else None
        body = {"ids": ids, "action": action, "tags": tags}
        answer = await user.send("POST", "/videos/batch", json=body)
        there = {video.id: video for video in mine if not (tags and video.deleted)}
        asked = dict.fromkeys(ids)
        changed = [i for i in asked if i in there and apply(there[i], action, tags or [], user)]
        assert answer.json() == {
            "changed": changed,
            "missing": [i for i in asked if i not in there],
        }

    async def count_tags(self, user: ModelUser) -> None:
        with_tags = self.some(TAGS, 1)
        answer = await user.send("GET", "/tags", params={"with": ",".join(with_tags)})
        carry: dict[str, list[Saved]] = defaultdict(list)
        for video in user.live():
            if video.matches(with_tags, match_any=False, words=[]):
                for tag in video.tags:
                    carry[tag].append(video)
        found = {tag["name"]: (tag["videos"], tag["done_on"]) for tag in answer.json()["tags"]}
        assert found == {tag: (len(mine), user.done_on(mine)) for tag, mine in carry.items()}

    async def rename_tag(self, user: ModelUser) -> None:
        """Rename a tag that may be missing; the rename may merge it or only respell it."""
        old, new = self.random.sample(TAGS, 2)
        body, path = {"name": new}, f"/tags/{quote(old, safe='')}"
        answer = await user.send("PATCH", path, json=body)
        old_key, new_key = tag_key(old), tag_key(new)
        carry = [v for v in user.library.values() if old_key in map(tag_key, v.tags)]
        assert answer.status_code == (200 if carry else 404)
        if carry:
            spelled = new if old_key == new_key else user.spelling(new)
            for video in carry:
                both = [spelled if tag_key(t) in {old_key, new_key} else t for t in video.tags]
                video.tags = list(dict.fromkeys(both))
            live = [v for v in user.live() if new_key in map(tag_key, v.tags)]
            counted = {"videos": len(live), "done_on": user.done_on(live)}
            assert answer.json() == {"name": spelled, **counted}

    async def delete_tag(self, user: ModelUser) -> None:
        tag = self.random.choice(TAGS)
        headers = {"If-Match": user.etag} if user.etag else {}
        answer = await user.send("DELETE", f"/tags/{quote(tag, safe='')}", headers=headers)
        carry = [v for v in user.library.values() if tag_key(tag) in map(tag_key, v.tags)]
        assert answer.status_code == (204 if carry else 404)
        for video in carry:
            video.tags = [mine for mine in video.tags if tag_key(mine) != tag_key(tag)]

    async def look_at_me(self, user: ModelUser) -> None:
        answer = await user.send("GET", "/me")
        shown = {name: answer.json()[name] for name in ("clerk_id", "videos")}
        assert shown == {"clerk_id": user.service.clerk_id(user.name), "videos": len(user.live())}

    async def leave(self, user: ModelUser) -> None:
        """Sometimes erase the account; another user takes its place in the model."""
        if self.random.random() < 0.1:
            assert (await user.send("DELETE", "/me")).status_code == 204
            for method in ("GET", "DELETE"):
                assert (await user.send(method, "/me")).status_code == 403
            self.users[self.users.index(user)] = ModelUser(user.service, f"{user.name}x")

    async def import_some(self, user: ModelUser) -> None:
        """Sometimes import videos and one row that is no video; the last report is unchanged."""
        if before := user.last_import:
            assert (await user.send("GET", f"/imports/{before['id']}")).json() == before
        if self.random.random() > 0.5:
            return
        keys = self.random.sample(KEYS, self.random.randint(1, 3))
        rows: list[dict[str, Any]] = [
            {"url": link(key), "tags": self.some(TAGS), "title": self.random.choice(TITLES)}
            for key in keys
        ]
        body = json.dumps([*rows, {"url": f"no video of {user.name}"}]).encode()
        begun = await user.send("POST", "/imports", content=body)
        report = await report_of(user.client, begun)
        user.etag = ""
        known = [key for key in keys if key in user.library]
        assert (report["state"], report["total"]) == ("done", len(keys) + 1)
        assert (report["imported"], report["merged"]) == (len(keys) - len(known), len(known))
        assert [row["text"] for row in report["failed"]] == [f"no video of {user.name}"]
        user.last_import = report
        for row in rows:
            key = str(row["url"]).partition("=")[2]
            answer = await user.send("GET", "/videos", params={"q": key})
            [found] = answer.json()["videos"]
            video = user.library.get(key) or Saved(found["id"], key, None, [])
            video.title, video.deleted = video.title or row["title"], False
            merge(video, [user.spelling(tag) for tag in row["tags"]], user)
            user.library[key] = video
            assert_same(found, video)

    async def export(self, user: ModelUser) -> None:
        found = (await user.send("GET", "/exports")).json()["videos"]
        expected = sorted(user.library.values(), key=lambda video: video.id)
        assert [video["id"] for video in found] == [video.id for video in expected]
        for video, saved in zip(found, expected, strict=True):
            assert_same(video, saved)
            assert (video["deleted_at"] is not None) == saved.deleted

    def another_than(self, user: ModelUser) -> ModelUser:
        return self.random.choice([other for other in self.users if other is not user])

    async def use_another_user_s_ids(self, user: ModelUser) -> None:
        """Read, change, delete and restore a video of another user: as if it did not exist."""
        for video in list(self.another_than(user).library.values())[:2]:
            if any(video.id == mine.id for mine in user.library.values()):
                continue  # ids are drawn for each owner, so two users may have the same
            path = f"/videos/{video.id}"
            missing = await user.send("GET", f"/videos/{MISSING}")
            for answer in (
                await user.send("GET", path),
                await user.send("PATCH", path, json={"title": "Stolen"}),
                await user.send("DELETE", path),
                await user.send("POST", f"{path}/restore"),
            ):
                assert answer.status_code == 404
                assert answer.content == missing.content

        if theirs := self.another_than(user).last_import:
            mine = user.last_import
            if mine is None or mine["id"] != theirs["id"]:
                answer = await user.send("GET", f"/imports/{theirs['id']}")
                missing = await user.send("GET", f"/imports/{MISSING}")
                assert answer.status_code == 404 or await self.is_older(user, answer)
                assert answer.status_code != 404 or answer.content == missing.content

    async def is_older(self, user: ModelUser, answer: Answer) -> bool:
        """Return whether the answer is an older import of the same user."""
        shown = [row["text"] for row in answer.json()["failed"]]
        return shown == [f"no video of {user.name}"]

    async def use_another_user_s_cursor(self, user: ModelUser) -> None:
        for cursor in self.another_than(user).cursors:
            answer = await user.send("GET", "/videos", params={"limit": 2, "cursor": cursor})
            assert answer.status_code == 422

    async def use_another_user_s_etag(self, user: ModelUser) -> None:
        etag = self.another_than(user).etag
        if etag:
            answer = await user.send("GET", "/videos", headers={"If-None-Match": etag})
            assert answer.status_code == 200
            video_id = next((video.id for video in user.live()), 0)
            answer = await user.send("DELETE", f"/videos/{video_id}", headers={"If-Match": etag})
            assert answer.status_code in {404, 412}


def merge(video: Saved, tags: list[str], user: ModelUser) -> None:
    for tag in tags:
        if all(tag_key(tag) != tag_key(known) for known in video.tags):
            spelled = next((t for t in tags if tag_key(t) == tag_key(tag)), tag)
            video.tags.append(user.spelling(spelled))


def apply(video: Saved, action: str, tags: list[str], user: ModelUser) -> bool:
    """Apply a batch action to the model of a video; return whether it changed."""
    before = video.deleted, list(video.tags)
    if action == "tag":
        merge(video, [user.spelling(tag) for tag in tags], user)
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
