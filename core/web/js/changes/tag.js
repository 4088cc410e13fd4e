/** Tags added to one video, or removed from it. */

import { plain } from "../videos/video.js";
import { nameOfAll, retag, sendToOne } from "./edits.js";

/** @typedef {{add_tags?: string[], remove_tags?: string[]}} TagEdit */

/** @type {import("./changes.js").Kind} */
export const tag = {
  send: sendToOne,
  after: (library, { body, videos = [] }) =>
    retag(library, videos, body.add_tags ?? [], body.remove_tags ?? []),
  label: (change) => [...tag.tags(change), nameOfAll(change.videos)].join(" · "),
  tags: ({ body: { add_tags = [], remove_tags = [] } }) => [...add_tags, ...remove_tags],
};

/**
 * @param {import("../videos/video.js").Video} video
 * @param {TagEdit} body
 * @returns {import("./outbox.js").Change}
 */
export function tagging(video, body) {
  return { kind: "tag", id: video.id, body, videos: [plain(video)] };
}
