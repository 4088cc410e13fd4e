/** What of a person waits to be sent, and what was refused: all their tabs read and write the same. */

/** @typedef {import("./outbox.js").Change} Change */
/** @typedef {{changes(person: string): Promise<Change[]>, addChange(change: Change): Promise<number>,
 *   putChange(change: Change): Promise<void>, removeChange(number: number): Promise<void>}} Kept */

export class Pending {
  /**
   * @param {string} person whose changes these are; empty: nobody is here
   * @param {Kept} kept where changes outlive the page
   */
  constructor(person, kept) {
    this.person = person;
    this.kept = kept;
    /** @type {Change[]} */
    this.waiting = [];
    /** @type {Change[]} what was refused, and nobody saw it */
    this.failed = [];
    /** @type {Change[]} what is just being kept, and waits from then on */
    this.arriving = [];
    /** @type {Set<number>} what is over and done with, whether or not the browser has taken it away */
    this.done = new Set();
    /** All that the person has is deleted. */
    this.erased = false;
    this.onMove = () => {};
    /** What another tab has sent, taken back or seen refused is shown no longer. */
    this.onGone = () => {};
  }

  /** Read what is kept, by other tabs too; where that fails, what is known here counts. */
  async read() {
    const found = await this.kept.changes(this.person).catch(() => [...this.failed, ...this.waiting]);
    const all = found.filter(({ number = 0 }) => !this.done.has(number));
    for (const { number = 0 } of found) if (this.done.has(number)) this.kept.removeChange(number);
    const { waiting } = this;
    this.waiting = all.filter((change) => !change.fault);
    const there = new Set(this.waiting.map((change) => change.number));
    if (waiting.some((change) => change.videos && !there.has(change.number))) this.onGone();
    this.failed = all.filter((change) => change.fault);
  }

  /** All that Core does not have yet, in its order: what is shown goes by it. */
  get unsent() {
    return [...this.waiting, ...this.arriving];
  }

  /** Whether what waits outlives the page. */
  get lasts() {
    return this.unsent.every(({ number = 0 }) => number > 0);
  }

  /** Let a change wait; return its number. @param {Change} change */
  async keep(change) {
    const kept = { ...change, person: this.person };
    this.arriving = [...this.arriving, kept];
    const number = await this.kept.addChange(kept);
    this.arriving = this.arriving.filter((one) => one !== kept);
    const known = this.waiting.some((one) => one.number === number); // read meanwhile
    if (!known) this.waiting = [...this.waiting, { ...kept, number }];
    this.onMove();
    return number;
  }

  /** Nothing more is to be done or told of a change. @param {number} number */
  async forget(number) {
    this.done.add(number);
    this.waiting = this.waiting.filter((one) => one.number !== number);
    this.failed = this.failed.filter((one) => one.number !== number);
    await this.kept.removeChange(number);
    this.onMove();
  }

  /**
   * What was refused is written otherwise, and not sent yet.
   * @param {number} number
   * @param {any} body
   * @param {string} typed half a tag
   */
  async amend(number, body, typed) {
    const old = this.failed.find((one) => one.number === number);
    if (!old || JSON.stringify([old.body, old.typed ?? ""]) === JSON.stringify([body, typed])) return;
    const amended = { ...old, body, typed };
    this.failed = this.failed.map((one) => (one === old ? amended : one));
    this.onMove();
    await this.kept.putChange(amended);
  }

  /** Nobody sees it; whoever comes back is told. @param {Change} change @param {import("./api.js").Refused} error */
  async keepRefused(change, { kind, message, status, pointer }) {
    const refused = { ...change, fault: { kind, message, status, pointer } };
    await this.kept.putChange(refused);
    this.waiting = this.waiting.filter((one) => one !== change);
    this.failed = [...this.failed, refused];
  }
}
