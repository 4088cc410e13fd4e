/** A note on a video: added, changed or deleted. */

import { t } from "../i18n.js";
import { inOrder } from "../training/entries.js";
import { drawId } from "../training/ids.js";
import { changeRows, sendEntry } from "./entries.js";

/** @typedef {import("./outbox.js").Change} Change */
/** @typedef {import("../training/entries.js").Note} Note */
/** @typedef {Partial<Pick<Note, "at_s" | "end_s" | "text">>} Fields */

/** @type {import("./changes.js").Kind} */
export const note = {
  send: (api, change) => sendEntry(api, change, `/videos/${change.row.video_id}/notes`),
  after: (library, change) => library.withNotes(changeRows(library.notes, change, inOrder)),
  label: ({ body, row }) => body?.text || row.text || t("note"),
  tags: () => [],
};

/** @param {number} video_id @param {Required<Fields>} fields @returns {Change} */
export function noting(video_id, fields) {
  return notingAgain({ ...fields, id: drawId(), video_id, revision: 0 });
}

/** Add a deleted note again. @param {Note} row @returns {Change} */
export function notingAgain(row) {
  const { id, at_s, end_s, text } = row;
  return { kind: "note", action: "add", id, body: { id, at_s, end_s, text }, row };
}

/** @param {Note} row before the change @param {Fields} body @returns {Change} */
export function renoting(row, body) {
  return { kind: "note", action: "change", id: row.id, body, row };
}

/** @param {Note} row @returns {Change} */
export function unnoting(row) {
  return { kind: "note", action: "delete", id: row.id, row };
}
