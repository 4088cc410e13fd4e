/**
 * What the change feed brings, by noun. A new noun needs its line here.
 *
 * A browser keeps the feed's own texts. So a new field of a row is missing in what is kept: raise
 * `FORMAT` with it, and the page reads everything again.
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

export const FORMAT = 4;

export const NOUNS = {
  /** `read` makes a row of JSON, `write` the JSON of a row; `of` names the noun that it goes with. */
  videos: { read: readVideo, write: plain, order: newestFirst },
  notes: { read: readNote, write: readNote, order: inOrder, of: "videos", by: "video_id" },
  workouts: { read: readWorkout, write: readWorkout, order: newestDayFirst },
  searches: { read: readSearch, write: readSearch, order: oldestFirst },
};
