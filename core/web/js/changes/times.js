/** Another start or end for one video; null: it begins or ends as it does on YouTube. Its duration. */

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
