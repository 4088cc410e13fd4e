/** A new title for one video; null restores YouTube's title. */

import { plain, readVideo } from "../videos/video.js";
import { nameOfAll, present, sendToOne } from "./edits.js";

/** @type {import("./changes.js").Kind} */
export const title = {
  send: sendToOne,
  after(library, { body, videos = [] }) {
    const changed = present(library, videos).map((video) => ({
      ...plain(video),
      title: body.title,
    }));
    return library.with(...changed.map(readVideo));
  },
  label: ({ body, videos = [] }) => body.title || nameOfAll(videos),
  tags: () => [],
};

/**
 * @param {import("../videos/video.js").Video} video
 * @param {string | null} text
 * @returns {import("./outbox.js").Change}
 */
export function retitling(video, text) {
  return { kind: "title", id: video.id, body: { title: text }, videos: [plain(video)] };
}
