import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { after } from "../../../core/web/js/changes/changes.js";
import { Playlist } from "../../../core/web/js/player/playlist.js";
import { filtersToSave, suggestName } from "../../../core/web/js/searches/searches.js";
import { Confirmed } from "../../../core/web/js/sync/confirmed.js";
import { FORMAT } from "../../../core/web/js/sync/nouns.js";
import { Waits } from "../../../core/web/js/sync/waits.js";
import { fold, readClock, splitTags, tagKey } from "../../../core/web/js/text.js";
import { backFrom } from "../../../core/web/js/training/away.js";
import { doneIn } from "../../../core/web/js/training/entries.js";
import { readFilters } from "../../../core/web/js/videos/filter_address.js";
import { LibraryState } from "../../../core/web/js/videos/library_state.js";
import { readShared } from "../../../core/web/js/videos/shared_link.js";
import { nameOf, plain, readVideo, watchUrl } from "../../../core/web/js/videos/video.js";

// The Flutter app reads the same cases: tests/app/test_shared_cases.py.
const read = (name) =>
  JSON.parse(
    readFileSync(new URL(`../../data/shared-cases/${name}.json`, import.meta.url), "utf8"),
  );
const [videos, changes, days, feed, entries] = [
  "videos",
  "changes",
  "days",
  "reads",
  "entries",
].map(read);

test("the title of a shared text is read", () => {
  for (const { text, title } of read("shared_titles")) {
    assert.equal(readShared(text)?.title, title, text);
  }
});

const video = (more) =>
  readVideo({
    video_key: `key${more.id}`,
    url: `https://youtu.be/key${more.id}`,
    channel: null,
    start_s: null,
    availability: "available",
    thumbnail_url: "",
    created_at: "2026-01-03T10:00:00.000Z",
    tags: "",
    ...more,
  });
const library = (rows) => new LibraryState().withVideos(rows.map(video));

test("names and URLs of videos", () => {
  for (const { video: given, name, url } of videos.names) {
    const one = video({ id: 1, ...given });
    assert.deepEqual([nameOf(one), watchUrl(one)], [name, url]);
  }
});

test("folding of texts and tags", () => {
  for (const { text, folded, key } of videos.folding)
    assert.deepEqual([fold(text), tagKey(text)], [folded, key]);
});

test("splitting of typed tags", () => {
  for (const { typed, tags } of videos.tags) assert.deepEqual(splitTags(typed), tags);
});

test("searches with filters and orders", () => {
  for (const { query, tags = [], sort = "newest", shown } of videos.searches) {
    const state = library(videos.library).looking({ query, chosen: tags, sort });
    assert.deepEqual(
      state.shown.map((one) => one.id),
      shown,
      JSON.stringify({ query, tags, sort }),
    );
  }
});

test("shown videos and chips under filters", () => {
  /** @param {import("../../../core/web/js/videos/chips.js").Chip} chip */
  const text = ({ name, videos: n, excluded, done_on }) => {
    if (excluded) return `-${name}`;
    return `${name} ${done_on === undefined ? n : (done_on ?? "never")}`;
  };
  for (const { shown, chips, minutes_max = 0, ...look } of videos.looks.cases) {
    const state = library(videos.looks.library).training({ max: minutes_max }).looking(look);
    assert.deepEqual([state.shown.map(({ id }) => id), state.chips.map(text)], [shown, chips]);
  }
});

test("videos of a saved search", () => {
  for (const { query, shown } of videos.looks.saved) {
    const look = { ...readFilters(query), today: "2026-11-29" };
    const state = library(videos.looks.library).looking(look);
    assert.deepEqual(idsOf(state.shown), shown, query);
  }
});

test("saved filters and suggested names", () => {
  for (const { remembered, query, saved, name } of videos.looks.saves) {
    const look = { ...readFilters(query, remembered), today: "2026-11-29" };
    const state = library(videos.looks.library).looking(look);
    assert.deepEqual([filtersToSave(state, remembered), suggestName(state)], [saved, name], query);
  }
});

for (const { says, changes: given, drawn } of changes.cases) {
  test(says, () => {
    const before = library(changes.library);
    const state = given.reduce((now, { kind, ids, body }) => {
      const kept = ids.map((id) => plain(before.find(id)));
      return after(now, { kind, body, id: ids[0], videos: kept });
    }, before);
    assert.deepEqual(
      state.videos.map((one) => [one.id, one.title, one.tags.join()]),
      drawn,
    );
  });
}

test("reads of the feed in sequence", () => {
  let confirmed = new Confirmed();
  for (const { since, revision, videos: rows, gone, shown, token } of feed.reads) {
    const page = { videos: rows.map((row) => plain(video(row))), gone: { videos: gone } };
    const pages = [JSON.stringify(page)];
    confirmed = confirmed.with({ since, revision, etag: "", format: FORMAT, pages });
    const seen = confirmed.rows.videos.map((one) => [one.id, one.title]);
    assert.deepEqual([seen, confirmed.revision], [shown, token]);
  }
});

test("seconds until the next read", () => {
  for (const { missing, seconds } of feed.waits) {
    const waits = new Waits();
    waits.note(missing[0]);
    const waited = [waits.seconds];
    for (const n of missing.slice(1)) {
      waits.looked(n);
      waited.push(waits.seconds);
    }
    assert.deepEqual(waited, seconds);
  }
});

test("dates in the user's region", () => {
  for (const { locale, at, day } of days)
    assert.equal(
      new Date(at).toLocaleDateString(locale, { dateStyle: "medium", timeZone: "UTC" }),
      day,
    );
});

const withEntries = () => {
  const rows = (list) => list.map((row) => ({ ...row, revision: 1 }));
  const pages = [
    JSON.stringify({
      videos: entries.library.map((row) => plain(video({ ...row, revision: 1 }))),
      notes: rows(entries.notes),
      workouts: rows(entries.workouts),
    }),
  ];
  return new Confirmed().with({ since: 0, revision: 1, etag: "", format: FORMAT, pages });
};
const idsOf = (rows) => rows.map(({ id }) => id);

test("typed times", () => {
  for (const { typed, seconds } of entries.clocks) assert.equal(readClock(typed), seconds, typed);
});

test("minutes of a visit to YouTube", (context) => {
  const now = Date.now();
  context.mock.method(Date, "now", () => now); // a second may pass on a busy machine
  for (const { away_s, minutes, asks } of entries.away) {
    const kept = { person: "lily", id: 1, since: now - away_s * 1000 };
    const storage = { getItem: () => JSON.stringify(kept), removeItem() {} };
    Object.defineProperty(globalThis, "localStorage", { value: storage, configurable: true });
    const back = backFrom("lily", library([{ id: 1, minutes }]));
    assert.equal(back?.minutes ?? null, asks, away_s);
  }
});

test("the next video of a playlist", () => {
  for (const { ids, id, step, gone, other } of entries.playlists)
    assert.equal(new Playlist(ids).from(id, step, (one) => !gone.includes(one)) ?? null, other);
});

test("searches in notes", () => {
  const { rows } = withEntries();
  for (const { query, shown } of entries.searches)
    assert.deepEqual(
      idsOf(new LibraryState().reading(rows, true).looking({ query }).shown),
      shown,
      query,
    );
});

for (const { says, change, notes, log, done } of entries.changes) {
  test(says, () => {
    const before = new LibraryState().reading(withEntries().rows, true);
    const state = change
      ? after(before, {
          kind: change.noun,
          action: change.action,
          id: change.row.id,
          body: change.body,
          row: change.row,
        })
      : before;
    assert.deepEqual([idsOf(state.notes), idsOf(state.workouts)], [notes, log]);
    for (const { done_on, done_count } of [doneIn(state.workouts, "key1"), state.find(1)])
      assert.deepEqual([done_on, done_count], done);
  });
}

test("notes and workouts from the feed", () => {
  let confirmed = withEntries();
  for (const { since, revision, notes, workouts, gone, kept } of entries.reads) {
    const page = { notes: notes.map((row) => ({ ...row, revision })), workouts, gone };
    const pages = [JSON.stringify(page)];
    confirmed = confirmed.with({ since, revision, etag: "", format: FORMAT, pages });
    const { rows } = confirmed;
    const ids = (list) => idsOf(list).sort((a, b) => a - b);
    assert.deepEqual({ notes: ids(rows.notes), workouts: ids(rows.workouts) }, kept);
  }
});
