/** Notes, workouts and saved searches: they are added, changed and deleted by ids from the page. */

import { Refused } from "../api.js";

/** @typedef {import("./outbox.js").Change} Change */

const NOT_FOUND = 404;

/**
 * Send the change. It is idempotent: an entry that is sent twice is stored once.
 * @param {import("./changes.js").Api} api
 * @param {Change} change
 * @param {string} path of all of them
 */
export async function sendEntry(api, { action, id, body }, path) {
  if (action === "add") await api.ask("POST", path, { body });
  else if (action === "change") await api.ask("PATCH", `${path}/${id}`, { body });
  else await api.ask("DELETE", `${path}/${id}`).catch(forgiveMissing);
  return { video: null };
}

/** @param {unknown} error of a deletion; 404: another device was first */
function forgiveMissing(error) {
  if (!(error instanceof Refused && error.status === NOT_FOUND)) throw error;
}

/**
 * Apply the change to the rows. Adding a row that Core has confirmed already changes nothing.
 * @template {{id: number}} T
 * @param {readonly T[]} rows in order
 * @param {Change} change
 * @param {(a: T, b: T) => number} order
 * @returns {readonly T[]}
 */
export function changeRows(rows, { action, id, body, row }, order) {
  const old = rows.find((one) => one.id === id);
  if (action === "add") return old ? rows : [...rows, row].sort(order);
  if (!old) return rows;
  const others = rows.filter((one) => one !== old);
  return action === "delete" ? others : [...others, { ...old, ...body }].sort(order);
}
