/**
 * Keeps a user's library up to date through Core's change feed (`GET /changes`).
 *
 * All tabs share one reader: a tab that asks holds a lock, and tells the others what it read. What
 * the outbox has sent is drawn on top until a later read brings it.
 */

import { Refused } from "../api.js";
import { after } from "../changes/changes.js";
import { awaitsTitle, plain } from "../videos/video.js";
import { Confirmed, pause, prepare } from "./confirmed.js";
import { FORMAT } from "./nouns.js";
import { Waits } from "./waits.js";

/** @typedef {import("../changes/outbox.js").Change} Change */
/** @typedef {import("../videos/library_state.js").LibraryState} LibraryState */
/** @typedef {import("../videos/video.js").Video} Video */
/** @typedef {import("./confirmed.js").Read} Read */
/** @typedef {(library: LibraryState) => LibraryState} Draw */
/** @typedef {{read?: Read | null, began?: number, isRestart?: boolean, sent?: Change, at?: number}} News
 *   `read`: null when nothing changed since the last one; `began`: when it was asked for;
 *   `isRestart`: the sync token was too old; `sent`: a change that Core applied, at that time */
/** @typedef {{keepRead(person: string, read: Read, isWhole: boolean): Promise<void>}} Kept */
/** @typedef {<T>(work: () => Promise<T>, waits: boolean) => Promise<T | undefined>} Alone */

const GONE = 410;
/** A browser keeps the reads one after the other, and packs so many into one. */
const MOST_READS = 100;

export class Feed {
  /**
   * @param {Pick<import("../api.js").ApiService, "person" | "readChanges">} api
   * @param {Kept} kept
   * @param {Alone} alone holds the lock of the reader
   */
  constructor(api, kept, alone) {
    this.api = api;
    this.kept = kept;
    this.alone = alone;
    this.confirmed = new Confirmed();
    this.waits = new Waits();
    /** @type {{at: number, draw: Draw}[]} changes that Core has applied, and no read has brought */
    this.sent = [];
    /** When the last read began, in this tab or another. */
    this.looked = 0;
    this.closed = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.tabs = new BroadcastChannel(`core-feed ${api.person}`);
    this.tabs.onmessage = ({ data }) => this.hear(data);
    /** Called when there is something else to draw. */
    this.onChange = () => {};
    /** Called when it is time to look for changes. */
    this.onDue = () => {};
  }

  get person() {
    return this.api.person;
  }

  /** Until the next look. */
  get wait_ms() {
    return this.waits.seconds * 1000;
  }

  /** Begin with what the browser keeps. @param {readonly Read[]} reads */
  open(reads) {
    this.confirmed = Confirmed.from(reads);
    if (reads.length > MOST_READS && this.confirmed.revision) this.keep(this.confirmed.packed());
  }

  /** The user left. */
  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.tabs.close();
    this.onChange = this.onDue = () => {};
  }

  /**
   * The library as Core has confirmed it, with the changes on top that it has not.
   * @param {LibraryState} library how it is looked at
   * @param {readonly Change[]} unsent
   */
  draw(library, unsent) {
    const { rows, isRead } = this.confirmed;
    /** @type {LibraryState} */
    let drawn = library.reading(rows, isRead);
    for (const { draw } of this.sent) drawn = draw(drawn);
    drawn = unsent.reduce(after, drawn);
    return isRead ? drawn.pruned() : drawn;
  }

  /**
   * Ask for changes, unless another tab has done so since.
   * @param {number} [fresh_ms] how long ago that may be, for a look that need not be now
   * @throws {import("../api.js").Failed}
   */
  async look(fresh_ms = 0) {
    const since = Date.now() - fresh_ms;
    const isFresh = () => this.looked > since && this.looked <= Date.now(); // else the clock went back
    try {
      await this.alone(async () => {
        if (!this.closed && !isFresh()) await this.read();
      }, fresh_ms === 0);
    } catch (error) {
      this.waits.looked(this.waits.missing);
      throw error;
    } finally {
      this.plan();
    }
  }

  /** Read until no sent change is left that was applied in the meantime. */
  async read() {
    do {
      const began = Date.now();
      const news = { ...(await this.ask()), began };
      const isLarge = news.read ? await prepare(news.read) : false;
      const rest = () => (isLarge ? pause() : undefined);
      if (this.closed) return;
      const changes = this.take(news);
      await rest();
      if (changes) this.onChange();
      await rest(); // what is drawn is seen before it is kept
      if (this.closed) return;
      this.tabs.postMessage(news);
      await rest();
      if (news.read) this.keep(news.read);
    } while (this.sent.length);
  }

  /** @returns {Promise<News>} */
  async ask() {
    const { revision, etag } = this.confirmed;
    try {
      return { read: await this.api.readChanges(revision, etag) };
    } catch (error) {
      if (!(error instanceof Refused && error.status === GONE)) throw error;
      this.confirmed = this.confirmed.outdated();
      return { read: await this.api.readChanges(0, ""), isRestart: true };
    }
  }

  /**
   * Core has applied a change of the outbox, and answered the row or none. A row without a revision
   * says nothing about older and newer rows: a proxy took the ETag away.
   * @param {Change} change
   * @param {Video | null} video
   */
  confirm(change, video) {
    if (!video?.revision) return this.tell({ sent: change, at: Date.now() });
    const pages = [JSON.stringify({ videos: [plain(video)] })];
    const read = { since: null, revision: video.revision, etag: "", format: FORMAT, pages };
    this.tell({ read });
    this.keep(read);
  }

  /** Draw a change that Core has applied until a read brings it. @param {Draw} draw */
  addSent(draw, at = Date.now()) {
    this.sent = [...this.sent, { at, draw }];
    this.onChange();
  }

  /** @param {News} news */
  tell(news) {
    if (this.take(news)) this.onChange();
    this.tabs.postMessage(news);
  }

  /** @param {News} news of another tab */
  hear(news) {
    if (news.read && news.read.format !== FORMAT) return; // of another version of the page
    if (news.isRestart) this.confirmed = this.confirmed.outdated();
    if (this.take(news)) this.onChange();
  }

  /** @param {News} news of this tab or another @returns whether there is something else to draw */
  take({ read, began, sent, at }) {
    if (this.closed) return false;
    if (sent) {
      this.addSent((library) => after(library, sent), at);
      return false; // it is drawn
    }
    const before = [this.confirmed, this.sent.length, this.waits.fetching];
    if (read) this.confirmed = this.confirmed.with(read);
    const missing = this.confirmed.rows.videos.filter(awaitsTitle).length;
    if (began === undefined) this.waits.note(missing);
    else {
      this.looked = Math.max(this.looked, began);
      this.sent = this.sent.filter((one) => one.at >= began);
      this.waits.looked(missing);
    }
    this.plan();
    const now = [this.confirmed, this.sent.length, this.waits.fetching];
    return now.some((one, index) => one !== before[index]);
  }

  /** Look again later. */
  plan() {
    clearTimeout(this.timer);
    if (!this.closed) this.timer = setTimeout(() => this.onDue(), this.wait_ms);
  }

  /** @param {Read} read */
  keep(read) {
    this.kept.keepRead(this.person, read, read.since === 0);
  }
}

/**
 * Do the work while no other tab of this user reads the feed.
 * @template T
 * @param {string} person
 * @param {() => Promise<T>} work
 * @param {boolean} waits else it is not done when another tab reads
 * @returns {Promise<T | undefined>}
 */
export async function aloneInFeed(person, work, waits) {
  if (!navigator.locks) return await work();
  const options = { ifAvailable: !waits };
  return await navigator.locks.request(`core-feed ${person}`, options, (lock) =>
    lock ? work() : undefined,
  );
}
