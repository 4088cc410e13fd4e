/**
 * Every change of a person waits here until Core has taken it: in order, once, also over a closed page.
 *
 * "Once" is Core's promise as well: saving, tagging, deleting and restoring again change nothing.
 * What Core refuses waits here too, until its person has been told.
 */

import { Offline, Refused, SignedOut } from "./api.js";

/** @typedef {import("./videos.js").Video} Video */
/** @typedef {{kind: string, message: string, status: number, pointer: string}} Fault */
/** @typedef {{number?: number, person?: string, kind: "save" | "tag" | "title" | "batch", id?: number,
 *   body?: any, videos?: any[], fault?: Fault}} Change `videos`: those that it changes, as they were;
 *   `fault`: why Core refused it */
/** @typedef {{sent: boolean, video: Video | null}} Outcome */
/** @typedef {{changes(person: string): Promise<Change[]>, addChange(change: Change): Promise<number>,
 *   putChange(change: Change): Promise<void>, removeChange(number: number): Promise<void>}} Kept */

const PATIENCE_MS = 15_000;

export class Outbox {
  /**
   * @param {string} person whose changes these are; empty: nobody is here
   * @param {Kept} kept where changes outlive the page
   * @param {(change: Change) => Promise<Video | null>} apply
   * @param {<T>(work: () => Promise<T>) => Promise<T>} alone keeps other tabs away meanwhile
   */
  constructor(person, kept, apply, alone = (work) => work()) {
    this.person = person;
    this.kept = kept;
    this.apply = apply;
    this.alone = alone;
    this.closed = false;
    /** @type {Change[]} */
    this.waiting = [];
    /** @type {Change[]} what nobody waited for, and was refused */
    this.failed = [];
    /** @type {Map<number, {resolve(outcome: Outcome): void, reject(error: unknown): void}>} */
    this.watched = new Map();
    this.turn = Promise.resolve();
    /** @type {any} why nothing can be sent at the moment */
    this.trouble = null;
    this.sending = false;
    this.restsUntil_ms = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.onMove = () => {};
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

  /** Read what is kept, by other tabs too; where that fails, what is known here counts. */
  async read() {
    const known = [...this.failed, ...this.waiting];
    const all = await this.kept.changes(this.person).catch(() => known);
    this.waiting = all.filter((change) => !change.fault);
    this.failed = all.filter((change) => change.fault);
  }

  /** The person left: what comes back from now on is told to nobody, and the rest waits for them. */
  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.watched.clear();
    this.onMove = this.onSent = this.onRefused = () => {};
  }

  /** What could not be sent, and is not just on its way. */
  get held() {
    return this.trouble ? this.waiting : [];
  }

  /** It takes longer than anybody looks on: what waits is shown. */
  showWaiting() {
    this.trouble ??= new Offline();
    this.onMove();
  }

  /** Whether what waits outlives the page. */
  get lasts() {
    return this.waiting.every(({ number = 0 }) => number > 0);
  }

  /** Whether Core wants to be left in peace for a while. */
  get resting() {
    return performance.now() < this.restsUntil_ms;
  }

  /**
   * Keep a change and send it; `sent` is false when it has to wait. After `close` it never ends.
   * @param {Change} change
   * @returns {Promise<Outcome>}
   * @throws {Refused} Core will never take it, so it is not kept
   * @throws {SignedOut} nobody is here whose change it could be
   */
  async add(change) {
    if (!this.person || this.closed) throw new SignedOut("signed-out");
    const kept = { ...change, person: this.person };
    const number = await this.kept.addChange(kept);
    this.waiting = [...this.waiting, { ...kept, number }];
    this.onMove();
    const outcome = new Promise((resolve, reject) => this.watched.set(number, { resolve, reject }));
    this.flush();
    return outcome;
  }

  /** Forget a change that waits, or was refused. @param {number} number */
  async cancel(number) {
    await this.kept.removeChange(number);
    this.waiting = this.waiting.filter((one) => one.number !== number);
    this.failed = this.failed.filter((one) => one.number !== number);
    this.onMove();
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
    for (const [number, { resolve, reject }] of this.watched) {
      if (numbers.has(number)) continue;
      this.watched.delete(number);
      const fault = this.failed.find((change) => change.number === number)?.fault;
      if (!fault) resolve({ sent: true, video: null });
      else this.cancel(number).then(() => reject(refusal(fault)));
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
    const number = change.number ?? 0;
    const { video, error } = await this.apply(change).then(
      (video) => ({ video, error: null }),
      (error) => ({ video: null, error }),
    );
    if (error && !(error instanceof Refused)) {
      this.restsUntil_ms = performance.now() + (error.wait_s || 0) * 1000;
      return error;
    }
    if (error && !this.closed && !this.watched.has(number)) await this.keepRefused(change, error);
    else await this.cancel(number);
    const watcher = this.watched.get(number);
    this.watched.delete(number);
    if (error) {
      this.onRefused(change);
      watcher?.reject(error);
    } else {
      this.onSent(change, video);
      watcher?.resolve({ sent: true, video });
    }
    return null;
  }

  /** Nobody waits for it; whoever comes back is told. @param {Change} change @param {Refused} error */
  async keepRefused(change, { kind, message, status, pointer }) {
    const refused = { ...change, fault: { kind, message, status, pointer } };
    await this.kept.putChange(refused);
    this.waiting = this.waiting.filter((one) => one !== change);
    this.failed = [...this.failed, refused];
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
