/** A new start, end or duration of one video; null: YouTube's own start or end. */

import { plain, readVideo } from "../videos/video.js";
import { nameOfAll, present, sendToOne } from "./edits.js";

/** @type {import("./changes.js").Kind} */
export const times = {
  send: sendToOne,
  after(library, { body, videos = [] }) {
    const changed = present(library, videos).map((video) => ({ ...plain(video), ...body }));
    return library.with(...changed.map(readVideo));
  },
  label: ({ videos }) => nameOfAll(videos),
  tags: () => [],
};

/**
 * @param {import("../videos/video.js").Video} video
 * @param {{start_s?: number | null, end_s?: number | null, duration_s?: number}} body
 * @returns {import("./outbox.js").Change}
 */
export function timing(video, body) {
  return { kind: "times", id: video.id, body, videos: [plain(video)] };
}
