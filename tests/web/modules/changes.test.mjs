import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiService, Refused } from "../../../core/web/js/api.js";
import { after, batch, before, partsOf } from "../../../core/web/js/changes.js";
import { LibraryState } from "../../../core/web/js/state.js";
import { plain, readVideo } from "../../../core/web/js/videos.js";

const video = (id, tags = "") =>
  readVideo({ id, video_key: `key-${id}`, url: "", title: `Video ${id}`, created_at: `${id}`, tags });
const library = (...videos) => new LibraryState().withVideos(videos);
const seen = (state) => state.shown.map((one) => [one.id, one.tags.join()]);

test("what was deleted is gone at once, and comes back with its tags", () => {
  const all = library(video(1, "legs"), video(2), video(3));
  const two = [all.find(1), all.find(2)];
  const less = after(all, batch("delete", two));
  assert.deepEqual(seen(less), [[3, ""]]);
  assert.deepEqual(seen(after(less, batch("restore", two))), seen(all));
  assert.deepEqual(seen(before(less, batch("delete", two))), seen(all));
});

test("tags go on and off many, whatever their case, and stay once each", () => {
  const all = library(video(1, "Legs,yoga"), video(2, "arms"));
  const more = after(all, batch("tag", all.videos, ["legs", "new"]));
  assert.deepEqual(seen(more), [[2, "arms,Legs,new"], [1, "Legs,yoga,new"]]);
  const change = batch("untag", more.videos, ["LEGS", "new"]);
  assert.deepEqual(seen(after(more, change)), [[2, "arms"], [1, "yoga"]]);
  assert.deepEqual(seen(before(after(more, change), change)), seen(more));
});

test("one video's tags change in the same way", () => {
  const all = library(video(1, "a"));
  const change = { kind: "tag", id: 1, body: { add_tags: ["b"] }, videos: [plain(all.find(1))] };
  assert.deepEqual(seen(after(all, change)), [[1, "a,b"]]);
  assert.deepEqual(seen(before(after(all, change), change)), [[1, "a"]]);
  assert.deepEqual(seen(after(all, { kind: "tag", id: 1, body: { remove_tags: ["A"] }, videos: change.videos })), [[1, ""]]);
});

test("a title of one's own stands at once, is found, and goes back to what it was", () => {
  const all = library(video(1, "a"));
  const change = { kind: "title", id: 1, body: { title: "Łódź" }, videos: [plain(all.find(1))] };
  const more = after(all, change);
  assert.deepEqual([more.find(1).title, more.find(1).tags], ["Łódź", ["a"]]);
  assert.equal(more.looking({ query: "lodz" }).shown.length, 1);
  assert.equal(after(more, { ...change, body: { title: null } }).find(1).title, null);
  assert.equal(before(more, change).find(1).title, "Video 1");
  assert.deepEqual(seen(after(all.without(1), change)), []);
});

test("a change of tags brings nothing back that went meanwhile", () => {
  const all = library(video(1), video(2));
  const change = batch("tag", all.videos, ["a"]);
  const less = all.without(1);
  assert.deepEqual(seen(after(less, change)), [[2, "a"]]);
  assert.deepEqual(seen(before(after(less, change), change)), [[2, ""]]);
});

test("what could not come back is gone again", () => {
  const change = batch("restore", [video(1)]);
  assert.deepEqual(seen(before(after(library(video(2)), change), change)), [[2, ""]]);
});

test("a change is kept as plain data and says the same when it is read again", () => {
  const all = library(video(1, "a,b"));
  const kept = JSON.parse(JSON.stringify(batch("delete", all.videos)));
  assert.deepEqual(seen(before(library(), kept)), [[1, "a,b"]]);
});

test("many ids go in parts that Core takes, none twice and none left out", async () => {
  const many = Array.from({ length: 2_001 }, (_, id) => video(id));
  const parts = partsOf(batch("delete", many));
  assert.deepEqual(parts.map((part) => part.length), [1000, 1000, 1]);
  assert.deepEqual(parts.flat(), many.map((one) => one.id));
  assert.deepEqual(partsOf(batch("delete", [])), []);
});

/** A service that knows some videos, and what it was asked. */
function service(known) {
  const asked = [];
  const api = new ApiService({ getToken: async () => "token", expire() {} }, "lily");
  api.ask = async (method, path, { body }) => {
    asked.push([method, path, body]);
    return new Response(JSON.stringify({ changed: [], missing: body.ids.filter((id) => !known.includes(id)) }));
  };
  return { api, asked };
}

test("what is gone already is deleted and untagged, but can't come back", async () => {
  const { api, asked } = service([1]);
  const both = [video(1), video(2)];
  assert.deepEqual(await api.apply(batch("delete", both)), { video: null });
  assert.deepEqual(await api.apply(batch("untag", both, ["a"])), { video: null });
  assert.deepEqual(asked[1], ["POST", "/videos/batch", { action: "untag", tags: ["a"], ids: [1, 2] }]);
  await assert.rejects(api.apply(batch("restore", both)), (error) => error instanceof Refused);
});
