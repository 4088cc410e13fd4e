/** The library as Core has confirmed it, and how a response changes it. Pure. */

import { FORMAT, NOUNS } from "./nouns.js";
import { inParts } from "./pages.js";
import { replaceRows } from "./rows.js";

/** @typedef {keyof typeof NOUNS} Noun */
/** @typedef {import("./nouns.js").Rows} Rows */

/**
 * One read of the feed, or one row from the response to a change; browsers store it like this.
 * @typedef {object} Read
 * @property {number | null} since the sync token that was sent; 0 for everything; null for one row
 * @property {number} revision the next sync token, or the revision of the row
 * @property {string} etag
 * @property {number} format of the page that read it
 * @property {string[]} pages JSON of the responses, in parts
 */

/** Characters of a read that a slow phone parses without a noticeable pause. */
const LARGE = 100_000;
/** How long a large read may block the page at a time. */
const SLICE_MS = 25;

/** @type {WeakMap<Read, any[]>} pages whose rows are parsed already */
const prepared = new WeakMap();

/** Yield to input and rendering. */
export function pause() {
  return new Promise((resolve) => setTimeout(resolve));
}

/**
 * Parse the rows of a large read in small steps, so that they do not block the page.
 * @param {Read} read
 * @returns {Promise<boolean>} whether it is large
 */
export async function prepare(read) {
  if (read.pages.every((page) => page.length < LARGE)) return false;
  const pages = [];
  for (const text of read.pages) {
    await pause();
    const page = JSON.parse(text);
    for (const [noun, { read: make }] of Object.entries(NOUNS))
      page[noun] = await makeRows(page[noun] ?? [], make);
    pages.push(page);
  }
  prepared.set(read, pages);
  return true;
}

/** @param {any[]} rows @param {(row: any) => any} make */
async function makeRows(rows, make) {
  const made = [];
  let began = 0;
  for (const row of rows) {
    if (performance.now() - began > SLICE_MS) {
      await pause();
      began = performance.now();
    }
    made.push(make(row));
  }
  return made;
}

/** Immutable; an unchanged row stays the same object. */
export class Confirmed {
  /**
   * @param {Rows} rows
   * @param {number} revision the sync token; 0 when everything has to be read
   * @param {string} etag
   * @param {boolean} isRead whether a full read was applied
   */
  constructor(rows = forEachNoun(() => []), revision = 0, etag = "", isRead = false) {
    this.rows = rows;
    this.revision = revision;
    this.etag = etag;
    this.isRead = isRead;
  }

  /**
   * Combine stored reads. Rows of an older format are shown until a full read.
   * @param {readonly Read[]} reads
   */
  static from(reads) {
    const found = reads.reduce((confirmed, read) => confirmed.with(read), new Confirmed());
    return reads.every(({ format }) => format === FORMAT) ? found : found.outdated();
  }

  /**
   * Apply a read: the row with the higher revision wins. Applying it twice is harmless.
   * @param {Read} read
   */
  with(read) {
    const pages = prepared.get(read) ?? read.pages.map((page) => JSON.parse(page));
    const rows = forEachNoun((noun) => merge(noun, this.rows[noun], pages, read, this.revision));
    const { since, revision, etag } = read;
    const goesOn = since !== null && since <= this.revision && revision >= this.revision;
    if (since === 0 || (this.isRead && goesOn)) return new Confirmed(rows, revision, etag, true);
    return new Confirmed(rows, this.revision, this.etag, this.isRead);
  }

  /**
   * The same rows, to be replaced by a full read: any row of a response is newer. After a restored
   * backup their revisions mean nothing.
   */
  outdated() {
    const old = (/** @type {Noun} */ noun) =>
      this.rows[noun].map((row) => ({ ...row, revision: -1 }));
    return new Confirmed(forEachNoun(old), 0, "", this.isRead);
  }

  /** The same as one read, to be stored. @returns {Read} */
  packed() {
    const { revision, etag } = this;
    const written = (/** @type {Noun} */ noun) =>
      this.rows[noun].map(/** @type {any} */ (NOUNS[noun].write));
    const pages = inParts(JSON.stringify(forEachNoun(/** @type {any} */ (written))));
    return { since: 0, revision, etag, format: FORMAT, pages };
  }
}

/** @param {(noun: Noun) => readonly any[]} make @returns {Rows} */
function forEachNoun(make) {
  const nouns = /** @type {Noun[]} */ (Object.keys(NOUNS));
  return /** @type {any} */ (Object.fromEntries(nouns.map((noun) => [noun, make(noun)])));
}

/**
 * @param {Noun} noun
 * @param {readonly any[]} rows
 * @param {readonly any[]} pages
 * @param {Read} answer
 * @param {number} seen the sync token of the rows: they include all changes until then
 */
function merge(noun, rows, pages, answer, seen) {
  const { read, order } = /** @type {any} */ (NOUNS[noun]);
  const there = pages.flatMap((page) => page[noun] ?? []);
  const { known, gone } = oldRows(noun, rows, pages, there, answer);
  // A row that changes while pages are read comes twice, the later one last.
  const found = new Map();
  for (const row of there) {
    const before = known.size ? known.get(row.id) : undefined; // an empty map still costs ten thousand look-ups
    if (row.revision > (before ?? (seen || -1))) found.set(row.id, row);
  }
  const old = [...gone].filter((id) => (known.get(id) ?? Infinity) <= answer.revision);
  if (!found.size && !old.length) return rows;
  const made = [...found.values()];
  return replaceRows(rows, prepared.has(answer) ? made : made.map(read), old, order);
}

/**
 * The revisions of the rows that a response names or removes, and the ids of those that it removes.
 * @param {Noun} noun
 * @param {readonly any[]} rows
 * @param {readonly any[]} pages
 * @param {readonly any[]} there the rows of the response
 * @param {Read} answer
 */
function oldRows(noun, rows, pages, there, { since }) {
  const { of, by } = /** @type {any} */ (NOUNS[noun]);
  /** @type {Map<number, number>} */
  const known = new Map();
  const gone = new Set(pages.flatMap((page) => page.gone?.[noun] ?? []));
  if (!rows.length) return { known, gone };
  const goneWith = new Set(of ? pages.flatMap((page) => page.gone?.[of] ?? []) : []);
  if (goneWith.size) for (const row of rows) if (goneWith.has(row[by])) gone.add(row.id);
  if (since === 0) for (const { id } of rows) gone.add(id);
  for (const { id } of there) gone.delete(id); // deleted, then saved again with the same id
  const named = new Set(gone);
  for (const { id } of there) named.add(id);
  for (const { id, revision } of rows) if (named.has(id)) known.set(id, revision);
  return { known, gone };
}
