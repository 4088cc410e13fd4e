/** What the kinds of change have in common. */

import { readRow } from "../api.js";
import { t } from "../i18n.js";
import { byId } from "../sync/rows.js";
import { tagKey } from "../text.js";
import { nameOf, plain, readVideo } from "../videos/video.js";

/** @typedef {import("./outbox.js").Change} Change */
/** @typedef {import("../videos/library_state.js").LibraryState} LibraryState */
/** @typedef {import("../videos/video.js").Video} Video */

/** @typedef {{add_tags?: string[], remove_tags?: string[]}} Tagging */
/** @typedef {{videos: readonly Video[], change: Tagging}} Part */

/** The most tags that a video may have. */
const MAX_TAGS = 50;

/** @param {import("./changes.js").Api} api @param {Change} change of one video */
export async function sendToOne(api, { id, body }) {
  const answer = await api.ask("PATCH", `/videos/${id}`, { body });
  return { video: readVideo(await readRow(answer)) };
}

/**
 * The videos among these that the library has, in their current state.
 * @param {LibraryState} library
 * @param {readonly {id: number}[]} videos
 */
export function present(library, videos) {
  if (videos.length === 1) return videos.flatMap(({ id }) => library.find(id) ?? []);
  const there = byId(library.videos);
  return videos.flatMap(({ id }) => there.get(id) ?? []);
}

/**
 * Add and remove tags. A tag keeps the spelling that the library has for it.
 * @param {LibraryState} library
 * @param {readonly {id: number}[]} videos
 * @param {readonly string[]} add
 * @param {readonly string[]} remove
 */
export function retag(library, videos, add, remove) {
  const gone = new Set(remove.map(tagKey));
  const added = add.map((name) => library.spelling(name));
  const changed = present(library, videos).map((video) => {
    const kept = video.tags.filter((name) => !gone.has(tagKey(name)));
    return readVideo({ ...plain(video), tags: [...kept, ...added].join(",") });
  });
  return library.with(...changed);
}

/**
 * A video for which these tags would exceed the limit.
 * @param {readonly Video[]} videos
 * @param {readonly string[]} tags
 */
export function overfull(videos, tags) {
  const keys = tags.map(tagKey);
  return videos.find((video) => new Set([...video.keys, ...keys]).size > MAX_TAGS);
}

/**
 * The inverse of a tag change; it touches only videos that the change alters.
 * @param {readonly Video[]} videos before the change
 * @param {Tagging} change
 * @returns {Part[]}
 */
export function backOf(videos, { add_tags = [], remove_tags = [] }) {
  const having = (/** @type {string} */ name, /** @type {boolean} */ has) =>
    videos.filter(({ keys }) => keys.has(tagKey(name)) === has);
  return [
    ...add_tags.map((name) => ({ videos: having(name, false), change: { remove_tags: [name] } })),
    ...remove_tags.map((name) => ({ videos: having(name, true), change: { add_tags: [name] } })),
  ].filter((part) => part.videos.length);
}

/**
 * Whether there is still something to undo.
 * @param {LibraryState} library
 * @param {readonly Part[]} back
 */
export function stands(library, back) {
  return back.some(({ videos, change }) => backOf(present(library, videos), change).length > 0);
}

/** The name of one video, or else their number. @param {any[]} [videos] Core's JSON */
export function nameOfAll(videos = []) {
  return videos.length === 1 ? nameOf(readVideo(videos[0])) : t("n videos", { n: videos.length });
}
