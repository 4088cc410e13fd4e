/** A saved search: added, changed or deleted. */

import { oldestFirst } from "../searches/searches.js";
import { drawId } from "../training/ids.js";
import { changeRows, sendEntry } from "./entries.js";

/** @typedef {import("./outbox.js").Change} Change */
/** @typedef {import("../searches/searches.js").Search} Search */

/** @type {import("./changes.js").Kind} */
export const search = {
  send: (api, change) => sendEntry(api, change, "/searches"),
  after: (library, change) =>
    library.withSearches(changeRows(library.searches, change, oldestFirst)),
  label: ({ body, row }) => body?.name ?? row.name,
  tags: () => [],
};

/** @param {string} name @param {string} query @returns {Change} */
export function savingSearch(name, query) {
  return savingAgain({ id: drawId(), name, query, revision: 0 });
}

/** Add a deleted search again. @param {Search} row @returns {Change} */
export function savingAgain(row) {
  const { id, name, query } = row;
  return { kind: "search", action: "add", id, body: { id, name, query }, row };
}

/**
 * Change its name or its filters.
 * @param {Search} row before the change
 * @param {{name?: string, query?: string}} body
 * @returns {Change}
 */
export function changingSearch(row, body) {
  return { kind: "search", action: "change", id: row.id, body, row };
}

/** @param {Search} row @returns {Change} */
export function deletingSearch(row) {
  return { kind: "search", action: "delete", id: row.id, row };
}
