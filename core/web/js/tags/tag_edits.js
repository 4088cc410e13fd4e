/** A tag under another name, or gone, on every video that carries it. Pure. */

import { compare, fold, tagKey } from "./text.js";
import { plain, readVideo } from "./videos.js";

/** @typedef {import("./state.js").LibraryState} LibraryState */

/**
 * The library with a tag named otherwise; onto another tag it merges, as in Core: a video keeps
 * it once, at the first of the two places.
 * @param {LibraryState} library
 * @param {string} name
 * @param {string | null} to as Core spells it; null takes the tag away
 */
export function renamed(library, name, to) {
  const [old, target] = [tagKey(name), tagKey(to ?? name)];
  const rename = (/** @type {readonly string[]} */ names) =>
    names.flatMap((one) => ([old, target].includes(tagKey(one)) ? (to ?? []) : one));
  const videos = library.videos.map((video) =>
    video.keys.has(old) || video.keys.has(target)
      ? readVideo({ ...plain(video), tags: rename(video.tags).join(",") })
      : video,
  );
  return library.looking({ chosen: [...new Set(rename(library.chosen))] }).withVideos(videos);
}

/**
 * How many videos carry one of these tags, or both.
 * @param {LibraryState} library
 * @param {readonly string[]} names
 */
export function carrying({ videos }, ...names) {
  const keys = names.map(tagKey);
  return videos.filter((video) => keys.some((key) => video.keys.has(key))).length;
}

/**
 * The tags by name, with how many videos carry each; only those that hold the text.
 * @param {LibraryState} library
 * @param {string} text
 */
export function tagsByName({ counts }, text = "") {
  const wanted = fold(text.trim());
  return [...counts.values()]
    .map((one) => ({ ...one, folded: fold(one.name) }))
    .filter(({ folded }) => folded.includes(wanted))
    .sort((a, b) => compare(a.folded, b.folded));
}

/**
 * Where Core has a tag. A browser takes `/tags/..` for `/`; wide dots are the same tag.
 * @param {string} name
 */
export function tagPath(name) {
  const safe = /^\.{1,2}$/.test(name) ? name.replaceAll(".", "．") : name;
  return `/tags/${encodeURIComponent(safe)}`;
}
