/** A save of a video. A new one is in the library once its save has to wait, or Core has answered. */

import { readRow } from "../api.js";
import { pictureOf, readShared } from "../videos/shared_link.js";
import { readVideo, WAITING } from "../videos/video.js";
import { retag } from "./edits.js";

/** For saves that an older page stored without their time. */
const NEWEST = "9999";

/** @type {import("./changes.js").Kind} */
export const save = {
  async send(api, { body }) {
    const answer = await api.ask("POST", "/videos", { body });
    return { video: readVideo(await readRow(answer)), known: answer.status === 200 };
  },
  after(library, { number = 0, at = NEWEST, body: { url, tags } }) {
    const { key, title } = readShared(url) ?? { key: "", title: url };
    const known = key && library.videos.find(({ video_key }) => video_key === key);
    if (known) return retag(library, [known], tags, []);
    const named = tags.map((/** @type {string} */ name) => library.spelling(name)).join();
    const video = { id: -number, video_key: key, url, title, channel: null, tags: named };
    const more = { created_at: at, availability: WAITING, thumbnail_url: key && pictureOf(key) };
    return library.with(readVideo({ ...video, ...more }));
  },
  label: ({ body }) => body.url,
  tags: ({ body }) => body.tags,
  isNew: true,
};

/** @param {string} url @param {string[]} tags @returns {import("./outbox.js").Change} */
export function saving(url, tags) {
  return { kind: "save", at: new Date().toISOString(), body: { url, tags } };
}
