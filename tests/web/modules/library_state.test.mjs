import assert from "node:assert/strict";
import { test } from "node:test";
import { fitLink, fold, splitTags, tagKey } from "../../../core/web/js/text.js";
import { LibraryState } from "../../../core/web/js/videos/library_state.js";
import { nameOf, readVideo, watchUrl } from "../../../core/web/js/videos/video.js";

const video = (id, tags = "", more = {}) =>
  readVideo({
    id,
    video_key: `key-${id}`,
    url: `https://youtu.be/key-${id}`,
    title: `Video ${id}`,
    channel: null,
    start_s: null,
    availability: "available",
    thumbnail_url: "",
    created_at: `2026-01-03T10:00:0${id}.000Z`,
    tags,
    ...more,
  });
const library = (...videos) => new LibraryState([], { loaded: true }).withVideos(videos);
const ids = (state) => state.shown.map((one) => one.id);

test("the newest video comes first, whatever the order of ids", () => {
  const older = video(9, "", { created_at: "2025-01-01T00:00:00.000Z" });
  assert.deepEqual(ids(library(older, video(1), video(2))), [2, 1, 9]);
});

test("videos without a title come last by title", () => {
  const state = library(
    video(1, "", { title: null }),
    video(2, "", { title: "Éclair" }),
    video(3, "", { title: "zoo" }),
  );
  assert.deepEqual(ids(state.looking({ sort: "title" })), [2, 3, 1]);
});

test("a filter matches whole tags, all of them", () => {
  const state = library(video(1, "abs,legs"), video(2, "absolute,legs"), video(3, "legs"));
  assert.deepEqual(ids(state.toggling("ABS")), [1]);
  assert.deepEqual(ids(state.toggling("legs").toggling("abs")), [1]);
});

test("chips count the videos that are shown", () => {
  const state = library(video(1, "legs,yoga"), video(2, "legs"), video(3, "arms"));
  assert.deepEqual(
    state.chips.map((chip) => [chip.name, chip.videos]),
    [
      ["legs", 2],
      ["arms", 1],
      ["yoga", 1],
    ],
  );
  const narrowed = state.toggling("legs").chips;
  assert.deepEqual(narrowed, [
    { name: "legs", videos: 2, chosen: true },
    { name: "yoga", videos: 1, chosen: false },
  ]);
});

test("choosing a tag twice deselects it, and an unused tag stops filtering", () => {
  const state = library(video(1, "legs"), video(2)).toggling("legs");
  assert.deepEqual(ids(state.toggling("Legs")), [2, 1]);
  assert.deepEqual(ids(state.without(1)), [2]);
});

test("a search needs every word and ignores case and accents", () => {
  const state = library(video(1, "Yoga", { title: "Dzień w Łodzi", channel: "Müller" }), video(2));
  assert.deepEqual(ids(state.looking({ query: "LODZI muller yog" })), [1]);
  assert.deepEqual(ids(state.looking({ query: "lodzi nothing" })), []);
});

test("a video that did not change stays the same object", () => {
  const first = video(1);
  assert.equal(library(first).with(video(2)).find(1), first);
});

test("the tags used last are offered first", () => {
  assert.deepEqual(library(video(1, "old"), video(2, "new,both")).tagNames, ["new", "both", "old"]);
});

test("each state computes its view once, from text folded once", () => {
  let looks = 0;
  const many = Array.from({ length: 100 }, (_, n) => video(n, `tag${n % 5}`)).map((one) => ({
    ...one,
    get sought() {
      looks += 1;
      return one.sought;
    },
  }));
  const state = library(...many).looking({ query: "video 9" });
  assert.equal(state.shown.length, 19);
  assert.deepEqual([state.chips, state.shown], [state.chips, state.shown]);
  assert.equal(looks <= 2 * many.length, true); // each of two words, once
});

test("tags are split at commas, and the first spelling stays", () => {
  assert.deepEqual(splitTags(" Legs , ,legs,leg  day"), ["Legs", "leg day"]);
  assert.equal(tagKey("ＬＥＧＳ"), "legs");
  assert.notEqual(tagKey("café"), tagKey("cafe"));
  assert.equal(fold("Straße Œuvre"), "strasse oeuvre");
});

test("a video without a title is named by its key, and its link has the start", () => {
  assert.equal(
    watchUrl(video(2, "", { start_s: 7 })),
    "https://www.youtube.com/watch?v=key-2&t=7s",
  );
  assert.equal(nameOf(video(2, "", { title: null })), "YouTube key-2");
});

test("a long text is cut around its link", () => {
  const link = "https://youtu.be/dQw4w9WgXcQ";
  assert.equal(fitLink(`Leg\x07 day\x0b\n\t${link}`), `Leg  day \n\t${link}`);
  assert.equal(fitLink(`${link} \ud83d`), link);
  const emoji = fitLink(`${link} ${"😀".repeat(5_000)}`);
  assert.deepEqual([[...emoji].length, emoji.isWellFormed()], [4_096, true]);
  assert.equal(fitLink(`${"a ".repeat(3_000)}${link} b`), `${link} b`);
  assert.ok(
    fitLink(`${"a ".repeat(3_000)}www.youtube.com/shorts/dQw4w9WgXcQ`).endsWith("dQw4w9WgXcQ"),
  );
});
