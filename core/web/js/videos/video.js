/** One video: how it is read, named and linked. Pure. */

import { compare, fold, readTags } from "../text.js";

/**
 * One saved video. `title` is null until it is known; `start_s` is its own start.
 * @typedef {object} Video
 * @property {number} id
 * @property {string} video_key
 * @property {string} url
 * @property {string | null} title
 * @property {string | null} channel
 * @property {readonly string[]} tags
 * @property {number | null} start_s
 * @property {number | null} [end_s] its own end
 * @property {number | null} [duration_s] null: Core does not know it; undefined: an older page
 *   stored the video
 * @property {number | null} minutes of a workout with it
 * @property {string | null} done_on the day of the last workout with it
 * @property {number} done_count how many workouts there were
 * @property {string} availability of Core's API, or `WAITING`
 * @property {string} thumbnail_url
 * @property {string} created_at
 * @property {number} revision of the library when Core last changed or returned the video
 * @property {ReadonlySet<string>} keys of its tags, in their order
 * @property {string} sought the searchable text; its first line is the title
 */

/** The availability of a video whose save has not reached Core; its id is the number of its change. */
export const WAITING = "waiting";

/**
 * Read Core's JSON; fields that this page does not know are dropped.
 * @param {any} given
 * @returns {Video}
 */
export function readVideo(given) {
  const named = readTags(given.tags);
  const tags = [...named.values()];
  const { id, video_key, url, title, channel, start_s, end_s, duration_s, availability } = given;
  const sought = fold(`${title ?? ""}\n${channel ?? ""}\n${url}\n${video_key}\n${tags.join("\n")}`);
  const known = { id, video_key, url, title, channel, availability, tags, sought };
  const { thumbnail_url, created_at, revision = 0 } = given;
  const { minutes = null, done_on = null, done_count = 0 } = given;
  const training = { start_s, end_s, duration_s, minutes, done_on, done_count };
  const keys = new Set(named.keys());
  return { ...known, ...training, thumbnail_url, created_at, revision, keys };
}

/**
 * The video as Core's JSON, to be stored.
 * @param {Video} video
 */
export function plain({ keys, sought, tags, ...video }) {
  return { ...video, tags: tags.join(",") };
}

/** @param {Video} a @param {Video} b */
export function newestFirst(a, b) {
  return compare(b.created_at, a.created_at) || b.id - a.id;
}

/** Whether Core does not have it yet. @param {Video} video */
export function isWaiting({ availability }) {
  return availability === WAITING;
}

/** Whether YouTube's title may still come. @param {Video} video */
export function awaitsTitle({ title, availability }) {
  return title === null && availability === "unknown";
}

/**
 * The title, or else a name with the video key.
 * @param {Pick<Video, "title" | "video_key">} video
 */
export function nameOf(video) {
  return video.title || `YouTube ${video.video_key}`;
}

/**
 * Its URL on YouTube, with its start.
 * @param {Video} video
 */
export function watchUrl(video) {
  const start = video.start_s ? `&t=${video.start_s}s` : "";
  return `https://www.youtube.com/watch?v=${encodeURIComponent(video.video_key)}${start}`;
}
