/** When to read changes next. Pure. */

const MINUTE_S = 60;
/** While titles are missing. After as many reads without a new title the page stops waiting. */
const TITLE_WAITS_S = [1, 2, 4, 8, 16, 30];

/** Counts reads while titles are missing. */
export class Waits {
  constructor() {
    this.missing = 0;
    this.step = 0;
    this.looks = 0;
  }

  /** The number of titles being fetched; 0 when none came for a while. */
  get fetching() {
    return this.looks < TITLE_WAITS_S.length ? this.missing : 0;
  }

  /** The time until the next read. */
  get seconds() {
    return this.fetching ? TITLE_WAITS_S[this.step] : MINUTE_S;
  }

  /** The library has changed. @param {number} missing */
  note(missing) {
    if (missing > this.missing) this.step = 0;
    if (missing !== this.missing) this.looks = 0;
    this.missing = missing;
  }

  /** The page has read and applied changes. @param {number} missing */
  looked(missing) {
    const { looks, step } = this;
    this.looks = looks + 1;
    this.step = Math.min(step + 1, TITLE_WAITS_S.length - 1);
    this.note(missing);
  }
}
