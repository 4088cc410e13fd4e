/** The videos in the trash, and their days left. Pure. */

import { kindOf } from "../changes/changes.js";
import { byId } from "../sync/rows.js";
import { compare } from "../text.js";
import { readVideo } from "./video.js";

/** @typedef {import("./video.js").Video} Video */
/** @typedef {{video: Video, deleted_at: string | null}} Trashed `null`: not synced yet */

/** How long Core keeps deleted videos. */
export const TRASH_DAYS = 30;
const DAY_MS = 86_400_000;

/** @param {any} given @returns {Trashed} */
export function readTrashed(given) {
  return { video: readVideo(given), deleted_at: given.deleted_at };
}

/**
 * The trash with unsent deletions, the last deleted first. Videos that are in the library, or that
 * an unsent change restores, are left out.
 * @param {readonly Trashed[]} known
 * @param {readonly import("../changes/outbox.js").Change[]} waiting
 * @param {import("./library_state.js").LibraryState} library
 */
export function trashOf(known, waiting, library) {
  const found = new Map(known.map((one) => [one.video.id, one]));
  for (const change of waiting) {
    if (!kindOf(change).deletes?.(change)) continue;
    for (const video of (change.videos ?? []).map(readVideo))
      found.set(video.id, { video, deleted_at: null });
  }
  const there = byId(library.videos);
  return [...found.values()]
    .filter(({ video }) => !there.has(video.id))
    .sort((a, b) => compare(moment(b), moment(a)) || b.video.id - a.video.id);
}

/** @param {Trashed} trashed an unsent deletion is later than any time */
function moment({ deleted_at }) {
  return deleted_at ?? "~";
}

/**
 * How many days are left, rounded; 0 for the last hours.
 * @param {string} deleted_at
 * @param {number} now
 */
export function daysLeft(deleted_at, now) {
  const left = Date.parse(deleted_at) + TRASH_DAYS * DAY_MS - now;
  return Math.min(Math.max(Math.round(left / DAY_MS), 0), TRASH_DAYS);
}
