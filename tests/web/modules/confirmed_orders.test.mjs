/** Random tabs against a model of Core: reads may be reordered, repeated or lost. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Confirmed } from "../../../core/web/js/sync/confirmed.js";
import { FORMAT } from "../../../core/web/js/sync/nouns.js";

const RUNS = 200;
const STEPS = 300;
const IDS = 12;

/** A random generator with a seed. @param {number} seed */
function random(seed) {
  let state = seed * 7919;
  const next = () => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
  return { below: (end) => Math.floor(next() * end), isIn100: (percent) => next() * 100 < percent };
}

const made = (id, revision) => ({
  id,
  title: `At ${revision}`,
  url: "",
  tags: "",
  created_at: `2026-01-03T10:00:${String(id).padStart(2, "0")}.000Z`,
  revision,
});
const answered = (since, revision, pages) => ({ since, revision, etag: "", format: FORMAT, pages });
const shown = (rows) => rows.map(({ id, title }) => `${id} ${title}`).sort();

/** A model of a library in Core, and its feed. */
class Core {
  revision = 0;
  live = new Map();
  trash = new Map();
  /** The tombstones of purged videos: id and last revision. */
  deletions = [];

  /** Change one video: save, edit, trash, restore or purge it; a purged id may be saved again. */
  change(id, kind) {
    const revision = ++this.revision;
    const trashedAt = this.trash.get(id);
    this.trash.delete(id);
    if (this.live.delete(id) && kind > 2) this.trash.set(id, revision);
    else if (trashedAt && kind > 1) this.deletions.push([id, trashedAt]);
    else this.live.set(id, made(id, revision));
    return this.live.get(id);
  }

  /** Read page after page; the caller may apply other changes at each `yield`. */
  *read(since, limit) {
    const token = this.revision;
    const gone = [...this.trash, ...this.deletions].filter((one) => since && one[1] > since);
    const pages = [];
    for (let after = since; ; ) {
      const rows = [...this.live.values()].filter((row) => row.revision > after);
      rows.sort((a, b) => a.revision - b.revision);
      const videos = rows.slice(0, limit);
      const ids = pages.length ? [] : gone.map(([id]) => id);
      pages.push(JSON.stringify({ videos, gone: { videos: ids } }));
      if (videos.length === rows.length) return answered(since, token, pages);
      after = videos[limit - 1].revision;
      yield;
    }
  }
}

/** @param {Iterator<void, any>} reading */
function readAll(reading) {
  let one = reading.next();
  while (!one.done) one = reading.next();
  return one.value;
}

/** Three tabs; one reads at a time, and its reads reach the others late, twice or never. */
function simulate(seed) {
  const { below, isIn100 } = random(seed);
  const core = new Core();
  const tabs = [new Confirmed(), new Confirmed(), new Confirmed()];
  /** @type {any[]} in the browser's storage */
  let kept = [];
  const late = [];
  const tell = (read, reader) => {
    if (read.since === 0) kept = [];
    if (!isIn100(10)) kept = [...kept, read].sort((a, b) => a.revision - b.revision);
    for (const tab of [0, 1, 2]) if (tab !== reader && !isIn100(5)) late.push([tab, read]);
  };
  let reader = 0;
  let reading;
  const moves = [
    () => core.change(below(IDS), below(5)),
    () => {
      const row = core.change(below(IDS), below(5));
      if (row) tell(answered(null, row.revision, [JSON.stringify({ videos: [row] })]), null);
    },
    () => {
      if (!reading) reader = below(3);
      reading ??= core.read(tabs[reader].revision, 1 + below(4));
      const { value, done } = reading.next();
      if (!done) return;
      tabs[reader] = tabs[reader].with(value);
      tell(value, reader);
      reading = undefined;
    },
    () => {
      const [[tab, read]] = late.length ? late.splice(below(late.length), 1) : [[]];
      if (read) tabs[tab] = tabs[tab].with(read);
      if (read && isIn100(30)) late.push([tab, read]);
    },
    () => {
      const opened = below(3);
      if ((reading && reader === opened) || isIn100(80)) return;
      tabs[opened] = Confirmed.from(kept);
      if (tabs[opened].revision && isIn100(50)) kept = [tabs[opened].packed()];
    },
  ];
  for (let step = 0; step < STEPS; step += 1) moves[below(moves.length)]();
  for (const [tab, read] of late) tabs[tab] = tabs[tab].with(read);
  for (const tab of [...tabs, Confirmed.from(kept)]) {
    const { rows } = tab.with(readAll(core.read(tab.revision, 3)));
    assert.deepEqual(shown(rows.videos), shown([...core.live.values()]), `seed ${seed}`);
  }
}

test("after any order, repetition and loss of reads all tabs end with Core's library", () => {
  for (let seed = 1; seed <= RUNS; seed += 1) simulate(seed);
});
