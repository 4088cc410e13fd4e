/**
 * Every change waits here until Core has taken it: in order, once, also over a closed page.
 *
 * "Once" is Core's promise as well: saving, tagging, deleting and restoring again change nothing.
 */

import { Refused } from "./api.js";

/** @typedef {import("./videos.js").Video} Video */
/** @typedef {{number?: number, person?: string, kind: "save" | "tag" | "title" | "batch", id?: number,
 *   body?: any, videos?: any[]}} Change `videos`: those that it changes, as they were */
/** @typedef {{sent: boolean, video: Video | null}} Outcome */
/** @typedef {{change: Change, error: Refused}} Failure */
/** @typedef {{changes(person: string): Promise<Change[]>, addChange(change: Change): Promise<number>,
 *   removeChange(number: number): Promise<void>}} Kept */

const PATIENCE_S = 15;

export class Outbox {
  /**
   * @param {Kept} kept where changes outlive the page
   * @param {(change: Change) => Promise<Video | null>} apply
   * @param {<T>(work: () => Promise<T>) => Promise<T>} alone keeps other tabs away meanwhile
   */
  constructor(kept, apply, alone = (work) => work()) {
    this.kept = kept;
    this.apply = apply;
    this.alone = alone;
    this.person = "";
    /** @type {Change[]} */
    this.waiting = [];
    /** @type {Failure[]} what nobody waited for, and was refused */
    this.failed = [];
    /** @type {Map<number, {resolve(outcome: Outcome): void, reject(error: unknown): void}>} */
    this.watched = new Map();
    this.turn = Promise.resolve();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.onMove = () => {};
    /** @type {(change: Change, video: Video | null) => void} */
    this.onSent = () => {};
    /** @type {(change: Change) => void} */
    this.onRefused = () => {};
  }

  /**
   * Take up what this person left; nobody else's is read.
   * @param {string} person empty: nobody
   */
  async open(person) {
    clearTimeout(this.timer);
    this.person = person;
    this.failed = [];
    this.waiting = person ? await this.kept.changes(person) : [];
    this.onMove();
  }

  /**
   * Keep a change and send it; `sent` is false when it has to wait.
   * @param {Change} change
   * @returns {Promise<Outcome>}
   * @throws {Refused} Core will never take it, so it is not kept
   */
  async add(change) {
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
    const person = this.person;
    if (!person) return;
    this.waiting = await this.kept.changes(person);
    for (const change of this.waiting) {
      if (this.person !== person) return;
      try {
        await this.send(change);
      } catch (error) {
        this.rest(/** @type {any} */ (error).wait_s);
        break;
      }
    }
    this.onMove();
  }

  /** @param {Change} change @throws {Failed} it has to wait */
  async send(change) {
    const number = change.number ?? 0;
    const watcher = this.watched.get(number);
    try {
      const video = await this.apply(change);
      await this.cancel(number);
      this.onSent(change, video);
      watcher?.resolve({ sent: true, video });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      await this.cancel(number);
      this.onRefused(change);
      if (watcher) watcher.reject(error);
      else this.failed = [...this.failed, { change, error }];
    }
    this.watched.delete(number);
  }

  /** @param {number} [wait_s] */
  rest(wait_s) {
    for (const { resolve } of this.watched.values()) resolve({ sent: false, video: null });
    this.watched.clear();
    this.timer = setTimeout(() => this.flush(), Math.max(wait_s || 0, PATIENCE_S) * 1000);
  }
}
