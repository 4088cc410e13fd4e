/** When to ask for changes next. Pure. */

const MINUTE_S = 60;
/** While titles are missing. After as many looks without a new title they are no longer awaited. */
const TITLE_WAITS_S = [1, 2, 4, 8, 16, 30];

/** Each method tells how many titles are missing now. */
export class Waits {
  constructor() {
    this.missing = 0;
    this.step = 0;
    this.looks = 0;
  }

  /** Titles that are being fetched; 0 when none came for a while. */
  get fetching() {
    return this.looks < TITLE_WAITS_S.length ? this.missing : 0;
  }

  /** Until the next look. */
  get seconds() {
    return this.fetching ? TITLE_WAITS_S[this.step] : MINUTE_S;
  }

  /** Videos came or went. @param {number} missing */
  note(missing) {
    if (missing > this.missing) this.step = 0;
    if (missing !== this.missing) this.looks = 0;
    this.missing = missing;
  }

  /** The page asked for changes, and has applied them. @param {number} missing */
  looked(missing) {
    const { looks, step } = this;
    this.looks = looks + 1;
    this.step = Math.min(step + 1, TITLE_WAITS_S.length - 1);
    this.note(missing);
  }
}
