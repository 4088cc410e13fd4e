/** The tags that can filter the library, and the number of videos of each. Pure. */

import { compare, nameKey, tagKey } from "../text.js";
import { doneByTag } from "../training/due.js";

/** @typedef {import("./library_state.js").LibraryState} LibraryState */
/** @typedef {import("./video.js").Video} Video */
/** @typedef {{name: string, videos: number, chosen: boolean,
 *   excluded?: boolean, done_on?: string | null}} Chip */

const MAX_CHIPS = 60;

/** The library that was counted last. @type {{videos: readonly Video[], counts: ReturnType<typeof count>}} */
let last = { videos: [], counts: new Map() };

/**
 * The chosen and the excluded tags, then other tags of the shown videos, most frequent first.
 * @param {LibraryState} library
 * @returns {Chip[]}
 */
export function chipsOf(library) {
  const wide = library.any ? library.looking({ chosen: [], any: false }) : library;
  const counts = wide.filtered ? count(wide.shown) : library.counts;
  const keys = new Set(library.chosen.map(tagKey));
  const chosen = library.chosen.map((name) => chip(name, counts.get(tagKey(name)), true));
  const excluded = library.excluded.map((name) => ({
    ...chip(name, undefined, true),
    excluded: true,
  }));
  const others = [...counts]
    .filter(([key]) => !keys.has(key))
    .map(([, one]) => chip(one.name, one, false))
    .sort((a, b) => b.videos - a.videos || compare(nameKey(a.name), nameKey(b.name)));
  const chips = [...chosen, ...excluded, ...others.slice(0, MAX_CHIPS)];
  if (!library.trains) return chips;
  const days = doneByTag(library.videos); // includes hidden videos, since they were done too
  return chips.map((one) => ({ ...one, done_on: days.get(tagKey(one.name)) ?? null }));
}

/** @param {string} name @param {{videos: number} | undefined} counted @param {boolean} chosen */
function chip(name, counted, chosen) {
  return { name, videos: counted?.videos ?? 0, chosen };
}

/**
 * Count the videos of each tag, cached until tags change.
 * @param {readonly Video[]} videos
 */
export function countAll(videos) {
  const same =
    videos === last.videos ||
    (videos.length === last.videos.length &&
      videos.every((video, at) => hasTagsOf(video, last.videos[at])));
  last = { videos, counts: same ? last.counts : count(videos) };
  return last.counts;
}

/** @param {Video} a @param {Video} b */
function hasTagsOf(a, b) {
  return a === b || a.keys === b.keys || a.tags.join() === b.tags.join();
}

/**
 * Count the videos of each tag, by its key.
 * @param {readonly Video[]} videos
 */
export function count(videos) {
  /** @type {Map<string, {name: string, videos: number}>} */
  const counts = new Map();
  for (const { keys, tags } of videos) {
    let at = 0;
    for (const key of keys) {
      const one = counts.get(key);
      if (one) one.videos += 1;
      else counts.set(key, { name: tags[at], videos: 1 });
      at += 1;
    }
  }
  return counts;
}
