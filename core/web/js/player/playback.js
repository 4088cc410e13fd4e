/**
 * The state of one video while it plays: its position, played time and end, and the commands for
 * its start, end and loop. Pure: no frame, no clock. All times are seconds.
 */

import { STATES } from "./messages.js";

/**
 * Why a video ends. `nearly`: 90 % are played. `ended`: YouTube's end. `limit`: its `end_s`.
 * `failed`: it can't be played here.
 * @typedef {"nearly" | "ended" | "limit" | "failed"} Cause
 */
/** @typedef {{from: number, to: number}} Segment */
/** @typedef {{start_s?: number | null, end_s?: number | null}} Range */
/** @typedef {["seekTo", number, boolean] | ["pauseVideo"] | ["playVideo"]} Command */
/** @typedef {{causes: Cause[], commands: Command[]}} Consequence */

const NEARLY = 0.9;
/** How long the player may report the old position after a seek. */
const SEEK_S = 3;
/** A position that is this far before the end is the target of a seek. */
const MOVED_S = 1;

export class Playback {
  /** @param {Range} range */
  constructor(range) {
    /** @type {number | null} the position; null: not known yet */
    this.seconds = null;
    /** @type {number | null} */
    this.duration = null;
    /** @type {number} one of STATES */
    this.state = STATES.unstarted;
    this.rate = 1;
    /** The played time, without pauses, seeks and buffering. */
    this.played_s = 0;
    /** @type {Segment | null} */
    this.segment = null;
    /** @type {{seconds: number, now_s: number} | null} the last reading, from which played time is counted */
    this.counted = null;
    /** @type {number | null} the end at which it stopped: the next start is a replay */
    this.stopped_s = null;
    this.sought_s = Number.NEGATIVE_INFINITY;
    /** @type {Set<Cause>} */
    this.told = new Set();
    this.start_s = range.start_s ?? 0;
    this.end_s = range.end_s ?? null;
  }

  /** @param {Range} range */
  limit({ start_s, end_s }) {
    this.start_s = start_s ?? 0;
    this.end_s = end_s ?? null;
  }

  get playing() {
    return this.state === STATES.playing;
  }

  /**
   * @param {import("./messages.js").Reading} reading
   * @param {number} now_s of a monotonic clock
   * @returns {Consequence}
   */
  read(reading, now_s) {
    const was = this.state;
    this.count(reading, now_s);
    const { seconds, duration, state, rate } = reading;
    this.seconds = seconds ?? this.seconds;
    this.duration = duration ?? this.duration;
    this.state = state ?? was;
    this.rate = rate ?? this.rate;
    /** @type {Consequence} */
    const consequence = { causes: [], commands: [] };
    if (reading.failed) this.tell(consequence, "failed");
    else if (this.state === STATES.ended && was !== STATES.ended) this.end(consequence, now_s);
    else if (this.playing && this.stopped_s === null) this.go(consequence, now_s);
    else if (this.playing && was !== STATES.playing) this.replay(consequence, now_s);
    return consequence;
  }

  /**
   * Add the played time since the last reading: the clock time, but at most what the video moved.
   * So pauses, seeks and a device that slept add nothing.
   * @param {import("./messages.js").Reading} reading
   * @param {number} now_s
   */
  count({ seconds, state }, now_s) {
    const last = this.playing ? this.counted : null;
    if (seconds === undefined) {
      this.counted = last;
      return;
    }
    if (last) {
      const moved = (seconds - last.seconds) / this.rate;
      this.played_s += Math.max(0, Math.min(now_s - last.now_s, moved));
    }
    this.counted = this.playing || state === STATES.playing ? { seconds, now_s } : null;
  }

  /** @param {Consequence} consequence @param {number} now_s */
  end(consequence, now_s) {
    if (this.segment) return this.repeat(this.segment, consequence, now_s);
    this.stopped_s = this.seconds ?? 0;
    this.tell(consequence, "ended");
  }

  /**
   * The user plays it again: from its start, or from where the user sought.
   * @param {Consequence} consequence
   * @param {number} now_s
   */
  replay({ commands }, now_s) {
    const seconds = this.seconds ?? 0;
    const sought = seconds >= this.start_s && seconds < (this.stopped_s ?? 0) - MOVED_S;
    this.stopped_s = null;
    this.told.clear();
    const beyond = this.end_s !== null && seconds >= this.end_s;
    if (beyond || (this.start_s > 0 && !sought)) commands.push(this.seek(this.start_s, now_s));
  }

  /** @param {Consequence} consequence @param {number} now_s */
  go(consequence, now_s) {
    const { end_s, segment } = this;
    const seconds = this.seconds ?? 0;
    const last = segment?.to ?? end_s ?? Number.POSITIVE_INFINITY;
    if (seconds >= last) {
      if (now_s - this.sought_s < SEEK_S) return; // still the position before the seek
      if (segment) return this.repeat(segment, consequence, now_s);
      this.stopped_s = seconds;
      consequence.commands.push(["pauseVideo"]);
      return this.tell(consequence, "limit");
    }
    this.sought_s = Number.NEGATIVE_INFINITY;
    const end = end_s ?? this.duration;
    if (!segment && end && seconds >= this.start_s + NEARLY * (end - this.start_s))
      this.tell(consequence, "nearly");
  }

  /** @param {Segment} segment @param {Consequence} consequence @param {number} now_s */
  repeat({ from }, { commands }, now_s) {
    commands.push(this.seek(from, now_s));
    if (!this.playing) commands.push(["playVideo"]);
  }

  /**
   * @param {number} seconds
   * @param {number} now_s
   * @returns {Command}
   */
  seek(seconds, now_s) {
    this.sought_s = now_s;
    this.seconds = seconds;
    return ["seekTo", seconds, true];
  }

  /** Report each cause once, until a replay. @param {Consequence} consequence @param {Cause} cause */
  tell({ causes }, cause) {
    if (!this.told.has(cause)) causes.push(cause);
    this.told.add(cause);
  }
}
