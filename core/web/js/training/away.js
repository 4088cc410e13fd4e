/**
 * A video that the user opened on YouTube, stored on this device: a phone may end the page until
 * they come back.
 */

import { getJson, remove, set } from "../storage/web_storage.js";

/** Its field `person` is the stored name of the user's id. */
const AWAY = "core-away";
const MINUTE_MS = 60_000;
const ASK_WITHIN_MS = 6 * 60 * MINUTE_MS;

/** @param {string} userId @param {number} id of the video */
export function goAway(userId, id) {
  set("localStorage", AWAY, JSON.stringify({ person: userId, id, since: Date.now() }));
}

export function forgetAway() {
  remove("localStorage", AWAY);
}

/**
 * The video to ask the user about, and the minutes that they were away. The entry of another user is
 * removed.
 * @param {string} userId
 * @param {import("../videos/library_state.js").LibraryState} library
 */
export function backFrom(userId, library) {
  const kept = getJson("localStorage", AWAY);
  if (!kept || !userId) return null;
  const away_ms = Date.now() - kept.since;
  if (kept.person !== userId || !(away_ms >= 0 && away_ms < ASK_WITHIN_MS)) forgetAway();
  else if (away_ms >= MINUTE_MS) {
    const video = library.find(kept.id);
    const minutes = Math.round(away_ms / MINUTE_MS);
    if (video) return { video, minutes: Math.min(minutes, video.minutes ?? minutes) };
  }
  return null;
}
