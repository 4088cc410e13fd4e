import assert from "node:assert/strict";
import { test } from "node:test";
import { changing } from "../../../core/web/js/changes/batch.js";
import { after } from "../../../core/web/js/changes/changes.js";
import { LibraryState } from "../../../core/web/js/videos/library_state.js";
import { daysLeft, readTrashed, TRASH_DAYS, trashOf } from "../../../core/web/js/videos/trash.js";
import { plain, readVideo } from "../../../core/web/js/videos/video.js";

const video = (id) =>
  readVideo({ id, video_key: `key-${id}`, url: "", created_at: `${id}`, tags: "" });
const library = (...videos) => new LibraryState().withVideos(videos);
const trashed = (id, deleted_at) => readTrashed({ ...plain(video(id)), deleted_at });
const seen = (trash) => trash.map((one) => [one.video.id, one.deleted_at]);
const [EARLY, LATE] = ["2026-01-03T10:00:00.000Z", "2026-02-01T10:00:00.000Z"];

test("the last deleted video comes first", () => {
  const known = [trashed(3, EARLY), trashed(1, LATE), trashed(2, EARLY)];
  assert.deepEqual(seen(trashOf(known, [], library())), [
    [1, LATE],
    [3, EARLY],
    [2, EARLY],
  ]);
});

test("unsent deletions come first, and restored videos are left out", () => {
  const all = library(video(1), video(2), video(3));
  const gone = changing("delete", [all.find(1), all.find(2)]);
  const back = changing("restore", [all.find(2)]);
  const save = { kind: "save", body: { url: "x", tags: [] } };
  const now = [gone, back, save].reduce(after, all);
  assert.deepEqual(seen(trashOf([trashed(4, EARLY)], [gone, back, save], now)), [
    [1, null],
    [4, EARLY],
  ]);
});

test("a video of the library is not in the trash", () => {
  assert.deepEqual(trashOf([trashed(1, EARLY)], [], library(video(1))), []);
});

test("days left are rounded to whole days", () => {
  const hours = (n) => Date.parse(EARLY) + n * 3_600_000;
  assert.equal(daysLeft(EARLY, hours(0)), TRASH_DAYS);
  assert.equal(daysLeft(EARLY, hours(-1)), TRASH_DAYS, "a clock that is behind");
  assert.equal(daysLeft(EARLY, hours(13)), TRASH_DAYS - 1);
  assert.equal(daysLeft(EARLY, hours(24 * 29)), 1);
  assert.equal(daysLeft(EARLY, hours(24 * 29 + 13)), 0);
  assert.equal(daysLeft(EARLY, hours(24 * 40)), 0);
});
