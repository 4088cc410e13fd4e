/** A user's unsent and refused changes, shared by all tabs. */

/** @typedef {import("./outbox.js").Change} Change */
/** @typedef {{changes(userId: string): Promise<Change[]>, addChange(change: Change): Promise<number>,
 *   putChange(change: Change): Promise<void>, removeChange(number: number): Promise<void>}} Kept */

export class OutboxQueue {
  /**
   * @param {string} userId whose changes these are; empty: no user
   * @param {Kept} kept where changes survive a reload
   */
  constructor(userId, kept) {
    this.userId = userId;
    this.kept = kept;
    /** @type {Change[]} */
    this.waiting = [];
    /** @type {Change[]} refused while their view was closed */
    this.failed = [];
    /** @type {Change[]} being stored */
    this.arriving = [];
    /** @type {Set<number>} finished, even if the browser still stores them */
    this.done = new Set();
    /** The user's data is being removed from this device: store nothing more. */
    this.removed = false;
    this.onMove = () => {};
  }

  /** Read the stored changes of all tabs. If that fails, keep those known here. */
  async read() {
    const found = await this.kept
      .changes(this.userId)
      .catch(() => [...this.failed, ...this.waiting]);
    const all = found.filter(({ number = 0 }) => !this.done.has(number));
    for (const { number = 0 } of found) if (this.done.has(number)) this.kept.removeChange(number);
    this.waiting = all.filter((change) => !change.fault);
    this.failed = all.filter((change) => change.fault);
  }

  /** Every change that Core does not have yet, in order. */
  get unsent() {
    return [...this.waiting, ...this.arriving];
  }

  /** How many changes a sign-out discards: Core does not have them. */
  get unsynced() {
    return this.unsent.length + this.failed.length;
  }

  /** Whether the unsent changes survive a reload. */
  get lasts() {
    return this.unsent.every(({ number = 0 }) => number > 0);
  }

  /** Store a change; return its number. @param {Change} change */
  async keep(change) {
    const kept = { ...change, person: this.userId };
    this.arriving = [...this.arriving, kept];
    const number = await this.kept.addChange(kept);
    this.arriving = this.arriving.filter((one) => one !== kept);
    const known = this.waiting.some((one) => one.number === number); // read in the meantime
    if (!known) this.waiting = [...this.waiting, { ...kept, number }];
    this.onMove();
    return number;
  }

  /** Remove a change that is finished. @param {number} number */
  async forget(number) {
    this.done.add(number);
    this.waiting = this.waiting.filter((one) => one.number !== number);
    this.failed = this.failed.filter((one) => one.number !== number);
    await this.kept.removeChange(number);
    this.onMove();
  }

  /**
   * Store the user's edit of a refused change, which is not sent yet.
   * @param {number} number
   * @param {any} body
   * @param {string} typed an incomplete tag
   */
  async amend(number, body, typed) {
    const old = this.failed.find((one) => one.number === number);
    if (!old || JSON.stringify([old.body, old.typed ?? ""]) === JSON.stringify([body, typed]))
      return;
    const amended = { ...old, body, typed };
    this.failed = this.failed.map((one) => (one === old ? amended : one));
    this.onMove();
    await this.kept.putChange(amended);
  }

  /** Store a refusal, to show it later. @param {Change} change @param {import("../api.js").Refused} error */
  async keepRefused(change, { kind, message, status, pointer, code }) {
    const refused = { ...change, fault: { kind, message, status, pointer, code } };
    await this.kept.putChange(refused);
    this.waiting = this.waiting.filter((one) => one !== change);
    this.failed = [...this.failed, refused];
  }
}
