/** Which video to train with: short enough, not done lately, and longest ago first. Pure. */

import { daysBefore } from "./days.js";
import { later } from "./entries.js";

/** @typedef {import("../videos/video.js").Video} Video */

/** The minutes and days that filters offer. */
export const MINUTES = /** @type {const} */ ([10, 20, 30, 45, 60]);
export const RESTS = /** @type {const} */ ([1, 3, 7, 14, 30]);
/** @type {WeakMap<readonly Video[], Map<string, string | null>>} */
const byTag = new WeakMap();
/** These can't be played anywhere. */
const LOST = new Set(["private", "gone"]);

/**
 * Whether a video takes at most `max` minutes and was not done in the last `rest` days; 0: any. Today
 * is one of these days.
 * @param {{max: number, rest: number}} limits
 * @param {string} today
 * @returns {(video: Video) => boolean}
 */
export function fits({ max, rest }, today) {
  const since = rest ? daysBefore(today, rest - 1) : "";
  return ({ minutes, done_on }) =>
    (!max || (minutes != null && minutes <= max)) && (!rest || !done_on || done_on < since);
}

/** Never done first, then longest ago; a stable sort. @param {readonly Video[]} videos */
export function longestAgoFirst(videos) {
  /** @type {Map<string, Video[]>} */
  const days = new Map();
  for (const video of videos) {
    const day = video.done_on ?? "";
    const same = days.get(day);
    if (same) same.push(video);
    else days.set(day, [video]);
  }
  return [...days.keys()].sort().flatMap((day) => days.get(day) ?? []);
}

/** What to suggest, the best first. @param {readonly Video[]} videos */
export function dueOf(videos) {
  return longestAgoFirst(videos.filter(({ availability }) => !LOST.has(availability)));
}

/** The last day of a workout for each tag key of these videos. @param {readonly Video[]} videos */
export function doneByTag(videos) {
  const known = byTag.get(videos);
  if (known) return known;
  /** @type {Map<string, string | null>} */
  const days = new Map();
  for (const { keys, done_on } of videos)
    if (done_on) for (const key of keys) days.set(key, later(days.get(key) ?? null, done_on));
  byTag.set(videos, days);
  return days;
}

/**
 * The minutes of a workout: the played ones, or those of the video if less than one minute was
 * played.
 * @param {number} played_s
 * @param {Video} video
 */
export function minutesDone(played_s, { minutes }) {
  return played_s >= 60 ? Math.round(played_s / 60) : (minutes ?? null);
}
