/** A save of a new video. The library shows it once Core has answered with the video. */

import { readRow } from "../api.js";
import { readVideo } from "../videos/video.js";

/** @type {import("./changes.js").Kind} */
export const save = {
  async send(api, { body }) {
    const answer = await api.ask("POST", "/videos", { body });
    return { video: readVideo(await readRow(answer)), known: answer.status === 200 };
  },
  after: (library) => library,
  label: ({ body }) => body.url,
  tags: ({ body }) => body.tags,
  isNew: true,
};

/** @param {string} url @param {string[]} tags @returns {import("./outbox.js").Change} */
export function saving(url, tags) {
  return { kind: "save", body: { url, tags } };
}
