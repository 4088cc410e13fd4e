/** The changes of videos that a user makes, with stand-ins for the outbox and the shell. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { speak } from "../../../core/web/js/i18n.js";
import { VideoActions } from "../../../core/web/js/videos/video_actions.js";

await speak();

/** Discard a save; the user leaves in the meantime if `leaves`. Returns the texts that offer an Undo. */
async function discard({ leaves }) {
  const offered = [];
  const outbox = { closed: false };
  outbox.discard = async () => {
    outbox.closed = leaves;
    return { kind: "save", body: { url: "a", tags: [] } };
  };
  const undo = { offer: (text) => offered.push(text) };
  const app = /** @type {any} */ ({ outbox, undo, shell: { toasts: { clear() {} } } });
  await new VideoActions(app).discard(1);
  return offered;
}

test("a discarded save can be undone", async () => {
  assert.deepEqual(await discard({ leaves: false }), ["Discarded"]);
});

test("a late discard offers no Undo to the next user", async () => {
  assert.deepEqual(await discard({ leaves: true }), []);
});
