/** One video: how it is read, called and played. Pure. */

import { fold, readTags } from "./text.js";

/**
 * One saved video. `title` is null until it is known, `start_s` where it begins otherwise.
 * @typedef {object} Video
 * @property {number} id
 * @property {string} video_key
 * @property {string} url
 * @property {string | null} title
 * @property {string | null} channel
 * @property {readonly string[]} tags
 * @property {number | null} start_s
 * @property {string} availability
 * @property {string} thumbnail_url
 * @property {string} created_at
 * @property {ReadonlySet<string>} keys its tags as they are compared, in their order
 * @property {string} sought what a search looks into
 */

/**
 * Read what Core answers; fields that this page does not know are left aside.
 * @param {any} given
 * @returns {Video}
 */
export function readVideo(given) {
  const named = readTags(given.tags);
  const tags = [...named.values()];
  const { id, video_key, url, title, channel, start_s, availability } = given;
  const sought = fold(`${title ?? ""}\n${channel ?? ""}\n${url}\n${video_key}\n${tags.join("\n")}`);
  const known = { id, video_key, url, title, channel, start_s, availability, tags, sought };
  const { thumbnail_url, created_at } = given;
  return { ...known, thumbnail_url, created_at, keys: new Set(named.keys()) };
}

/**
 * The same as Core answers it: to be kept, and read again.
 * @param {Video} video
 */
export function plain({ keys, sought, tags, ...video }) {
  return { ...video, tags: tags.join(",") };
}

/**
 * What to call a video while nobody knows its title.
 * @param {Video} video
 */
export function nameOf(video) {
  return video.title || `YouTube ${video.video_key}`;
}

/**
 * Where YouTube plays it, from its start.
 * @param {Video} video
 */
export function watchUrl(video) {
  const start = video.start_s ? `&t=${video.start_s}s` : "";
  return `https://www.youtube.com/watch?v=${encodeURIComponent(video.video_key)}${start}`;
}

/**
 * Where the player inside the page comes from; it sets no cookies before it plays.
 * @param {Video} video
 * @param {boolean} plays at once
 */
export function playerUrl(video, plays = true) {
  const autoplay = plays ? "1" : "0";
  const query = new URLSearchParams({ autoplay, playsinline: "1", rel: "0" });
  if (video.start_s) query.set("start", String(video.start_s));
  const key = encodeURIComponent(video.video_key);
  return `https://www.youtube-nocookie.com/embed/${key}?${query}`;
}
