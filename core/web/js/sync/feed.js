/**
 * Keeps a user's library up to date through Core's change feed (`GET /changes`).
 *
 * All tabs share one reader: a tab that reads holds a lock, and sends its reads to the others. Sent
 * changes are drawn on top until a read that began later contains them.
 */

import { Refused } from "../api.js";
import { after, kindOf } from "../changes/changes.js";
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
 *   `read`: null when nothing changed since the last one; `began`: when the request began;
 *   `isRestart`: the sync token was too old; `sent`: a change that Core applied, at that time */
/** @typedef {{keepRead(userId: string, read: Read, isWhole: boolean): Promise<void>}} Kept */
/** @typedef {<T>(work: () => Promise<T>, waits: boolean) => Promise<T | undefined>} Alone */

const GONE = 410;
/** The database stores each read; more of them are packed into one. */
const MAX_READS = 100;

export class Feed {
  /**
   * @param {Pick<import("../api.js").ApiService, "userId" | "readChanges">} api
   * @param {Kept} kept
   * @param {Alone} alone holds the lock of the reader
   */
  constructor(api, kept, alone) {
    this.api = api;
    this.kept = kept;
    this.alone = alone;
    this.confirmed = new Confirmed();
    this.waits = new Waits();
    /** @type {{at: number, draw: Draw}[]} applied changes that no read contains yet */
    this.sent = [];
    /** When the last read began, in this tab or another. */
    this.looked = 0;
    this.closed = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.tabs = new BroadcastChannel(`core-feed ${api.userId}`);
    this.tabs.onmessage = ({ data }) => this.hear(data);
    /** Called when the page must be redrawn. */
    this.onChange = () => {};
    /** Called when it is time to look for changes. */
    this.onDue = () => {};
  }

  get userId() {
    return this.api.userId;
  }

  /** The time until the next read. */
  get wait_ms() {
    return this.waits.seconds * 1000;
  }

  /** Begin with the stored reads. @param {readonly Read[]} reads */
  open(reads) {
    this.confirmed = Confirmed.from(reads);
    if (reads.length > MAX_READS && this.confirmed.revision) this.keep(this.confirmed.packed());
  }

  /** The user left. */
  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.tabs.close();
    this.onChange = this.onDue = () => {};
  }

  /**
   * The library as Core has confirmed it, with unconfirmed changes on top.
   * @param {LibraryState} library with the current filters
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
   * Read changes, unless another tab has done so in the meantime.
   * @param {number} [fresh_ms] skip the read if the last one is at most this old
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

  /** Read until the reads contain all sent changes. */
  async read() {
    do {
      const began = Date.now();
      const news = { ...(await this.ask()), began };
      const isLarge = news.read ? await prepare(news.read) : false;
      const rest = () => (isLarge ? pause() : undefined);
      await rest();
      if (this.closed) return;
      const changes = this.take(news);
      await rest();
      if (changes) this.onChange();
      await rest(); // render before storing
      if (this.closed) return;
      if (!isLarge) this.tabs.postMessage(news); // copying a large read blocks the page: other tabs read it
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
   * Core has applied a change, and answered with the row or none. A row without a revision can't be
   * ordered, so the change is drawn instead: a proxy has removed the ETag.
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

  /** Draw a change that Core has applied until a read contains it. @param {Draw} draw */
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

  /** @param {News} news of this tab or another @returns whether to redraw */
  take({ read, began, sent, at }) {
    if (this.closed) return false;
    if (sent) {
      const { isNew } = kindOf(sent); // the read brings the video, which no longer waits
      this.addSent((library) => (isNew ? library : after(library, sent)), at);
      return false; // addSent has drawn it
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

  /** Schedule the next read. */
  plan() {
    clearTimeout(this.timer);
    if (!this.closed) this.timer = setTimeout(() => this.onDue(), this.wait_ms);
  }

  /** @param {Read} read */
  keep(read) {
    this.kept.keepRead(this.userId, read, read.since === 0);
  }
}

/**
 * Do the work while no other tab of this user reads the feed.
 * @template T
 * @param {string} userId
 * @param {() => Promise<T>} work
 * @param {boolean} waits false: skip the work while another tab reads
 * @returns {Promise<T | undefined>}
 */
export async function aloneInFeed(userId, work, waits) {
  if (!navigator.locks) return await work();
  const options = { ifAvailable: !waits };
  return await navigator.locks.request(`core-feed ${userId}`, options, (lock) =>
    lock ? work() : undefined,
  );
}
