/** The orders in which the library is shown. Pure. */

import { compare } from "../text.js";
import { longestAgoFirst } from "../training/due.js";

/** @typedef {import("./video.js").Video} Video */
/** The storage key of the order that the user chose last. */
export const SORT = "core-sort";
export const SORTS = /** @type {const} */ (["newest", "oldest", "title", "due"]);

/** @typedef {typeof SORTS[number]} Sort */

/** @param {readonly Video[]} videos newest first @param {Sort} sort */
export function sorted(videos, sort) {
  if (sort === "due") return longestAgoFirst(videos);
  if (sort === "title") return byTitle(videos);
  return sort === "oldest" ? [...videos].sort(oldestFirst) : videos;
}

/** @param {Video} a @param {Video} b */
function oldestFirst(a, b) {
  return compare(a.created_at, b.created_at) || a.id - b.id;
}

/** Those without a title come last. @param {readonly Video[]} videos */
function byTitle(videos) {
  const keyed = videos.map((video) => ({ video, none: !video.title, key: foldedTitle(video) }));
  keyed.sort(
    (a, b) => Number(a.none) - Number(b.none) || compare(a.key, b.key) || b.video.id - a.video.id,
  );
  return keyed.map(({ video }) => video);
}

/** Already folded: folding ten thousand titles again takes long. @param {Video} video */
function foldedTitle({ sought }) {
  return sought.slice(0, sought.indexOf("\n"));
}
