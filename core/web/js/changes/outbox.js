/**
 * Every change of a person waits here until Core has taken it: in order, once, also over a closed page.
 *
 * "Once" is Core's promise as well: saving, tagging, deleting and restoring again change nothing.
 * What Core refuses waits here too, until its person has been told.
 */

import { Offline, Refused, SignedOut } from "./api.js";
import { Pending } from "./pending.js";

/** @typedef {import("./videos.js").Video} Video */
/** @typedef {{kind: string, message: string, status: number, pointer: string}} Fault */
/** @typedef {{number?: number, person?: string, kind: "save" | "tag" | "title" | "batch", id?: number,
 *   body?: any, videos?: any[], fault?: Fault, typed?: string}} Change `videos`: those that it changes,
 *   as they were; `fault`: why Core refused it; `typed`: what its person wrote since, and did not send */
/** @typedef {{video: Video | null, known?: boolean}} Done the video that a change made, and whether it
 *   was there before */
/** @typedef {Done & {sent: boolean}} Outcome */
/** @typedef {{resolve(outcome: Outcome): void, reject(error: unknown): void, inSight(): boolean}} Watcher */

const PATIENCE_MS = 15_000;

export class Outbox extends Pending {
  /**
   * @param {string} person whose changes these are; empty: nobody is here
   * @param {import("./pending.js").Kept} kept where changes outlive the page
   * @param {(change: Change) => Promise<Done>} apply
   * @param {<T>(work: () => Promise<T>) => Promise<T>} alone keeps other tabs away meanwhile
   */
  constructor(person, kept, apply, alone = (work) => work()) {
    super(person, kept);
    this.apply = apply;
    this.alone = alone;
    this.closed = false;
    /** @type {Map<number, Watcher>} */
    this.watched = new Map();
    this.turn = Promise.resolve();
    /** @type {any} why nothing can be sent at the moment */
    this.trouble = null;
    this.sending = false;
    this.restsUntil_ms = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {(change: Change, video: Video | null) => void} */
    this.onSent = () => {};
    /** @type {(change: Change) => void} */
    this.onRefused = () => {};
  }

  /** Take up what this person left here. */
  async open() {
    if (this.person) await this.read();
    if (this.waiting.length) this.trouble = new Offline();
    this.onMove();
  }

  /** The person left: what comes back from now on is told to nobody, and the rest waits for them. */
  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.watched.clear();
    this.onMove = this.onGone = this.onSent = this.onRefused = () => {};
  }

  /** What could not be sent, and is not just on its way. */
  get held() {
    return this.trouble ? this.waiting : [];
  }

  /** What only its person can give up, since Core breaks at it. */
  get stuck() {
    return this.trouble?.kind === "internal-error" ? this.waiting : [];
  }

  /** It takes longer than anybody looks on: what waits is shown. */
  showWaiting() {
    this.trouble ??= new Offline();
    this.onMove();
  }

  /** Whether Core wants to be left in peace for a while. */
  get resting() {
    return performance.now() < this.restsUntil_ms;
  }

  /**
   * Keep a change and send it; `sent` is false when it has to wait. After `close` it never ends, nor
   * when it was refused out of sight: then it is among those that failed.
   * @param {Change} change
   * @param {() => boolean} [inSight] whether whoever asked for it would see why it is refused
   * @returns {Promise<Outcome>}
   * @throws {Refused} Core will never take it, so it is not kept
   * @throws {SignedOut} nobody is here whose change it could be
   */
  async add(change, inSight = () => true) {
    if (!this.person || this.closed) throw new SignedOut("signed-out");
    const number = await this.keep(change);
    const outcome = new Promise((resolve, reject) => {
      this.watched.set(number, { resolve, reject, inSight });
    });
    this.flush();
    return outcome;
  }

  /**
   * Take back a change that waits, unless another tab is sending it.
   * @param {number} number
   * @returns {Promise<boolean>} whether it was still here
   */
  discard(number) {
    return this.alone(async () => {
      await this.read();
      const here = this.waiting.some((one) => one.number === number);
      this.watched.delete(number);
      await this.forget(number);
      return here;
    });
  }

  /** Send what waits; whoever calls while that is under way gets another turn. */
  flush() {
    clearTimeout(this.timer);
    this.turn = this.turn.then(() => this.alone(() => this.sendAll())).catch((error) => console.error(error));
    return this.turn;
  }

  async sendAll() {
    if (this.closed || !this.person) return;
    await this.read();
    this.settleElsewhere();
    if (!this.resting) await this.sendNow();
    if (this.closed) return;
    if (this.trouble) this.rest();
    this.onMove();
  }

  async sendNow() {
    this.sending = this.waiting.length > 0;
    if (this.held.length) this.onMove();
    try {
      this.trouble = await this.sendEach(this.waiting);
    } finally {
      this.sending = false;
    }
  }

  /** What another tab has sent is sent; or it was refused there. */
  settleElsewhere() {
    const numbers = new Set(this.waiting.map((change) => change.number));
    for (const [number, { resolve, reject, inSight }] of this.watched) {
      if (numbers.has(number)) continue;
      this.watched.delete(number);
      const fault = this.failed.find((change) => change.number === number)?.fault;
      if (!fault) resolve({ sent: true, video: null });
      else if (inSight()) {
        reject(refusal(fault));
        this.forget(number);
      }
    }
  }

  /**
   * Send one after the other. Where Core breaks, that change waits, and later ones of its videos.
   * @param {readonly Change[]} changes
   * @returns {Promise<any>} why some have to wait
   */
  async sendEach(changes) {
    /** @type {any} */
    let trouble = null;
    const stuck = new Set();
    for (const change of changes) {
      if (this.closed) return null;
      if (!this.waiting.includes(change)) continue; // taken back meanwhile
      const ids = (change.videos ?? []).map((video) => video.id);
      const error = ids.some((id) => stuck.has(id)) ? trouble : await this.send(change);
      if (!error) continue;
      trouble = error;
      if (error.kind !== "internal-error") break;
      ids.forEach((id) => stuck.add(id));
    }
    return trouble;
  }

  /** @param {Change} change @returns {Promise<any>} why it has to wait */
  async send(change) {
    /** @type {Done} */
    let done;
    try {
      done = await this.apply(change);
    } catch (error) {
      if (error instanceof Refused) return await this.refuse(change, error);
      this.restsUntil_ms = performance.now() + (/** @type {any} */ (error).wait_s || 0) * 1000;
      return error;
    }
    this.onSent(change, done.video); // at once: what is just being read is older
    await this.forget(change.number ?? 0);
    this.unwatch(change)?.resolve({ sent: true, ...done });
    return null;
  }

  /**
   * Kept first: whoever closes what they would see it in meanwhile is told all the same.
   * @param {Change} change
   * @param {Refused} error
   * @returns {Promise<null>} it does not wait
   */
  async refuse(change, error) {
    await this.keepRefused(change, error);
    const watcher = this.unwatch(change);
    const seen = watcher?.inSight();
    const forgotten = seen && this.forget(change.number ?? 0);
    this.onRefused(change); // which takes away what was said of it before
    if (seen) watcher?.reject(error);
    await forgotten;
    return null;
  }

  /** @param {Change} change */
  unwatch({ number = 0 }) {
    const watcher = this.watched.get(number);
    this.watched.delete(number);
    return watcher;
  }

  /** Tell those who wait that it takes longer, and try again in a while. */
  rest() {
    for (const { resolve } of this.watched.values()) resolve({ sent: false, video: null });
    this.watched.clear();
    const wait_ms = Math.max(this.restsUntil_ms - performance.now(), PATIENCE_MS);
    this.timer = setTimeout(() => this.flush(), wait_ms);
  }
}

/** @param {Fault} fault */
function refusal({ kind, message, status, pointer }) {
  return new Refused(kind, message, status, pointer);
}
