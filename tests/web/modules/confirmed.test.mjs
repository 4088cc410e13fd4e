import assert from "node:assert/strict";
import { test } from "node:test";
import { Confirmed, prepare } from "../../../core/web/js/sync/confirmed.js";
import { FORMAT } from "../../../core/web/js/sync/nouns.js";
import { replaceRows } from "../../../core/web/js/sync/rows.js";

const video = (id, revision, title = `Video ${id}`) => ({
  id,
  video_key: `key-${id}`,
  url: "",
  title,
  channel: null,
  start_s: null,
  availability: "available",
  thumbnail_url: "",
  created_at: `2026-01-03T10:00:${String(id).padStart(2, "0")}.000Z`,
  tags: "",
  revision,
});
const read = (since, revision, videos, gone = [], more = {}) => ({
  since,
  revision,
  etag: `"1-${revision}"`,
  format: FORMAT,
  pages: [JSON.stringify({ videos, gone: { videos: gone } })],
  ...more,
});
const begun = () => new Confirmed().with(read(0, 10, [video(1, 3), video(2, 10)]));
const seen = ({ rows }) => rows.videos.map((one) => [one.id, one.title]);

test("a full read becomes the library, newest first, with its sync token", () => {
  const first = begun();
  assert.deepEqual(seen(first), [
    [2, "Video 2"],
    [1, "Video 1"],
  ]);
  assert.deepEqual([first.revision, first.etag, first.isRead], [10, '"1-10"', true]);
});

test("a change replaces only its row; other rows stay the same objects", () => {
  const first = begun();
  const second = first.with(read(10, 12, [video(1, 12, "New"), video(3, 11)]));
  assert.deepEqual(seen(second), [
    [3, "Video 3"],
    [2, "Video 2"],
    [1, "New"],
  ]);
  assert.equal(second.rows.videos[1], first.rows.videos[0]);
  assert.equal(second.revision, 12);
});

test("a read that is applied twice changes nothing", () => {
  const change = read(10, 12, [video(1, 12, "New")], [2]);
  const once = begun().with(change);
  assert.equal(once.with(change).rows.videos, once.rows.videos);
  assert.equal(once.with(read(12, 12, [])).rows.videos, once.rows.videos);
});

test("a row deleted and restored in one read stays, even if the read is applied twice", () => {
  const back = read(10, 14, [video(1, 13, "Back")], [1]);
  const once = begun().with(back);
  assert.deepEqual(seen(once).at(-1), [1, "Back"]);
  assert.deepEqual(seen(once.with(back)), seen(once));
});

test("the row with the higher revision wins, in either order", () => {
  const mine = read(null, 12, [video(1, 12, "Mine")]);
  const older = read(10, 11, [video(1, 11, "Older")]);
  for (const reads of [
    [mine, older],
    [older, mine],
  ]) {
    const both = reads.reduce((confirmed, one) => confirmed.with(one), begun());
    assert.deepEqual(seen(both).at(-1), [1, "Mine"]);
    assert.equal(both.revision, 11); // a row from a response does not move the token
  }
});

test("an older read does not remove a row from a later response", () => {
  const back = read(null, 12, [video(3, 12)]);
  const gone = read(10, 11, [], [3, 2]);
  assert.deepEqual(seen(begun().with(back).with(gone)), [
    [3, "Video 3"],
    [1, "Video 1"],
  ]);
});

test("a read after a gap applies its rows but not its token", () => {
  const later = begun().with(read(15, 20, [video(3, 17)]));
  assert.deepEqual([later.revision, later.rows.videos.length], [10, 3]);
  assert.equal(later.with(read(10, 20, [video(3, 17), video(1, 12)])).revision, 20);
  assert.equal(later.with(read(5, 8, [])).revision, 10);
});

test("a late row does not bring back a deleted video", () => {
  const gone = begun().with(read(10, 12, [], [2]));
  for (const late of [read(null, 11, [video(2, 11)]), read(10, 11, [video(2, 11), video(3, 11)])]) {
    assert.deepEqual(seen(gone.with(late)), [[1, "Video 1"]]);
  }
  assert.deepEqual(seen(gone.with(read(null, 13, [video(2, 13)])))[0], [2, "Video 2"]);
});

test("a full read removes missing rows, except rows of later responses", () => {
  const answered = read(null, 30, [video(9, 30)]);
  const whole = begun()
    .with(answered)
    .with(read(0, 25, [video(2, 24)]));
  assert.deepEqual(seen(whole), [
    [9, "Video 9"],
    [2, "Video 2"],
  ]);
  assert.equal(whole.revision, 25);
});

test("after a restored backup the rows of the service replace those with higher revisions", () => {
  const old = begun().outdated();
  assert.deepEqual([old.revision, old.etag, old.isRead], [0, "", true]);
  const restored = old.with(read(0, 2, [video(1, 2, "Restored")]));
  assert.deepEqual([seen(restored), restored.revision], [[[1, "Restored"]], 2]);
});

test("if a row is on two pages, the later one wins", () => {
  const pages = [video(1, 3), video(1, 12, "Later")].map((one) =>
    JSON.stringify({ videos: [one], gone: { videos: [] } }),
  );
  assert.deepEqual(seen(new Confirmed().with({ ...read(0, 10, []), pages })), [[1, "Later"]]);
});

test("stored reads are combined into a library, and packed into one", () => {
  const reads = [
    read(0, 10, [video(1, 3), video(2, 10)]),
    read(10, 12, [video(1, 12, "New")], [2]),
  ];
  const kept = Confirmed.from(reads);
  assert.deepEqual([seen(kept), kept.revision], [[[1, "New"]], 12]);
  const packed = Confirmed.from([JSON.parse(JSON.stringify(kept.packed()))]);
  assert.deepEqual(packed, kept);
});

test("after a lost read the token stays at the read before it", () => {
  const reads = [read(0, 10, [video(1, 3)]), read(12, 14, [video(2, 14)])];
  assert.equal(Confirmed.from(reads).revision, 10);
  assert.equal(Confirmed.from(reads.slice(1)).isRead, false);
});

test("a stored library of an older format is shown, and fully read again", () => {
  const kept = Confirmed.from([read(0, 10, [video(1, 3)], [], { format: FORMAT - 1 })]);
  assert.deepEqual([kept.revision, kept.isRead, seen(kept)], [0, true, [[1, "Video 1"]]]);
  assert.deepEqual(seen(kept.with(read(0, 10, [video(1, 3, "With a new field")]))), [
    [1, "With a new field"],
  ]);
});

test("a feed page without one of the nouns removes nothing", () => {
  const other = { ...read(10, 11, []), pages: [JSON.stringify({ revision: 11 })] };
  assert.equal(begun().with(other).rows.videos.length, 2);
});

test("changed rows are inserted in sort order", () => {
  const order = (a, b) => a.at - b.at || a.id - b.id;
  const rows = [5, 3, 9, 1, 7].map((at) => ({ id: at, at })).sort(order);
  const changed = [
    { id: 9, at: 0 },
    { id: 4, at: 4 },
    { id: 10, at: 10 },
    { id: 11, at: 3 },
  ];
  const placed = replaceRows(rows, changed, [7], order).map((one) => one.id);
  assert.deepEqual(placed, [9, 1, 3, 11, 4, 5, 10]);
});

test("a large read is prepared in steps that yield, with the same result", async () => {
  const videos = Array.from({ length: 2_000 }, (_, id) => video(id + 1, 5, "x".repeat(100)));
  const large = read(0, 10, videos);
  let turns = 0;
  const others = setInterval(() => (turns += 1));
  assert.equal(await prepare(large), true);
  clearInterval(others);
  assert.ok(turns > 1);
  assert.deepEqual(new Confirmed().with(large), new Confirmed().with({ ...large }));
  assert.equal(await prepare(read(0, 10, videos.slice(0, 2))), false);
});
