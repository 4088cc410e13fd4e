/**
 * What a change does to the library, before Core knows of it. Pure.
 *
 * A change holds its videos as they were: to be put back, and to be shown while they wait.
 */

import { tagKey } from "./text.js";
import { plain, readVideo } from "./videos.js";

/** @typedef {import("./outbox.js").Change} Change */
/** @typedef {import("./state.js").LibraryState} LibraryState */
/** @typedef {import("./videos.js").Video} Video */
/** @typedef {"tag" | "untag" | "delete" | "restore"} Action */

/** What `POST /videos/batch` takes at once. */
const MOST_IDS = 1000;
/** How many tags a video may have. */
const MOST_TAGS = 50;

/**
 * Do one thing to many videos.
 * @param {Action} action
 * @param {readonly Video[]} videos
 * @param {string[]} [tags]
 * @returns {Change}
 */
export function batch(action, videos, tags) {
  const body = tags ? { action, tags } : { action };
  return { kind: "batch", body, videos: videos.map(plain) };
}

/**
 * The ids of a change, in parts that Core takes.
 * @param {Change} change
 * @param {number} [most]
 * @returns {number[][]}
 */
export function partsOf({ videos = [] }, most = MOST_IDS) {
  const ids = videos.map((video) => video.id);
  return Array.from({ length: Math.ceil(ids.length / most) }, (_, at) =>
    ids.slice(at * most, (at + 1) * most),
  );
}

/**
 * The tags that a change puts on its videos, or takes off them.
 * @param {any} body
 * @returns {string[]}
 */
export function tagsOf({ tags = [], add_tags = [], remove_tags = [] }) {
  return [...tags, ...add_tags, ...remove_tags];
}

/**
 * @param {LibraryState} library
 * @param {Change} change
 */
export function after(library, { kind, body, videos = [] }) {
  if (kind === "save") return library;
  if (body.action === "delete") return library.without(...videos.map((video) => video.id));
  if (body.action === "restore") return library.with(...videos.map(readVideo));
  if (kind === "title") return library.with(...still(library, videos).map(entitled(body.title)));
  const add = body.add_tags ?? (body.action === "tag" ? body.tags : []);
  const remove = body.remove_tags ?? (body.action === "untag" ? body.tags : []);
  const spelled = add.map((/** @type {string} */ name) => library.spelling(name));
  return library.with(...still(library, videos).map((video) => retag(video, spelled, remove)));
}

/**
 * A video that can't have these tags as well.
 * @param {readonly Video[]} videos
 * @param {readonly string[]} tags
 */
export function overfull(videos, tags) {
  const keys = tags.map(tagKey);
  return videos.find((video) => new Set([...video.keys, ...keys]).size > MOST_TAGS);
}

/**
 * The library as it was before a change that Core refused.
 * @param {LibraryState} library
 * @param {Change} change
 */
export function before(library, { body, videos = [] }) {
  if (body.action === "restore") return library.without(...videos.map((video) => video.id));
  const old = videos.map(readVideo);
  if (body.action === "delete") return library.with(...old);
  const there = new Set(still(library, old).map((video) => video.id));
  return library.with(...old.filter((video) => there.has(video.id)));
}

/**
 * What is there of these videos, as it is now.
 * @param {LibraryState} library
 * @param {readonly {id: number}[]} videos
 */
function still(library, videos) {
  return videos.flatMap(({ id }) => library.find(id) ?? []);
}

/** @param {string | null} title */
function entitled(title) {
  return (/** @type {Video} */ video) => readVideo({ ...plain(video), title });
}

/**
 * @param {Video} video
 * @param {readonly string[]} add
 * @param {readonly string[]} remove
 */
function retag(video, add, remove) {
  const gone = new Set(remove.map(tagKey));
  const kept = video.tags.filter((name) => !gone.has(tagKey(name)));
  return readVideo({ ...plain(video), tags: [...kept, ...add].join(",") });
}
