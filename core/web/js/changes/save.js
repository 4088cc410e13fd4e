/** A save of a new video. The library shows it once Core has answered with the video. */

import { readRow } from "../api.js";
import { readShared } from "../videos/shared_link.js";
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

/**
 * The video of a save that waits, as the page recognises it: its text is the title of an unknown link.
 * @param {import("./outbox.js").Change} change
 */
export function waitingVideo({ number = 0, body }) {
  const { key, title } = readShared(body.url) ?? { key: "", title: body.url };
  const { url, tags } = body;
  return readVideo({ id: -number, video_key: key, url, title, tags: tags.join(",") });
}

/** @param {string} url @param {string[]} tags @returns {import("./outbox.js").Change} */
export function saving(url, tags) {
  return { kind: "save", body: { url, tags } };
}
