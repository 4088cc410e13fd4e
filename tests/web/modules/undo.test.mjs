import assert from "node:assert/strict";
import { test } from "node:test";
import { backOf, stands } from "../../../core/web/js/changes/edits.js";
import { speak } from "../../../core/web/js/i18n.js";
import { merging } from "../../../core/web/js/tags/tag_edits.js";
import { UndoList } from "../../../core/web/js/undo.js";
import { LibraryState } from "../../../core/web/js/videos/library_state.js";
import { readVideo } from "../../../core/web/js/videos/video.js";

await speak();

const video = (id, tags) =>
  readVideo({ id, video_key: `key-${id}`, url: "", title: "", created_at: `${9 - id}`, tags });
const library = (...tags) =>
  new LibraryState().withVideos(tags.map((one, at) => video(at + 1, one)));
const ids = (back) => back.map(({ videos, change }) => [videos.map(({ id }) => id), change]);

function makeList() {
  const said = [];
  const done = [];
  const undo = new UndoList((text, action) => said.push({ text, action }));
  const offer = (name, holds) => undo.offer(name, () => done.push(name), holds);
  return { undo, offer, said, done };
}

test("undo reverts the last change first, each once, by key or by its toast", () => {
  const { undo, offer, said, done } = makeList();
  for (const name of ["one", "two", "three"]) offer(name);
  assert.deepEqual(
    said.map(({ text }) => text),
    ["one", "two", "three"],
  );
  said[2].action.act();
  assert.deepEqual([undo.takeLast(), undo.takeLast(), undo.takeLast()], [true, true, false]);
  assert.deepEqual(done, ["three", "two", "one"]);
});

test("undo skips a change that another device reverted", () => {
  const { undo, offer, said, done } = makeList();
  offer("one");
  offer("two", () => false);
  assert.equal(said[1].action.holds(), false);
  assert.equal(undo.takeLast(), true);
  assert.deepEqual(done, ["one"]);
});

test("undo removes tags only from videos that did not have them before", () => {
  const before = library("a,LEGS", "a", "");
  const added = { add_tags: ["legs", "b"] };
  const back = backOf(before.videos, added);
  assert.deepEqual(ids(back), [
    [[2, 3], { remove_tags: ["legs"] }],
    [[1, 2, 3], { remove_tags: ["b"] }],
  ]);
  assert.equal(stands(before, back), false);
  assert.equal(stands(library("a,legs", "a", "legs"), back), true);
  assert.deepEqual(ids(backOf(before.videos, { remove_tags: ["a"] })), [
    [[1, 2], { add_tags: ["a"] }],
  ]);
});

test("undo of a merge leaves both tags only on videos that had both", () => {
  const before = library("hiit,workout", "hiit", "workout");
  assert.deepEqual(ids(merging(before, "HIIT", "Workout")), [
    [[1, 2], { add_tags: ["HIIT"] }],
    [[2], { remove_tags: ["Workout"] }],
  ]);
  assert.deepEqual(merging(before, "hiit", "HIIT"), []);
  assert.deepEqual(merging(before, "hiit", "new"), []);
});
