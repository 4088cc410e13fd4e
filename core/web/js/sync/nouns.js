/**
 * The nouns of the change feed. A new noun needs its line here.
 *
 * Browsers store the feed's JSON, in which a new field of a row is missing. Raise `FORMAT` with the
 * field, so that pages read everything again.
 */

import { oldestFirst, readSearch } from "../searches/searches.js";
import { inOrder, newestDayFirst, readNote, readWorkout } from "../training/entries.js";
import { newestFirst, plain, readVideo } from "../videos/video.js";

/** @typedef {import("../training/entries.js").Note} Note */
/** @typedef {import("../training/entries.js").Workout} Workout */
/** @typedef {import("../videos/video.js").Video} Video */
/** @typedef {import("../searches/searches.js").Search} Search */
/** @typedef {{videos: readonly Video[], notes: readonly Note[], workouts: readonly Workout[],
 *   searches: readonly Search[]}} Rows by noun, in order */

export const FORMAT = 5;

export const NOUNS = {
  /** `read` parses JSON to a row, `write` does the reverse; `of` names the noun it is deleted with. */
  videos: { read: readVideo, write: plain, order: newestFirst },
  notes: { read: readNote, write: readNote, order: inOrder, of: "videos", by: "video_id" },
  workouts: { read: readWorkout, write: readWorkout, order: newestDayFirst },
  searches: { read: readSearch, write: readSearch, order: oldestFirst },
};
