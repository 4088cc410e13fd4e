import assert from "node:assert/strict";
import { test } from "node:test";
import { Refused } from "../../../core/web/js/api.js";
import { changing, partsOf } from "../../../core/web/js/changes/batch.js";
import { after, kindOf } from "../../../core/web/js/changes/changes.js";
import { saving } from "../../../core/web/js/changes/save.js";
import { dueOf } from "../../../core/web/js/training/due.js";
import { LibraryState } from "../../../core/web/js/videos/library_state.js";
import { plain, readVideo } from "../../../core/web/js/videos/video.js";

const video = (id, tags = "") =>
  readVideo({
    id,
    video_key: `key-${id}`,
    url: "",
    title: `Video ${id}`,
    created_at: `${id}`,
    tags,
  });
const library = (...videos) => new LibraryState().withVideos(videos);
const seen = (state) => state.shown.map((one) => [one.id, one.tags.join()]);

test("a deletion hides the videos immediately, and a restore brings them back with their tags", () => {
  const all = library(video(1, "legs"), video(2), video(3));
  const two = [all.find(1), all.find(2)];
  const less = after(all, changing("delete", two));
  assert.deepEqual(seen(less), [[3, ""]]);
  assert.deepEqual(seen(after(less, changing("restore", two))), seen(all));
});

test("a batch adds and removes tags without regard to case and without duplicates", () => {
  const all = library(video(1, "Legs,yoga"), video(2, "arms"));
  const more = after(all, changing("tag", all.videos, ["legs", "new"]));
  assert.deepEqual(seen(more), [
    [2, "arms,Legs,new"],
    [1, "Legs,yoga,new"],
  ]);
  const change = changing("untag", more.videos, ["LEGS", "new"]);
  assert.deepEqual(seen(after(more, change)), [
    [2, "arms"],
    [1, "yoga"],
  ]);
});

test("a tag change of one video works like a batch", () => {
  const all = library(video(1, "a"));
  const change = { kind: "tag", id: 1, body: { add_tags: ["b"] }, videos: [plain(all.find(1))] };
  assert.deepEqual(seen(after(all, change)), [[1, "a,b"]]);
  assert.deepEqual(
    seen(after(all, { kind: "tag", id: 1, body: { remove_tags: ["A"] }, videos: change.videos })),
    [[1, ""]],
  );
});

test("a new title shows immediately, is searchable, and can be undone", () => {
  const all = library(video(1, "a"));
  const change = { kind: "title", id: 1, body: { title: "Łódź" }, videos: [plain(all.find(1))] };
  const more = after(all, change);
  assert.deepEqual([more.find(1).title, more.find(1).tags], ["Łódź", ["a"]]);
  assert.equal(more.looking({ query: "lodz" }).shown.length, 1);
  assert.equal(after(more, { ...change, body: { title: null } }).find(1).title, null);
  assert.deepEqual(seen(after(all.without(1), change)), []);
});

test("a tag change does not restore a deleted video", () => {
  const all = library(video(1), video(2));
  const change = changing("tag", all.videos, ["a"]);
  const less = all.without(1);
  assert.deepEqual(seen(after(less, change)), [[2, "a"]]);
});

test("a save that waits is a new video, the last save first, or adds tags to a known one", () => {
  const all = library({ ...video(1, "Legs"), video_key: "dQw4w9WgXcQ" });
  const save = (number, url, ...tags) => ({ ...saving(url, tags), number, at: `2026-0${number}` });
  const changes = [
    save(1, "https://youtu.be/dQw4w9WgXcQ", "LEGS", "home"),
    save(2, "https://youtu.be/BGQWPY4IigY", "legs"),
    save(3, "no link"),
    save(4, "none either", "a"),
    save(5, "https://youtu.be/BGQWPY4IigY", "twice"),
  ];
  const more = changes.reduce(after, all);
  assert.deepEqual(seen(more), [
    [-4, "a"],
    [-3, ""],
    [-2, "Legs,twice"],
    [1, "Legs,home"],
  ]);
  assert.deepEqual(more.usableIds, [1]);
  assert.equal(dueOf(more.usable).length, 1);
});

test("a change survives JSON", () => {
  const all = library(video(1, "a,b"));
  const kept = JSON.parse(JSON.stringify(changing("restore", all.videos)));
  assert.deepEqual(seen(after(library(), kept)), [[1, "a,b"]]);
});

test("a batch is split into parts of at most 1,000 ids", async () => {
  const many = Array.from({ length: 2_001 }, (_, id) => video(id));
  const parts = partsOf(changing("delete", many));
  assert.deepEqual(
    parts.map((part) => part.length),
    [1000, 1000, 1],
  );
  assert.deepEqual(
    parts.flat(),
    many.map((one) => one.id),
  );
  assert.deepEqual(partsOf(changing("delete", [])), []);
});

/** A service that knows some videos and records its requests. */
function service(known) {
  const asked = [];
  const ask = async (method, path, { body }) => {
    asked.push([method, path, body]);
    return new Response(
      JSON.stringify({ changed: [], missing: body.ids.filter((id) => !known.includes(id)) }),
    );
  };
  return { send: (change) => kindOf(change).send({ ask }, change), asked };
}

test("a missing video can be deleted and untagged, but not restored", async () => {
  const { send, asked } = service([1]);
  const both = [video(1), video(2)];
  assert.deepEqual(await send(changing("delete", both)), { video: null });
  assert.deepEqual(await send(changing("untag", both, ["a"])), { video: null });
  assert.deepEqual(asked[1], [
    "POST",
    "/videos/batch",
    { action: "untag", tags: ["a"], ids: [1, 2] },
  ]);
  await assert.rejects(send(changing("restore", both)), (error) => error instanceof Refused);
});
