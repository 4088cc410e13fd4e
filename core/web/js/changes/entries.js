/** What notes and workouts have in common: they are added, changed and deleted, by drawn ids. */

import { Refused } from "../api.js";

/** @typedef {import("./outbox.js").Change} Change */

const NOT_FOUND = 404;

/**
 * Send it to the service, which takes the same entry twice and stores it once.
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

/** @param {unknown} error of a deletion: another device was first */
function forgiveMissing(error) {
  if (!(error instanceof Refused && error.status === NOT_FOUND)) throw error;
}

/**
 * The rows with the change. A row that Core has confirmed stays as it is when it is added again.
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
