/** Notes and workouts: how they are read, sorted and counted. Pure. */

import { compare, fold } from "../text.js";

/** @typedef {import("../videos/video.js").Video} Video */
/**
 * A note on a video. `at_s`: its time, null for the whole video; `end_s`: the end of a segment.
 * @typedef {{id: number, video_id: number, at_s: number | null, end_s: number | null, text: string,
 *   revision: number}} Note
 */
/** @typedef {"easy" | "right" | "hard"} Effort */
/**
 * One entry of the log. It names its video by `video_key`, and outlives it.
 * @typedef {{id: number, video_key: string, title: string | null, day: string,
 *   minutes: number | null, effort: Effort | null, comment: string | null,
 *   revision: number}} Workout
 */

export const EFFORTS = /** @type {const} */ (["easy", "right", "hard"]);
export const MAX_NOTES = 100;
export const MAX_MINUTES = 1440;

/** @type {WeakMap<readonly Note[], Map<number, Note[]>>} */
const byVideo = new WeakMap();
/** @type {WeakMap<readonly Note[], Map<number, string>>} */
const texts = new WeakMap();

/** @param {any} given @returns {Note} */
export function readNote({ id, video_id, at_s, end_s, text, revision = 0 }) {
  return { id, video_id, at_s, end_s, text, revision };
}

/** @param {any} given @returns {Workout} */
export function readWorkout(given) {
  const { id, video_key, title, day, minutes, effort, comment, revision = 0 } = given;
  return { id, video_key, title, day, minutes, effort, comment, revision };
}

/** Notes on the whole video come first, then by time. @param {Note} a @param {Note} b */
export function inOrder(a, b) {
  return (a.at_s ?? -1) - (b.at_s ?? -1) || a.id - b.id;
}

/** @param {Workout} a @param {Workout} b */
export function newestDayFirst(a, b) {
  return compare(b.day, a.day) || b.id - a.id;
}

/** The notes of one video, in order. @param {readonly Note[]} notes @param {number} id */
export function notesOf(notes, id) {
  return grouped(notes).get(id) ?? [];
}

/** @param {readonly Note[]} notes */
function grouped(notes) {
  const known = byVideo.get(notes);
  if (known) return known;
  /** @type {Map<number, Note[]>} */
  const groups = new Map();
  for (const note of notes) {
    const group = groups.get(note.video_id);
    if (group) group.push(note);
    else groups.set(note.video_id, [note]);
  }
  byVideo.set(notes, groups);
  return groups;
}

/** The searchable text of the notes of each video. @param {readonly Note[]} notes */
export function soughtNotes(notes) {
  const known = texts.get(notes);
  if (known) return known;
  const sought = new Map();
  for (const [id, group] of grouped(notes))
    sought.set(id, fold(group.map(({ text }) => text).join("\n")));
  texts.set(notes, sought);
  return sought;
}

/** The last day and the number of a video's workouts. @param {readonly Workout[]} log @param {string} key */
export function doneIn(log, key) {
  const days = log.filter((one) => one.video_key === key).map(({ day }) => day);
  return { done_on: days.reduce(later, null), done_count: days.length };
}

/** @param {string | null} day @param {string | null | undefined} other */
export function later(day, other) {
  return (other ?? "") > (day ?? "") ? (other ?? null) : day;
}

/** The log grouped by day, in its order. @param {readonly Workout[]} log @returns {[string, Workout[]][]} */
export function byDay(log) {
  /** @type {[string, Workout[]][]} */
  const days = [];
  for (const one of log) {
    const last = days.at(-1);
    if (last?.[0] === one.day) last[1].push(one);
    else days.push([one.day, [one]]);
  }
  return days;
}
