import assert from "node:assert/strict";
import { test } from "node:test";
import { Refused } from "../../../core/web/js/api.js";
import { after, kindOf } from "../../../core/web/js/changes/changes.js";
import { noting, notingAgain, renoting, unnoting } from "../../../core/web/js/changes/note.js";
import {
  logging,
  loggingAgain,
  relogging,
  unlogging,
} from "../../../core/web/js/changes/workout.js";
import { Confirmed } from "../../../core/web/js/sync/confirmed.js";
import { FORMAT } from "../../../core/web/js/sync/nouns.js";
import { LibraryState } from "../../../core/web/js/videos/library_state.js";
import { readVideo } from "../../../core/web/js/videos/video.js";

let drawn = 0;
Math.random = () => (drawn++ % 4096) / 4096; // so that two ids of one millisecond differ

const given = (id, more = {}) => ({
  id,
  video_key: `key-${id}`,
  url: "",
  title: `Video ${id}`,
  created_at: `${id}`,
  tags: "",
  revision: 1,
  ...more,
});
const library = (...rows) => new LibraryState().withVideos(rows.map(readVideo));
const done = (state, id = 1) => [state.find(id).done_on, state.find(id).done_count];
const all = library(given(1), given(2));

/** A service that records its requests, and may refuse them. */
function service(refuses) {
  const asked = [];
  const ask = async (method, path, more) => {
    asked.push([method, path, more?.body]);
    if (refuses) throw refuses;
    return new Response();
  };
  return { ask, asked };
}

test("an unsent workout is in the log and on its card", () => {
  const first = logging(all.find(1), "2026-11-27", 20);
  const second = logging(all.find(1), "2026-11-29", null);
  const state = [second, first].reduce(after, all);
  assert.deepEqual(
    state.workouts.map(({ day, minutes, title }) => [day, minutes, title]),
    [
      ["2026-11-29", null, "Video 1"],
      ["2026-11-27", 20, "Video 1"],
    ],
  );
  assert.deepEqual(done(state), ["2026-11-29", 2]);
  assert.deepEqual(done(state, 2), [null, 0]);
  const [latest] = state.workouts;
  assert.deepEqual(done(after(state, unlogging(latest))), ["2026-11-27", 1]);
  const moved = after(state, relogging(latest, { day: "2026-11-01", effort: "hard" }));
  assert.deepEqual(done(moved), ["2026-11-27", 2]);
  assert.equal(moved.workouts[1].effort, "hard");
});

test("a workout counts once, even if the feed has already brought it", () => {
  const change = logging(all.find(1), "2026-11-29", 20);
  const once = after(all, change);
  assert.deepEqual(done(after(once, change)), ["2026-11-29", 1]);
  assert.equal(after(once, change).workouts.length, 1);
});

test("undo restores a deleted workout with its id", () => {
  const logged = after(all, logging(all.find(1), "2026-11-29", 20));
  const [entry] = logged.workouts;
  const back = after(after(logged, unlogging(entry)), loggingAgain(all.find(1), entry));
  assert.deepEqual(back.workouts, [entry]);
});

test("the log keeps a workout whose video is deleted", () => {
  const logged = after(all, logging(all.find(1), "2026-11-29", 20));
  const less = logged.without(1);
  assert.equal(less.workouts.length, 1);
  assert.equal(after(less, unlogging(less.workouts[0])).workouts.length, 0);
});

test("notes are sorted by their times", () => {
  const late = noting(1, { at_s: 60, end_s: null, text: "late" });
  const early = noting(1, { at_s: 3, end_s: 9, text: "" });
  const whole = noting(1, { at_s: null, end_s: null, text: "whole" });
  const state = [late, early, whole].reduce(after, all);
  assert.deepEqual(
    state.notes.map(({ text }) => text),
    ["whole", "", "late"],
  );
  const [first, mark] = state.notes;
  const changed = after(state, renoting(mark, { text: "early" }));
  assert.deepEqual([changed.notes[1].text, changed.notes[1].end_s], ["early", 9]);
  const less = after(changed, unnoting(first));
  assert.equal(less.notes.length, 2);
  assert.deepEqual(after(less, notingAgain(first)).notes, changed.notes);
});

test("each change is one request, with the id that the page generated", async () => {
  const api = service();
  const change = logging(all.find(1), "2026-11-29", 20);
  await kindOf(change).send(api, change);
  const mark = noting(2, { at_s: 3, end_s: null, text: "" });
  for (const one of [mark, renoting(mark.row, { text: "x" }), unnoting(mark.row)])
    await kindOf(one).send(api, one);
  const workout = { video_id: 1, day: "2026-11-29", minutes: 20, effort: null, comment: null };
  assert.deepEqual(api.asked, [
    ["POST", "/workouts", { id: change.id, ...workout }],
    ["POST", "/videos/2/notes", { id: mark.id, at_s: 3, end_s: null, text: "" }],
    ["PATCH", `/videos/2/notes/${mark.id}`, { text: "x" }],
    ["DELETE", `/videos/2/notes/${mark.id}`, undefined],
  ]);
});

test("only a deletion treats a 404 as success", async () => {
  const entry = logging(all.find(1), "2026-11-29", 20).row;
  const gone = service(new Refused("not-found", "", 404, ""));
  await kindOf({ kind: "workout" }).send(gone, unlogging(entry));
  await assert.rejects(kindOf({ kind: "workout" }).send(gone, relogging(entry, {})), Refused);
  const other = service(new Refused("invalid-input", "", 422, ""));
  await assert.rejects(kindOf({ kind: "workout" }).send(other, unlogging(entry)), Refused);
});

test("the feed brings notes and workouts, and a deleted video removes its notes", () => {
  const note = (id, video_id) => ({ id, video_id, at_s: id, end_s: null, text: "", revision: 1 });
  const entry = { id: 9, video_key: "key-1", day: "2026-11-29", revision: 1 };
  const page = { videos: [given(1), given(2)], notes: [note(3, 1), note(4, 2)], workouts: [entry] };
  const read = (since, revision, one) => ({
    since,
    revision,
    etag: "",
    format: FORMAT,
    pages: [JSON.stringify(one)],
  });
  const first = new Confirmed().with(read(0, 1, page));
  const later = first.with(read(1, 2, { gone: { videos: [1] } }));
  assert.deepEqual(
    [later.rows.notes, later.rows.workouts].map((rows) => rows.map(({ id }) => id)),
    [[4], [9]],
  );
  const restored = { videos: [given(1, { revision: 3 })], notes: [{ ...note(3, 1), revision: 3 }] };
  const back = later.with(read(2, 3, restored));
  assert.deepEqual(
    back.rows.notes.map(({ id }) => id),
    [3, 4],
  );
  assert.deepEqual(Confirmed.from([back.packed()]).rows, back.rows);
});
