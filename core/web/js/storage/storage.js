/**
 * What this browser stores: the user's id, their library, and unsent changes. No tokens.
 *
 * It keeps the data of one user at most. Sign-out removes everything. A session that ends otherwise leaves the changes until
 * another user signs in. A tab may not know of a new user yet, so a write checks in its transaction whose data it is.
 */

import { get, remove, set } from "./web_storage.js";

const NAME = "core";
const VERSION = 1;
const OPENING_TIME_MS = 2_000;
const WORKING_TIME_MS = 5_000;

/** @typedef {import("../changes/outbox.js").Change} Change */
/** @typedef {import("../sync/confirmed.js").Read} Read */
/** @typedef {{userId: string, reads: Read[]}} Library its stored reads, oldest first */
/** @typedef {BrowserStorage | MemoryStorage} Kept */

/** The keys of the parts of reads, which sort by revision; other keys of the store are text. */
const READS = globalThis.IDBKeyRange?.lowerBound([]);

/** The key of the user's id; browsers have stored it under this name, like the field of each change. */
const USER_ID = "person";
/** The user's id, stored a second time: the page shows no library that a sign-out could not remove. */
const USER_ID_COPY = "core-person";
/** Whether the last user signed out; after an expired session the key exists, but is empty. */
export const isVacant = () => get("localStorage", USER_ID_COPY) === null;

/** Open the browser's database; without one, data lasts as long as the page. */
export async function openStorage() {
  try {
    return new BrowserStorage(await openDatabase());
  } catch {
    return new MemoryStorage();
  }
}

/** @returns {Promise<IDBDatabase>} @throws {unknown} the browser has no database, or it hangs */
function openDatabase() {
  const opening = indexedDB.open(NAME, VERSION);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore("libraries");
    opening.result.createObjectStore("changes", { keyPath: "number", autoIncrement: true });
  };
  const late = new Promise((_, reject) => setTimeout(reject, OPENING_TIME_MS));
  return Promise.race([ended(opening), late]);
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function ended(request) {
  return new Promise((resolve, reject) => {
    giveUpLate(request);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Abort a transaction that another tab or a slow disk blocks. @param {IDBRequest} request */
function giveUpLate({ transaction }) {
  if (!transaction) return; // the database is being opened
  const timer = setTimeout(() => abort(transaction), WORKING_TIME_MS);
  for (const name of ["complete", "abort"]) {
    transaction.addEventListener(name, () => clearTimeout(timer));
  }
}

/** @param {IDBTransaction} transaction */
function abort(transaction) {
  try {
    transaction.abort();
  } catch {
    // it is already complete
  }
}

/**
 * Wait until the transaction is complete: it may abort after all of its requests succeeded.
 * @template T
 * @param {IDBRequest<T>} request the last one of its transaction
 * @returns {Promise<T>}
 */
function written(request) {
  const transaction = /** @type {IDBTransaction} */ (request.transaction);
  return new Promise((resolve, reject) => {
    giveUpLate(request);
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** Join the stored parts of each read. @param {(Read & {part: number})[]} stored in order */
function joined(stored) {
  /** @type {Read[]} */
  const reads = [];
  for (const { part, ...read } of stored) {
    if (part) reads.at(-1)?.pages.push(...read.pages);
    else reads.push(read);
  }
  return reads;
}

/** Storage that lasts as long as the page. */
export class MemoryStorage {
  constructor() {
    /** @type {Change[]} */
    this.list = [];
    this.last = 0;
  }

  /** Nothing is stored: a reload reads the library again. @returns {Promise<Library | undefined>} */
  async library() {
    return undefined;
  }

  async keepRead() {}

  /** Set the user, and remove the data of any other user. @param {string} userId */
  async belongTo(userId) {
    if (userId || !isVacant()) set("localStorage", USER_ID_COPY, userId);
    if (userId) this.list = this.list.filter((change) => change.person === userId);
  }

  /** The changes, oldest first. @param {string} userId @returns {Promise<Change[]>} */
  async changes(userId) {
    return this.list.filter((change) => change.person === userId);
  }

  /** Store a change, and return its number. @param {Change} change */
  async addChange(change) {
    this.last -= 1; // numbers in the database are above zero
    this.list.push({ ...change, number: this.last });
    return this.last;
  }

  /** Replace the change with this number. @param {Change} change */
  async putChange(change) {
    this.list = this.list.map((one) => (one.number === change.number ? change : one));
  }

  /** @param {number} number */
  async removeChange(number) {
    this.list = this.list.filter((change) => change.number !== number);
  }

  /** Remove the data of all users. */
  async forget() {
    remove("localStorage", USER_ID_COPY);
    this.list = [];
  }
}

/** The browser's database. If it is full or broken, changes stay in memory. */
export class BrowserStorage {
  /** @param {IDBDatabase} database */
  constructor(database) {
    this.database = database;
    this.page = new MemoryStorage();
  }

  /** @param {string} store @param {IDBTransactionMode} mode */
  open(store, mode) {
    return this.database.transaction(store, mode).objectStore(store);
  }

  /** @returns {Promise<Library | undefined>} */
  async library() {
    try {
      const store = this.open("libraries", "readonly");
      const [userId, stored] = await Promise.all([
        ended(store.get(USER_ID)),
        ended(store.getAll(READS)),
      ]);
      const reads = joined(stored);
      return reads.length && userId === get("localStorage", USER_ID_COPY)
        ? { userId, reads }
        : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * Store a read of this user, after the stored ones or in their place.
   * @param {string} userId
   * @param {Read} read
   * @param {boolean} isWhole
   */
  async keepRead(userId, read, isWhole) {
    try {
      const store = this.open("libraries", "readwrite");
      if ((await ended(store.get(USER_ID))) !== userId) return;
      if (isWhole) store.delete(READS);
      if (isWhole) store.delete("last"); // the format of an earlier version
      const key = [read.revision, Date.now(), Math.random()];
      /** @type {IDBRequest | undefined} */
      let put;
      for (const [part, page] of read.pages.entries()) {
        put = store.put({ ...read, pages: [page], part }, [...key, part]);
        await ended(put); // each part in its own task
      }
      if (put) await written(put);
    } catch {
      // the stored sync token stays older, so the next start reads this again
    }
  }

  /** @param {string} userId @throws {unknown} another user's library is still stored, but not shown */
  async belongTo(userId) {
    const maySendLater = !userId && !isVacant();
    await this.page.belongTo(userId);
    const store = this.open("libraries", "readwrite");
    if ((await ended(store.get(USER_ID))) !== userId) {
      store.clear();
      await written(store.put(userId, USER_ID));
    }
    if (maySendLater) return;
    const changes = this.open("changes", "readwrite"); // not awaited: the next start removes the rest
    const all = changes.getAll();
    all.onsuccess = () => {
      for (const one of all.result) if (one.person !== userId) changes.delete(one.number);
    };
  }

  /**
   * @param {string} userId
   * @returns {Promise<Change[]>}
   * @throws {unknown} the database is gone
   */
  async changes(userId) {
    const all = await ended(this.open("changes", "readonly").getAll());
    return [
      ...all.filter((change) => change.person === userId),
      ...(await this.page.changes(userId)),
    ];
  }

  /** A tab that missed a sign-out keeps its changes in memory, as the database is another user's. @param {Change} change */
  async addChange(change) {
    try {
      const both = this.database.transaction(["changes", "libraries"], "readwrite");
      const userId = await ended(both.objectStore("libraries").get(USER_ID));
      if (userId !== change.person) throw userId;
      return Number(await written(both.objectStore("changes").add(change)));
    } catch {
      return await this.page.addChange(change);
    }
  }

  /** @param {Change} change */
  async putChange(change) {
    await this.page.putChange(change);
    try {
      const number = Number(change.number);
      if (number < 0) return;
      const store = this.open("changes", "readwrite");
      if (await ended(store.get(number))) await written(store.put(change)); // else another tab has removed it
    } catch {
      // the next start sends it again, and Core refuses it again
    }
  }

  /** @param {number} number */
  async removeChange(number) {
    await this.page.removeChange(number);
    try {
      if (number > 0) await written(this.open("changes", "readwrite").delete(number));
    } catch {
      // this page does not send it again, and removes it at the next read
    }
  }

  /** @throws {unknown} the data is still stored, but not shown; the next start removes it */
  async forget() {
    await this.page.forget();
    const clear = (/** @type {string} */ name) => written(this.open(name, "readwrite").clear());
    await Promise.all([clear("libraries"), clear("changes")]);
  }
}
