/**
 * YouTube's player in a frame, without YouTube's script, which would run in this page, next to
 * tokens. The page and the frame exchange messages instead. Without messages the frame still plays,
 * and a seek reloads it at the new position.
 */

import { command, LISTENING, PLAYER_ORIGIN, readMessage, STATES } from "./messages.js";
import { Playback } from "./playback.js";

/** @typedef {import("./playback.js").Cause} Cause */
/** @typedef {{video_key: string, start_s?: number | null, end_s?: number | null}} Source */
/** @typedef {Parameters<typeof command>[0]} Func */

const ASK_MS = 250;
const SILENCE_MS = 5_000;
/** How long messages about the previous video may still arrive. */
const CHANGE_S = 3;

/** Plays one video, then others in the same frame, which stays full-screen. All times are seconds. */
export class Player {
  /**
   * @param {Source} source
   * @param {{plays?: boolean}} [how] whether it starts automatically
   */
  constructor(source, { plays = true } = {}) {
    this.source = source;
    this.playback = new Playback(source);
    /** Whether the frame sends messages. */
    this.talks = false;
    /** Whether it sent none in its first seconds, so that the position is unknown. */
    this.silent = false;
    /** @type {number | null} the target of a seek before the first message */
    this.wanted_s = null;
    this.changed_s = Number.NEGATIVE_INFINITY;
    /** @type {Set<(player: Player) => void>} */
    this.timeListeners = new Set();
    /** @type {Set<(cause: Cause) => void>} */
    this.endListeners = new Set();
    this.frame = document.createElement("iframe");
    this.frame.allow = "autoplay; encrypted-media; fullscreen; picture-in-picture";
    this.frame.referrerPolicy = "strict-origin-when-cross-origin";
    this.frame.src = frameUrl(source, plays);
    this.hear = (/** @type {MessageEvent} */ event) => this.receive(event);
    addEventListener("message", this.hear);
    this.frame.addEventListener("load", () => this.ask());
    this.timer = setInterval(() => this.talks || this.ask(), ASK_MS);
    this.patience = setTimeout(() => this.giveUp(), SILENCE_MS);
  }

  /** The position; null before the first message. */
  currentTime() {
    return this.playback.seconds;
  }

  /** The duration; null while unknown, and for a live stream. */
  get duration() {
    return this.playback.duration;
  }

  /** The played time, without pauses, seeks and advertisements that stop the video. */
  get playedSeconds() {
    return this.playback.played_s;
  }

  get playing() {
    return this.playback.playing;
  }

  /**
   * Call the listener for every message about time, duration or state.
   * @param {(player: Player) => void} listener
   * @returns {() => void} call it to stop
   */
  onTime(listener) {
    this.timeListeners.add(listener);
    return () => this.timeListeners.delete(listener);
  }

  /**
   * Call the listener when the video ends; each cause once, until a replay.
   * @param {(cause: Cause) => void} listener
   * @returns {() => void} call it to stop
   */
  onEnd(listener) {
    this.endListeners.add(listener);
    return () => this.endListeners.delete(listener);
  }

  play() {
    this.send("playVideo");
  }

  pause() {
    this.send("pauseVideo");
  }

  /** Seek and play. A position outside of the segment ends its loop. @param {number} seconds */
  seek(seconds) {
    const { segment } = this.playback;
    if (segment && (seconds < segment.from || seconds >= segment.to)) this.loop(null);
    if (this.talks) {
      this.obey(this.playback.seek(seconds, now()));
      this.play();
    } else if (this.silent) this.reload(seconds, true);
    else this.wanted_s = seconds;
  }

  /**
   * Repeat a segment; null stops repeating. It needs the frame's messages.
   * @param {import("./playback.js").Segment | null} segment
   */
  loop(segment) {
    this.playback.segment = segment;
    if (segment) this.seek(segment.from);
  }

  /**
   * Change the start and the end. A frame that was loaded with an earlier end stops there, so it is
   * reloaded.
   * @param {import("./playback.js").Range} range
   */
  limit(range) {
    const { end_s } = this.source;
    this.source = { ...this.source, ...range };
    this.playback.limit(range);
    const goesOn = end_s && (!range.end_s || range.end_s > end_s);
    if (goesOn) this.reload(this.currentTime() ?? range.start_s ?? 0, this.playing);
  }

  /** Play another video. @param {Source} source */
  load(source) {
    this.source = source;
    this.playback = new Playback(source);
    this.wanted_s = null;
    if (!this.talks) return this.reload(source.start_s ?? 0, true);
    this.changed_s = now();
    this.send("loadVideoById", {
      videoId: source.video_key,
      startSeconds: source.start_s ?? 0,
    });
  }

  /** Stop, and remove the frame. */
  close() {
    removeEventListener("message", this.hear);
    clearInterval(this.timer);
    clearTimeout(this.patience);
    this.timeListeners.clear();
    this.endListeners.clear();
    this.frame.remove();
  }

  /** @param {number} start_s @param {boolean} plays */
  reload(start_s, plays) {
    this.talks = false;
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.giveUp(), SILENCE_MS);
    this.frame.src = frameUrl({ ...this.source, start_s }, plays);
  }

  /**
   * Ask the frame to send messages. The target is any origin: a frame that failed to load has another
   * one, which would log an error; and the message holds no data.
   */
  ask() {
    this.frame.contentWindow?.postMessage(LISTENING, "*");
  }

  giveUp() {
    this.silent = !this.talks;
    if (this.silent && this.wanted_s !== null) this.reload(this.wanted_s, true);
    this.wanted_s = null;
  }

  /** @param {Func} func @param {...unknown} args */
  send(func, ...args) {
    if (this.talks) this.frame.contentWindow?.postMessage(command(func, ...args), PLAYER_ORIGIN);
  }

  /** @param {import("./playback.js").Command} command */
  obey([func, ...args]) {
    this.send(func, ...args);
  }

  /** @param {MessageEvent} event */
  receive({ data, origin, source }) {
    if (origin !== PLAYER_ORIGIN || source !== this.frame.contentWindow) return;
    const reading = readMessage(data);
    if (!reading) return;
    if (!this.talks) this.begin();
    if (this.isOfThis(reading)) this.take(reading);
  }

  /** Handle the first message. */
  begin() {
    this.talks = true;
    this.silent = false;
    for (const event of ["onStateChange", "onError"]) this.send("addEventListener", event);
    if (this.wanted_s !== null) this.seek(this.wanted_s);
    this.wanted_s = null;
  }

  /** Whether a message is about this video, and not about the previous one. @param {import("./messages.js").Reading} reading */
  isOfThis({ key, state }) {
    if (key !== undefined && key !== this.source.video_key) return false;
    const begins = state === STATES.unstarted || state === STATES.buffering;
    if (key !== undefined || begins) this.changed_s = Number.NEGATIVE_INFINITY;
    return now() - this.changed_s >= CHANGE_S;
  }

  /** @param {import("./messages.js").Reading} reading */
  take(reading) {
    const { causes, commands } = this.playback.read(reading, now());
    for (const one of commands) this.obey(one);
    for (const listener of this.timeListeners) listener(this);
    for (const cause of causes) for (const listener of this.endListeners) listener(cause);
  }
}

function now() {
  return performance.now() / 1000;
}

/**
 * The frame's URL; this host sets no cookies before the video plays.
 * @param {Source} source
 * @param {boolean} plays whether it starts automatically
 * @param {string} [origin] the one that gets the frame's messages
 */
export function frameUrl({ video_key, start_s, end_s }, plays, origin = location.origin) {
  const autoplay = plays ? "1" : "0";
  const query = new URLSearchParams({ autoplay, playsinline: "1", rel: "0" });
  query.set("enablejsapi", "1");
  query.set("origin", origin);
  if (start_s) query.set("start", String(Math.floor(start_s)));
  if (end_s) query.set("end", String(end_s));
  return `${PLAYER_ORIGIN}/embed/${encodeURIComponent(video_key)}?${query}`;
}
