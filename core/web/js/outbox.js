/**
 * Every change of a person waits here until Core has taken it: in order, once, also over a closed page.
 *
 * "Once" is Core's promise as well: saving, tagging, deleting and restoring again change nothing.
 */

import { Offline, Refused, SignedOut } from "./api.js";

/** @typedef {import("./videos.js").Video} Video */
/** @typedef {{number?: number, person?: string, kind: "save" | "tag" | "title" | "batch", id?: number,
 *   body?: any, videos?: any[]}} Change `videos`: those that it changes, as they were */
/** @typedef {{sent: boolean, video: Video | null}} Outcome */
/** @typedef {{change: Change, error: Refused}} Failure */
/** @typedef {{changes(person: string): Promise<Change[]>, addChange(change: Change): Promise<number>,
 *   removeChange(number: number): Promise<void>}} Kept */

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
    /** @type {Failure[]} what nobody waited for, and was refused */
    this.failed = [];
    /** @type {Map<number, {resolve(outcome: Outcome): void, reject(error: unknown): void}>} */
    this.watched = new Map();
    this.turn = Promise.resolve();
    /** @type {any} why nothing can be sent at the moment */
    this.trouble = null;
    this.restsUntil = 0;
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
    this.waiting = this.person ? await this.kept.changes(this.person) : [];
    if (this.waiting.length) this.trouble = new Offline();
    this.onMove();
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

  /** @param {number} number */
  async cancel(number) {
    await this.kept.removeChange(number);
    this.waiting = this.waiting.filter((one) => one.number !== number);
    this.onMove();
  }

  /** Send what waits; whoever calls while that is under way gets another turn. */
  flush() {
    clearTimeout(this.timer);
    this.turn = this.turn.then(() => this.alone(() => this.sendAll())).catch(() => {});
    return this.turn;
  }

  async sendAll() {
    if (this.closed || !this.person) return;
    this.waiting = await this.kept.changes(this.person);
    this.settleElsewhere();
    if (Date.now() >= this.restsUntil) this.trouble = await this.sendEach(this.waiting);
    if (this.closed) return;
    if (this.trouble) this.rest();
    this.onMove();
  }

  /** What another tab has sent is sent. */
  settleElsewhere() {
    const numbers = new Set(this.waiting.map((change) => change.number));
    for (const [number, { resolve }] of this.watched) {
      if (numbers.has(number)) continue;
      this.watched.delete(number);
      resolve({ sent: true, video: null });
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
      this.restsUntil = Date.now() + (error.wait_s || 0) * 1000;
      return error;
    }
    await this.cancel(number);
    const watcher = this.watched.get(number);
    this.watched.delete(number);
    if (error) this.refuse(change, error, watcher);
    else {
      this.onSent(change, video);
      watcher?.resolve({ sent: true, video });
    }
    return null;
  }

  /**
   * @param {Change} change
   * @param {Refused} error
   * @param {{reject(error: unknown): void} | undefined} watcher
   */
  refuse(change, error, watcher) {
    this.onRefused(change);
    if (watcher) watcher.reject(error);
    else this.failed = [...this.failed, { change, error }];
  }

  /** Tell those who wait that it takes longer, and try again in a while. */
  rest() {
    for (const { resolve } of this.watched.values()) resolve({ sent: false, video: null });
    this.watched.clear();
    const wait_ms = Math.max(this.restsUntil - Date.now(), PATIENCE_MS);
    this.timer = setTimeout(() => this.flush(), wait_ms);
  }
}
