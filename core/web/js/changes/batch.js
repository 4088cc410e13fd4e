/** One action on many videos: tag, untag, delete or restore. */

import { Refused } from "../api.js";
import { plain, readVideo } from "../videos/video.js";
import { nameOfAll, retag } from "./edits.js";

/** @typedef {import("./outbox.js").Change} Change */
/** @typedef {import("../videos/video.js").Video} Video */
/** @typedef {"tag" | "untag" | "delete" | "restore"} Action */

/** The most ids in one `POST /videos/batch`. */
const MAX_IDS = 1000;

/** @type {Record<Action, import("./changes.js").Kind["after"]>} */
const ACTIONS = {
  tag: (library, { body, videos = [] }) => retag(library, videos, body.tags, []),
  untag: (library, { body, videos = [] }) => retag(library, videos, [], body.tags),
  delete: (library, { videos = [] }) => library.without(...videos.map((video) => video.id)),
  restore: (library, { videos = [] }) => library.with(...videos.map(readVideo)),
};

/** @type {import("./changes.js").Kind} */
export const batch = {
  send,
  after: (library, change) => ACTIONS[/** @type {Action} */ (change.body.action)](library, change),
  label: (change) => [...batch.tags(change), nameOfAll(change.videos)].join(" · "),
  tags: ({ body }) => body.tags ?? [],
  deletes: ({ body }) => body.action === "delete",
};

/**
 * @param {Action} action
 * @param {readonly Video[]} videos
 * @param {string[]} [tags]
 * @returns {Change}
 */
export function changing(action, videos, tags) {
  const body = tags ? { action, tags } : { action };
  return { kind: "batch", body, videos: videos.map(plain) };
}

/**
 * Send the batch in parts. Videos that no longer exist are no error, except in a restore.
 * @param {import("./changes.js").Api} api
 * @param {Change} change
 */
async function send(api, change) {
  const missing = [];
  for (const ids of partsOf(change)) {
    const answer = await api.ask("POST", "/videos/batch", { body: { ...change.body, ids } });
    missing.push(...(await answer.json()).missing);
  }
  if (change.body.action === "restore" && missing.length) {
    throw new Refused("not-found", "", 404, "");
  }
  return { video: null };
}

/**
 * The ids of a change, in parts that Core accepts.
 * @param {Change} change
 * @param {number} [most]
 * @returns {number[][]}
 */
export function partsOf({ videos = [] }, most = MAX_IDS) {
  const ids = videos.map((video) => video.id);
  return Array.from({ length: Math.ceil(ids.length / most) }, (_, at) =>
    ids.slice(at * most, (at + 1) * most),
  );
}
