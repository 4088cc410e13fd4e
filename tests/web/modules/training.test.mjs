import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { speak } from "../../../core/web/js/i18n.js";
import { doneLine } from "../../../core/web/js/training/ago.js";
import {
  dateOf,
  dayOf,
  daysBefore,
  daysBetween,
  weekOf,
} from "../../../core/web/js/training/days.js";
import { dueOf, fits, minutesDone } from "../../../core/web/js/training/due.js";
import { byDay, readWorkout } from "../../../core/web/js/training/entries.js";
import { drawId } from "../../../core/web/js/training/ids.js";
import { LibraryState } from "../../../core/web/js/videos/library_state.js";
import { readVideo } from "../../../core/web/js/videos/video.js";

await speak("en");
await speak("de");

// The Flutter app reads the same cases.
const cases = JSON.parse(
  readFileSync(new URL("../../data/shared-cases/training.json", import.meta.url), "utf-8"),
);
const TODAY = "2026-11-29";
const video = (more) =>
  readVideo({
    video_key: `key${more.id}`,
    url: "",
    title: `Video ${more.id}`,
    channel: null,
    start_s: null,
    availability: "available",
    thumbnail_url: "",
    created_at: "2026-01-03T10:00:00.000Z",
    tags: "",
    ...more,
  });
const library = (rows) => new LibraryState([], { today: TODAY }).withVideos(rows.map(video));
const ids = (videos) => videos.map(({ id }) => id);

test("a day begins at 3:00 local time", () => {
  for (const { at, day } of cases.days) assert.equal(dayOf(new Date(at)), day);
});

test("a day begins at 3:00 on clock changes too", () => {
  const before = process.env.TZ;
  process.env.TZ = "Europe/Berlin"; // in spring the clock skips from 2:00 to 3:00
  assert.equal(dayOf(new Date("2026-03-29T01:15:00Z")), "2026-03-29");
  assert.equal(dayOf(new Date("2026-10-25T01:30:00Z")), "2026-10-24");
  if (before === undefined) delete process.env.TZ;
  else process.env.TZ = before;
});

test("days are counted between dates", () => {
  for (const one of cases.ago) assert.equal(daysBetween(one.done_on, one.today), one.days);
  for (const { day, days, before } of cases.before) assert.equal(daysBefore(day, days), before);
  assert.equal(dateOf("2026-03-01").toISOString(), "2026-03-01T00:00:00.000Z");
});

test("a week has seven days from Monday on", () => {
  for (const { today, monday } of cases.weeks) {
    const week = weekOf(today);
    assert.equal(week.length, 7);
    assert.equal(week[0], monday);
    assert.ok(week.includes(today));
  }
});

test("a card shows the last day and the count of workouts", () => {
  for (const one of cases.lines)
    for (const tongue of /** @type {const} */ (["en", "de"]))
      assert.equal(doneLine(one, TODAY, tongue), one[tongue]);
});

test("rest is counted in whole days, including today", () => {
  for (const { done_on, days, fits: expected } of cases.rests)
    assert.equal(fits({ max: 0, rest: days }, TODAY)(video({ id: 1, done_on })), expected, done_on);
});

test("minutes and rest filter the library to due videos", () => {
  const all = library(cases.library);
  for (const { minutes_max, not_done_since, shown, due } of cases.filters) {
    const rest = not_done_since ? daysBetween(not_done_since, TODAY) + 1 : 0;
    const state = all.training({ max: minutes_max ?? 0, rest });
    assert.deepEqual([ids(state.shown), ids(dueOf(state.shown))], [shown, due]);
  }
});

test("removing the limits restores the order before them", () => {
  const titles = library(cases.library).looking({ sort: "title" });
  const limited = titles.training({ max: 20 }).training({ rest: 7 });
  assert.equal(limited.sort, "due");
  assert.equal(limited.training({ max: 0 }).sort, "due");
  assert.equal(limited.training({ max: 0 }).training({ rest: 0 }).sort, "title");
  const chosen = limited.looking({ sort: "oldest" });
  assert.equal(chosen.training({ max: 0, rest: 0 }).sort, "oldest");
});

test("the last day of a tag includes videos hidden by the limits", () => {
  const all = library([
    { id: 1, tags: "legs", minutes: 20, done_on: "2026-11-20" },
    { id: 2, tags: "legs", minutes: 60, done_on: "2026-11-28" },
    { id: 3, tags: "arms", minutes: 10 },
  ]);
  const days = all.training({ max: 20 }).chips.map(({ name, done_on }) => [name, done_on]);
  assert.deepEqual(days, [
    ["arms", null],
    ["legs", "2026-11-28"],
  ]);
  assert.deepEqual(
    all.chips.map((chip) => "done_on" in chip),
    [false, false],
  );
});

test("match=any shows videos with any chosen tag", () => {
  const all = library([
    { id: 1, tags: "legs" },
    { id: 2, tags: "arms" },
    { id: 3, tags: "yoga" },
    { id: 4, availability: "gone" },
  ]).looking({ chosen: ["legs", "arms"] });
  assert.deepEqual(ids(all.shown), []);
  const any = all.looking({ any: true });
  assert.deepEqual(ids(any.shown), [2, 1]);
  assert.deepEqual(
    any.chips.map(({ name, videos }) => [name, videos]),
    [
      ["legs", 1],
      ["arms", 1],
      ["yoga", 1],
    ],
  );
  assert.deepEqual(ids(any.looking({ chosen: [], kinds: "untagged" }).shown), [4]);
  assert.deepEqual(ids(any.looking({ chosen: [], kinds: "unavailable" }).shown), [4]);
});

test("a search combines the words of notes with those of their video", () => {
  const note = { id: 7, video_id: 1, at_s: 3, end_s: null, text: "Łokcie close", revision: 1 };
  const all = library([{ id: 1 }, { id: 2 }]).withNotes([note]);
  assert.deepEqual(ids(all.looking({ query: "lokcie video" }).shown), [1]);
  assert.deepEqual(ids(all.looking({ query: "close 2" }).shown), []);
});

test("an id has 53 bits and equals the service's for the same time", () => {
  for (const { at, random, id } of cases.ids)
    assert.equal(drawId(Date.parse(at), random / 4096), id);
  assert.ok(Number.isSafeInteger(drawId(Date.UTC(2074, 0, 1), 0.9999)));
  assert.notEqual(drawId(), drawId(0));
});

test("minutes done are the played minutes, else those of the video", () => {
  const one = video({ id: 1, minutes: 20 });
  assert.deepEqual(
    [0, 59, 60, 1_110].map((played_s) => minutesDone(played_s, one)),
    [20, 20, 1, 19],
  );
  assert.equal(minutesDone(0, video({ id: 2 })), null);
});

test("the log is grouped by day", () => {
  const log = [
    { id: 3, day: "2026-11-29" },
    { id: 2, day: "2026-11-29" },
    { id: 1, day: "2026-11-27" },
  ].map(readWorkout);
  assert.deepEqual(
    byDay(log).map(([day, entries]) => [day, ids(entries)]),
    [
      ["2026-11-29", [3, 2]],
      ["2026-11-27", [1]],
    ],
  );
});
