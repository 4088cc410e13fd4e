/**
 * The kinds of change, one file each: how it is sent, what it does to the library, and what it is
 * called. A new kind needs its file and its line in `KINDS`.
 *
 * A change is drawn over what Core has confirmed, so a refused one needs no rollback. It holds the
 * previous state of its videos, to show them while it waits.
 */

import { batch } from "./batch.js";
import { note } from "./note.js";
import { save } from "./save.js";
import { search } from "./search.js";
import { tag } from "./tag.js";
import { times } from "./times.js";
import { title } from "./title.js";
import { workout } from "./workout.js";

/** @typedef {import("./outbox.js").Change} Change */
/** @typedef {import("./outbox.js").Done} Done */
/** @typedef {import("../videos/library_state.js").LibraryState} LibraryState */
/** @typedef {Pick<import("../api.js").ApiService, "ask">} Api */

/**
 * What the page does with a kind of change. Browsers store changes with the names of their kinds.
 *
 * @typedef {object} Kind
 * @property {(api: Api, change: Change) => Promise<Done>} send may run again after a lost
 *   response
 * @property {(library: LibraryState, change: Change) => LibraryState} after the library with the
 *   change applied
 * @property {(change: Change) => string} label what the change is about, for messages
 * @property {(change: Change) => readonly string[]} tags the tags that it adds or removes
 * @property {(change: Change) => boolean} [deletes] whether its videos go to the trash
 * @property {boolean} [isNew] it makes a video: it is drawn once it has to wait, and the save sheet
 *   opens it again when Core refuses it
 */

/** @type {Record<string, Kind>} */
const KINDS = { save, tag, title, times, batch, note, workout, search };

/** @param {Change} change */
export function kindOf({ kind }) {
  return KINDS[kind];
}

/** @param {LibraryState} library @param {Change} change */
export function after(library, change) {
  return kindOf(change).after(library, change);
}

/** @param {Change} change */
export function tagsOf(change) {
  return kindOf(change).tags(change);
}
