/** An entry of the log: added, changed or deleted. */

import { newestDayFirst } from "../training/entries.js";
import { drawId } from "../training/ids.js";
import { nameOf, plain } from "../videos/video.js";
import { changeRows, sendEntry } from "./entries.js";

/** @typedef {import("./outbox.js").Change} Change */
/** @typedef {import("../training/entries.js").Workout} Workout */
/** @typedef {import("../videos/video.js").Video} Video */
/** @typedef {Partial<Pick<Workout, "day" | "minutes" | "effort" | "comment">>} Fields */

/** @type {import("./changes.js").Kind} */
export const workout = {
  send: (api, change) => sendEntry(api, change, "/workouts"),
  after: (library, change) =>
    library.withLog(
      changeRows(library.workouts, change, newestDayFirst),
      /** @type {Workout} */ (change.row).video_key,
    ),
  label: ({ row }) => [nameOf(row), row.day].join(" · "),
  tags: () => [],
};

/**
 * @param {Video} video
 * @param {string} day
 * @param {number | null} minutes
 * @returns {Change}
 */
export function logging(video, day, minutes) {
  const id = drawId();
  const body = { id, video_id: video.id, day, minutes, effort: null, comment: null };
  return { ...adding(video, body), videos: [plain(video)] };
}

/**
 * Add a deleted entry again; this needs its video.
 * @param {Video} video
 * @param {Workout} entry
 * @returns {Change}
 */
export function loggingAgain(video, { id, day, minutes, effort, comment }) {
  return adding(video, { id, video_id: video.id, day, minutes, effort, comment });
}

/** @param {Video} video @param {any} body @returns {Change} */
function adding({ video_key, title }, body) {
  const { video_id, ...fields } = body;
  const row = { ...fields, video_key, title, revision: 0 };
  return { kind: "workout", action: "add", id: body.id, body, row };
}

/** @param {Workout} row before the change @param {Fields} body @returns {Change} */
export function relogging(row, body) {
  return { kind: "workout", action: "change", id: row.id, body, row };
}

/** @param {Workout} row @returns {Change} */
export function unlogging(row) {
  return { kind: "workout", action: "delete", id: row.id, row };
}
