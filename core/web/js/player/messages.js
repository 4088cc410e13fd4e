/**
 * The messages of YouTube's player, as its own script exchanges them with the frame. Pure.
 *
 * YouTube does not document them, so an unexpected message is ignored, never an error.
 */

export const PLAYER_ORIGIN = "https://www.youtube-nocookie.com";

/** As in YouTube's iframe API. */
export const STATES = { unstarted: -1, ended: 0, playing: 1, paused: 2, buffering: 3, cued: 5 };

const KNOWN_STATES = new Set(Object.values(STATES));
/** Longer than any message of the player, in characters. */
const MAX_CHARACTERS = 200_000;
const SESSION = { id: 1, channel: "widget" };

/**
 * One message; missing fields are undefined. `seconds`: the position. `duration`: seconds, never of
 * a live stream. `rate`: 1 is normal speed. `key`: the video that the frame has loaded. `failed`: it
 * can't play this video.
 * @typedef {{seconds?: number, duration?: number, state?: number, rate?: number, key?: string,
 *   failed?: boolean}} Reading
 */

/** Asks the frame to send its messages to this page. */
export const LISTENING = JSON.stringify({ event: "listening", ...SESSION });

/**
 * @param {"addEventListener" | "loadVideoById" | "pauseVideo" | "playVideo" | "seekTo"} func
 * @param {...unknown} args
 */
export function command(func, ...args) {
  return JSON.stringify({ event: "command", func, args, ...SESSION });
}

/**
 * @param {unknown} data as a frame posted it
 * @returns {Reading | null} null: not a message of the player
 */
export function readMessage(data) {
  if (typeof data !== "string" || data.length > MAX_CHARACTERS) return null;
  const { event, info } = parse(data);
  if (event === "onReady") return {};
  if (event === "onError") return { failed: true };
  if (event === "onStateChange") return stateOf(info);
  if (event !== "infoDelivery" && event !== "initialDelivery") return null;
  return readInfo(info ?? {});
}

/** @param {string} text @returns {{event?: unknown, info?: any}} */
function parse(text) {
  try {
    const read = JSON.parse(text);
    return typeof read === "object" && read ? read : {};
  } catch {
    return {};
  }
}

/** @param {any} info @returns {Reading} */
function readInfo({ currentTime, duration, playbackRate, playerState, videoData }) {
  /** @type {Reading} */
  const reading = stateOf(playerState);
  if (isNumber(currentTime) && currentTime >= 0) reading.seconds = currentTime;
  if (isNumber(duration) && duration > 0 && !videoData?.isLive) reading.duration = duration;
  if (isNumber(playbackRate) && playbackRate > 0) reading.rate = playbackRate;
  if (typeof videoData?.video_id === "string") reading.key = videoData.video_id;
  return reading;
}

/** @param {unknown} state @returns {Reading} */
function stateOf(state) {
  return KNOWN_STATES.has(/** @type {number} */ (state))
    ? { state: /** @type {number} */ (state) }
    : {};
}

/** @param {unknown} value @returns {value is number} */
function isNumber(value) {
  return Number.isFinite(value);
}
