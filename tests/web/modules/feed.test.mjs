import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Offline, Refused } from "../../../core/web/js/api.js";
import { changing } from "../../../core/web/js/changes/batch.js";
import { saving } from "../../../core/web/js/changes/save.js";
import { tagging } from "../../../core/web/js/changes/tag.js";
import { retitling } from "../../../core/web/js/changes/title.js";
import { Feed } from "../../../core/web/js/sync/feed.js";
import { FORMAT } from "../../../core/web/js/sync/nouns.js";
import { LibraryState } from "../../../core/web/js/videos/library_state.js";
import { readVideo } from "../../../core/web/js/videos/video.js";

const video = (id, revision, more = {}) => ({
  id,
  video_key: `key-${id}`,
  url: "",
  title: `Video ${id}`,
  channel: null,
  start_s: null,
  availability: "available",
  thumbnail_url: "",
  created_at: `2026-01-03T10:00:0${id}.000Z`,
  tags: "",
  revision,
  ...more,
});
const read = (since, revision, videos, gone = []) => ({
  since,
  revision,
  etag: `"1-${revision}"`,
  format: FORMAT,
  pages: [JSON.stringify({ videos, gone: { videos: gone } })],
});
const open = [];
after(() => open.map((feed) => feed.close()));

/** A tab's feed. `answers` returns the service's responses; `asked` records the tokens sent. */
function tabOf(userId, answers) {
  const asked = [];
  const kept = [];
  const readChanges = async (since) => {
    asked.push(since);
    return answers(since);
  };
  const keepRead = async (_, one, isWhole) => {
    kept.push([one.since, isWhole]);
  };
  const feed = new Feed({ userId, readChanges }, { keepRead }, (work) => work());
  feed.looked = Date.now() - 1_000;
  open.push(feed);
  const seen = (unsent = []) =>
    feed.draw(new LibraryState(), unsent).videos.map((one) => [one.id, one.title, one.tags.join()]);
  return { feed, asked, kept, seen };
}
const newUserId = () => crypto.randomUUID();

async function until(holds) {
  for (let tries = 0; !holds(); tries += 1) {
    assert.ok(tries < 2_000, "timed out");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Wait for the next millisecond, so that the next look is later. */
async function later() {
  const now = Date.now();
  await until(() => Date.now() > now);
}

test("the first read is full, later ones bring only changes", async () => {
  const { feed, asked, kept, seen } = tabOf(newUserId(), (since) =>
    since ? read(3, 5, [video(2, 5)]) : read(0, 3, [video(1, 3)]),
  );
  await feed.look();
  await later();
  await feed.look();
  assert.deepEqual(asked, [0, 3]);
  assert.deepEqual(kept, [
    [0, true],
    [3, false],
  ]);
  assert.deepEqual(seen(), [
    [2, "Video 2", ""],
    [1, "Video 1", ""],
  ]);
});

test("a look is skipped if the last one is recent enough", async () => {
  const { feed, asked } = tabOf(newUserId(), () => null);
  await feed.look();
  await later();
  await feed.look(60_000);
  assert.deepEqual(asked, [0]);
  feed.looked = Date.now() + 3_600_000; // the clock has gone back since
  await feed.look(60_000);
  assert.equal(asked.length, 2);
});

test("a large read is not copied to the other tabs, which read it themselves", async () => {
  const many = Array.from({ length: 1_000 }, (_, at) =>
    video(at + 1, 3, { url: "https://youtu.be/".padEnd(200, "x"), created_at: "2026-01-03" }),
  );
  const userId = newUserId();
  const [first, second] = [1, 2].map(() =>
    tabOf(userId, (since) => (since ? read(3, 4, [video(1, 4)]) : read(0, 3, many))),
  );
  await first.feed.look();
  await later();
  await first.feed.look(); // a small one, sent after the large one
  await until(() => second.feed.confirmed.rows.videos.length);
  assert.deepEqual([second.asked, second.feed.confirmed.isRead], [[], false]);
  await later();
  await second.feed.look();
  assert.deepEqual([second.asked, second.seen().length], [[0], 1_000]);
});

test("an expired token causes a full read, and unsent changes survive", async () => {
  const { feed, asked, kept, seen } = tabOf(newUserId(), (since) => {
    if (since === 90) throw new Refused("sync-token-expired", "", 410, "");
    return read(0, 7, [video(1, 7, { title: "Restored" })]);
  });
  feed.open([read(0, 90, [video(1, 90), video(2, 80)])]);
  await feed.look();
  assert.deepEqual([asked, kept], [[90, 0], [[0, true]]]);
  const unsent = [tagging(readVideo(video(1, 90)), { add_tags: ["waits"] })];
  assert.deepEqual(seen(unsent), [[1, "Restored", "waits"]]);
  assert.equal(feed.confirmed.revision, 7);
});

test("another failure causes no full read", async () => {
  const { feed, asked } = tabOf(newUserId(), () => {
    throw new Offline();
  });
  feed.open([read(0, 90, [video(1, 90)])]);
  await assert.rejects(feed.look(), Offline);
  assert.deepEqual([asked, feed.confirmed.revision], [[90], 90]);
});

test("a row from a response is shown immediately, and survives an older read", async () => {
  let answer;
  const { feed, kept, seen } = tabOf(newUserId(), () => new Promise((done) => (answer = done)));
  feed.open([read(0, 3, [video(1, 3)])]);
  const looking = feed.look();
  await until(() => answer);
  feed.confirm({ kind: "title" }, readVideo(video(1, 6, { title: "Mine" })));
  answer(read(3, 5, [video(1, 5, { title: "Older" })]));
  await looking;
  assert.deepEqual(seen(), [[1, "Mine", ""]]);
  assert.deepEqual(kept, [
    [null, false],
    [3, false],
  ]);
});

test("a sent change without a row is drawn until a read that began after it", async () => {
  let first;
  const seenThen = [];
  const { feed, asked, seen } = tabOf(newUserId(), (since) => {
    if (since === 3) return new Promise((done) => (first = done));
    seenThen.push(seen());
    return since === 4 ? read(4, 5, [], [1]) : null;
  });
  feed.open([read(0, 3, [video(1, 3), video(2, 3)])]);
  const looking = feed.look();
  await until(() => first);
  feed.confirm(changing("delete", [readVideo(video(1, 3))]), null);
  assert.deepEqual(seen(), [[2, "Video 2", ""]]);
  first(read(3, 4, [video(1, 4)]));
  await looking;
  assert.deepEqual(seenThen[0], [[2, "Video 2", ""]]);
  assert.deepEqual([seen(), feed.sent, asked.slice(0, 2)], [[[2, "Video 2", ""]], [], [3, 4]]);
});

test("a row without a revision is drawn as a change until a read brings it", async () => {
  const { feed, kept, seen } = tabOf(newUserId(), () =>
    read(3, 4, [video(1, 4, { title: "Mine" })]),
  );
  feed.open([read(0, 3, [video(1, 3)])]);
  const before = readVideo(video(1, 3));
  feed.confirm(retitling(before, "Mine"), readVideo(video(1, 0, { title: "Mine" })));
  assert.deepEqual([seen(), kept], [[[1, "Mine", ""]], []]);
  await later();
  await feed.look();
  assert.deepEqual([seen(), feed.sent], [[[1, "Mine", ""]], []]);
});

test("a saved video without a revision does not wait: the next read shows it", async () => {
  const { feed, seen } = tabOf(newUserId(), () => read(0, 3, [video(1, 3)]));
  feed.confirm(saving("https://youtu.be/dQw4w9WgXcQ", []), readVideo(video(1)));
  assert.deepEqual([seen(), feed.sent.length], [[], 1]);
  await later();
  await feed.look();
  assert.deepEqual([seen(), feed.sent.length], [[[1, "Video 1", ""]], 0]);
});

test("other tabs get the reads of one tab without requests", async () => {
  const userId = newUserId();
  const one = tabOf(userId, () => read(3, 5, [video(2, 5)], [1]));
  const other = tabOf(userId, () => assert.fail("the other tab asked"));
  const stranger = tabOf(newUserId(), () => assert.fail("another user's tab asked"));
  for (const { feed } of [one, other, stranger]) feed.open([read(0, 3, [video(1, 3)])]);
  let drawn = 0;
  other.feed.onChange = () => {
    drawn += 1;
  };
  await one.feed.look();
  await until(() => drawn);
  assert.deepEqual([other.seen(), other.feed.confirmed.revision], [[[2, "Video 2", ""]], 5]);
  assert.deepEqual([stranger.seen(), drawn], [[[1, "Video 1", ""]], 1]);
  await other.feed.look(600_000);
});

test("messages of a tab with another format are ignored", async () => {
  const userId = newUserId();
  const one = tabOf(userId, () => ({ ...read(3, 5, [video(2, 5)]), format: FORMAT + 1 }));
  const other = tabOf(userId, () => null);
  const third = tabOf(userId, () => null);
  for (const { feed } of [one, other, third]) feed.open([read(0, 3, [video(1, 3)])]);
  let heard = false;
  third.feed.hear = () => {
    heard = true;
  };
  await one.feed.look();
  await until(() => heard);
  assert.deepEqual([other.seen(), other.feed.confirmed.revision], [[[1, "Video 1", ""]], 3]);
});

test("the other tabs follow a library that was restored from a backup", async () => {
  const userId = newUserId();
  const one = tabOf(userId, (since) => {
    if (since) throw new Refused("sync-token-expired", "", 410, "");
    return read(0, 2, [video(1, 2, { title: "Restored" })]);
  });
  const other = tabOf(userId, () => null);
  for (const { feed } of [one, other]) feed.open([read(0, 90, [video(1, 90), video(2, 90)])]);
  await one.feed.look();
  await until(() => other.feed.confirmed.revision !== 90);
  assert.deepEqual([other.seen(), other.feed.confirmed.revision], [[[1, "Restored", ""]], 2]);
});

test("a closed feed ignores a late response", async () => {
  let answer;
  const { feed, kept } = tabOf(newUserId(), () => new Promise((done) => (answer = done)));
  const looking = feed.look();
  await until(() => answer);
  feed.close();
  answer(read(0, 3, [video(1, 3)]));
  await looking;
  assert.deepEqual([kept, feed.confirmed.rows.videos], [[], []]);
});

test("a look without changes draws nothing", async () => {
  const { feed } = tabOf(newUserId(), () => null);
  feed.open([read(0, 3, [video(1, 3)])]);
  feed.onChange = () => assert.fail("drawn");
  await feed.look();
  feed.onChange = () => {};
});

test("many stored reads are packed into one", () => {
  const { feed, kept } = tabOf(newUserId(), () => null);
  const later = Array.from({ length: 120 }, (_, n) => read(3 + n, 4 + n, [video(1, 4 + n)]));
  feed.open([read(0, 3, [video(1, 3)]), ...later]);
  assert.deepEqual([kept, feed.confirmed.revision], [[[0, true]], 123]);
});
