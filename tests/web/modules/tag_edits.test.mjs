import assert from "node:assert/strict";
import { test } from "node:test";
import { carrying, renamed, tagPath, tagsByName } from "../../../core/web/js/tags/tag_edits.js";
import { LibraryState } from "../../../core/web/js/videos/library_state.js";
import { readVideo } from "../../../core/web/js/videos/video.js";

const video = (id, tags) =>
  readVideo({
    id,
    video_key: `key-${id}`,
    url: "",
    title: `Video ${id}`,
    created_at: `${9 - id}`,
    tags,
  });
const library = (...tags) =>
  new LibraryState().withVideos(tags.map((one, at) => video(at + 1, one)));
const tags = (state) => state.videos.map((one) => one.tags.join());

test("a renamed tag keeps its position on every video and stays chosen", () => {
  const all = library("a,LEGS,b", "legs", "arms").toggling("legs");
  const after = renamed(all, "Legs", "leg day");
  assert.deepEqual(tags(after), ["a,leg day,b", "leg day", "arms"]);
  assert.deepEqual([after.chosen, after.shown.length], [["leg day"], 2]);
  assert.equal(after.videos[2], all.videos[2]);
});

test("renaming onto another tag merges: one spelling, once a video, at the first position", () => {
  const all = library("hiit,x,Workout", "Workout,hiit", "workout")
    .toggling("hiit")
    .toggling("Workout");
  const after = renamed(all, "hiit", "Workout");
  assert.deepEqual(tags(after), ["Workout,x", "Workout", "Workout"]);
  assert.deepEqual(after.chosen, ["Workout"]);
  assert.equal(carrying(all, "HIIT", "workout"), 3);
  assert.equal(carrying(all, "hiit"), 2);
});

test("a removed tag stops filtering", () => {
  const after = renamed(library("a,b", "b").toggling("b"), "B", null);
  assert.deepEqual([tags(after), after.chosen], [["a", ""], []]);
});

test("tags are sorted without case and found without accents", () => {
  const all = library("zumba,Łódź", "arms,łódź");
  const named = (text) => tagsByName(all, text).map((one) => [one.name, one.videos]);
  assert.deepEqual(named(""), [
    ["arms", 1],
    ["Łódź", 2],
    ["zumba", 1],
  ]);
  assert.deepEqual(named(" LOD"), [["Łódź", 2]]);
});

test("tags with numbers are sorted by their numbers", () => {
  const tags = ["week 10", "Week 2", "week 1", "2 sets", "10 sets"];
  const library = new LibraryState(tags.map((tag, at) => readVideo({ id: at, tags: tag })));
  const names = ["2 sets", "10 sets", "week 1", "Week 2", "week 10"];
  assert.deepEqual(
    tagsByName(library).map(({ name }) => name),
    names,
  );
  assert.deepEqual(
    library.chips.map(({ name }) => name),
    names,
  );
});

test("every tag has a path that URL parsing does not change", () => {
  const path = (name) => new URL(tagPath(name), "https://core.test").pathname;
  for (const name of ["legs/abs", "a?b#c", "100 %", ".", "..", "...", "%2e", "Łódź"]) {
    assert.equal(decodeURIComponent(path(name)).normalize("NFKC"), `/tags/${name}`);
  }
});
