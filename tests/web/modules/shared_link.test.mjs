import assert from "node:assert/strict";
import { test } from "node:test";
import { readShared } from "../../../core/web/js/videos/shared_link.js";

const URL = "https://youtu.be/BGQWPY4IigY?si=abc";

test("a video is recognised in every usual link", () => {
  for (const link of [
    URL,
    "youtu.be/BGQWPY4IigY",
    "https://www.youtube.com/watch?v=BGQWPY4IigY&t=42s",
    "https://m.youtube.com/watch?app=desktop&v=BGQWPY4IigY",
    "https://youtube.com/shorts/BGQWPY4IigY?feature=share",
    "https://www.youtube.com/live/BGQWPY4IigY",
    "https://www.youtube-nocookie.com/embed/BGQWPY4IigY",
  ]) {
    assert.deepEqual(readShared(link), { key: "BGQWPY4IigY", title: "" }, link);
  }
});

test("no video is recognised in other texts", () => {
  for (const text of [
    "",
    "half a link youtu.be/BGQWPY4",
    "https://youtu.be/BGQWPY4IigYx",
    "https://www.youtube.com/playlist?list=PLrAXtmErZgOeiKm4sgNOknGvNjby9efdf",
    "https://example.com/watch?v=BGQWPY4IigY",
  ]) {
    assert.equal(readShared(text), null, text);
  }
});

test("the title of a shared text is the one that Core extracts", () => {
  for (const [text, title] of [
    [`Watch "20 min legs" on YouTube\n${URL}`, "20 min legs"],
    [`Schau dir „Rücken & Bauch“ auf YouTube an ${URL}`, "Rücken & Bauch"],
    [`${URL}\n(3) Yoga for beginners - YouTube`, "Yoga for beginners"],
    [`${URL}\nLook at this\nLeg day`, "Leg day"],
    [`Try this one: ${URL}`, "Try this one"],
    [`${URL}\nעברית`, "עברית"],
    [`Watch on YouTube ${URL}`, ""],
    [`${URL}\nYouTube`, ""],
    [`📺 ${URL}`, ""],
  ]) {
    assert.equal(readShared(text)?.title, title, text);
  }
});
