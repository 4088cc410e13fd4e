/**
 * Queues a user's changes until Core has applied them: in order, once, also across reloads.
 *
 * Core's requests are idempotent, so that a change can be sent again after a lost response.
 * Refused changes stay here until the user has seen why.
 */

import { Offline, Refused, SignedOut } from "../api.js";
import { kindOf } from "./changes.js";
import { OutboxQueue } from "./outbox_queue.js";

/** @typedef {import("../videos/video.js").Video} Video */
/** @typedef {{kind: string, message: string, status: number, pointer: string,
 *   code?: string}} Fault */
/** @typedef {{number?: number, person?: string, kind: string, at?: string, id?: number,
 *   action?: "add" | "change" | "delete", row?: any, body?: any, videos?: any[], fault?: Fault,
 *   typed?: string}} Change `person`: the stored name of the user's id; `at`: when a video was saved; `videos`: those that
 *   it changes, in their state before; `row`: the entry that `action` adds, or its state before; `fault`: why Core refused it; `typed`: the incomplete tag of the user's edit since then */
/** @typedef {{video: Video | null, known?: boolean}} Done the video that Core answered with, and
 *   whether it was saved before */
/** @typedef {Done & {sent: boolean}} Outcome */
/** @typedef {{resolve(outcome: Outcome): void, reject(error: unknown): void, inSight(): boolean}} Watcher */

const PATIENCE_MS = 15_000;

export class Outbox extends OutboxQueue {
  /**
   * @param {string} userId whose changes these are; empty: no user
   * @param {import("./outbox_queue.js").Kept} kept where changes survive a reload
   * @param {(change: Change) => Promise<Done>} apply
   * @param {<T>(work: () => Promise<T>) => Promise<T>} alone runs the work under a lock against other tabs
   */
  constructor(userId, kept, apply, alone = (work) => work()) {
    super(userId, kept);
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

  /** Load the stored changes of this user. */
  async open() {
    if (this.userId) await this.read();
    if (this.waiting.length) this.trouble = new Offline();
    this.onMove();
  }

  /** The user left: drop every response from now on. Unsent changes stay stored. */
  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.watched.clear();
    this.onMove = this.onSent = this.onRefused = () => {};
  }

  /** The changes that could not be sent. */
  get held() {
    return this.trouble ? this.waiting : [];
  }

  /** The changes to draw. A new video appears once its save has to wait: Core's answer replaces it. */
  get drawn() {
    return this.unsent.filter((one) => this.trouble || !kindOf(one).isNew);
  }

  /** The changes that fail with a server error; the user may discard them. */
  get stuck() {
    return this.trouble?.kind === "internal-error" ? this.waiting : [];
  }

  /** Show the waiting changes, since sending takes too long. */
  showWaiting() {
    this.trouble ??= new Offline();
    this.onMove();
  }

  /** Whether Core asked for a pause (`Retry-After`). */
  get resting() {
    return performance.now() < this.restsUntil_ms;
  }

  /**
   * Store a change and send it; `sent` is false when it has to wait. The promise never settles after
   * `close`, or when Core refuses a change whose view is closed: then it is in `failed`.
   * @param {Change} change
   * @param {() => boolean} [inSight] whether the view is still open to show a refusal
   * @returns {Promise<Outcome>}
   * @throws {Refused} Core refused the change, so it is not stored
   * @throws {SignedOut} no user is signed in
   */
  async add(change, inSight = () => true) {
    if (!this.userId || this.closed) throw new SignedOut("signed-out");
    const number = await this.keep(change);
    const outcome = new Promise((resolve, reject) => {
      this.watched.set(number, { resolve, reject, inSight });
    });
    this.flush();
    return outcome;
  }

  /**
   * Discard a waiting change, unless another tab has sent it.
   * @param {number} number
   * @returns {Promise<Change | undefined>} it without its number, if it was still waiting
   */
  discard(number) {
    return this.alone(async () => {
      await this.read();
      const change = this.waiting.find((one) => one.number === number);
      this.watched.delete(number);
      await this.forget(number);
      return change && { ...change, number: undefined };
    });
  }

  /** Send the waiting changes. Calls queue up. */
  flush() {
    clearTimeout(this.timer);
    this.turn = this.turn
      .then(() => this.alone(() => this.sendAll()))
      .catch((error) => console.error(error));
    return this.turn;
  }

  async sendAll() {
    if (this.closed || !this.userId) return;
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

  /** Settle the promises of changes that another tab has sent or got refused. */
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
   * Send the changes in order. After a server error, that change and later ones of its videos wait.
   * @param {readonly Change[]} changes
   * @returns {Promise<any>} why some have to wait
   */
  async sendEach(changes) {
    /** @type {any} */
    let trouble = null;
    const stuck = new Set();
    for (const change of changes) {
      if (this.closed) return null;
      if (!this.waiting.includes(change)) continue; // discarded in the meantime
      const ids = [...(change.videos ?? []), change.row ?? []].flat().map(({ id }) => id);
      const error = ids.some((id) => stuck.has(id)) ? trouble : await this.send(change);
      if (!error) continue;
      trouble = error;
      if (error.kind !== "internal-error") break;
      for (const id of ids) stuck.add(id);
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
      const { wait_s } = /** @type {Partial<Offline>} */ (error);
      this.restsUntil_ms = performance.now() + (wait_s ?? 0) * 1000;
      return error;
    }
    this.onSent(change, done.video); // before any await: a running load has older data
    await this.forget(change.number ?? 0);
    this.unwatch(change)?.resolve({ sent: true, ...done });
    return null;
  }

  /**
   * Store the refusal first: the user may close the sheet in the meantime and must still see it.
   * @param {Change} change
   * @param {Refused} error
   * @returns {Promise<null>} it does not wait
   */
  async refuse(change, error) {
    await this.keepRefused(change, error);
    const watcher = this.unwatch(change);
    const seen = watcher?.inSight();
    const forgotten = seen && this.forget(change.number ?? 0);
    this.onRefused(change); // clears the earlier message
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

  /** Report the waiting changes as not sent, and retry later. */
  rest() {
    for (const { resolve } of this.watched.values()) resolve({ sent: false, video: null });
    this.watched.clear();
    const wait_ms = Math.max(this.restsUntil_ms - performance.now(), PATIENCE_MS);
    this.timer = setTimeout(() => this.flush(), wait_ms);
  }
}

/** @param {Fault} fault */
function refusal({ kind, message, status, pointer, code }) {
  return new Refused(kind, message, status, pointer, code);
}

/**
 * Do the work while no other tab of this user sends.
 * @template T
 * @param {string} userId
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export function alone(userId, work) {
  return navigator.locks ? navigator.locks.request(`core-outbox ${userId}`, work) : work();
}
