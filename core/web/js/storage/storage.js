/**
 * What this browser keeps: who is here, their library, and changes that wait. No tokens.
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
/** @typedef {{person: string, reads: Read[]}} Library what was read of it, the older first */
/** @typedef {BrowserStorage | MemoryStorage} Kept */

/** In the order of their revisions; other keys of the store are text. */
const READS = globalThis.IDBKeyRange?.lowerBound([]);

/** The user, stored a second time: the page shows no library that a sign-out could not remove. */
const PERSON = "core-person";
/** Whether the last user signed out; after a session that just ended the key is there, and empty. */
export const isVacant = () => get("localStorage", PERSON) === null;

/** Open the browser's database; without one the page works and forgets. */
export async function openStorage() {
  try {
    return new BrowserStorage(await openDatabase());
  } catch {
    return new MemoryStorage();
  }
}

/** @returns {Promise<IDBDatabase>} @throws {unknown} the browser keeps nothing, or never says */
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

/** Another tab, or a slow disk, may hold it up for ever: then it fails. @param {IDBRequest} request */
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
    // it has come to its end, and is about to say so
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

/** What the page keeps as long as it is open. */
export class MemoryStorage {
  constructor() {
    this.person = "";
    /** @type {Change[]} */
    this.list = [];
    this.last = 0;
  }

  /** A page that is loaded again reads the library again. @returns {Promise<Library | undefined>} */
  async library() {
    return undefined;
  }

  async keepRead() {}

  /** This person is here now; the data of any other user goes. @param {string} person */
  async belongTo(person) {
    if (person || !isVacant()) set("localStorage", PERSON, person);
    if (person) this.list = this.list.filter((change) => change.person === person);
    this.person = person;
  }

  /** Changes in the order in which they were made. @param {string} person @returns {Promise<Change[]>} */
  async changes(person) {
    return this.list.filter((change) => change.person === person);
  }

  /** Keep a change, and return its number. @param {Change} change */
  async addChange(change) {
    this.last -= 1; // the numbers of what a browser keeps are above zero
    this.list.push({ ...change, number: this.last });
    return this.last;
  }

  /** Put a change in the place of the one with its number. @param {Change} change */
  async putChange(change) {
    this.list = this.list.map((one) => (one.number === change.number ? change : one));
  }

  /** @param {number} number */
  async removeChange(number) {
    this.list = this.list.filter((change) => change.number !== number);
  }

  /** Keep nothing of any user. */
  async forget() {
    remove("localStorage", PERSON);
    this.person = "";
    this.list = [];
  }
}

/** The browser's database; what it does not take, since it is full or broken, the page keeps. */
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
      const [person, reads] = await Promise.all([
        ended(store.get("person")),
        ended(store.getAll(READS)),
      ]);
      return reads.length && person === get("localStorage", PERSON) ? { person, reads } : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * Keep what this user's page read, after what is kept or in its place.
   * @param {string} person
   * @param {Read} read
   * @param {boolean} isWhole
   */
  async keepRead(person, read, isWhole) {
    try {
      const store = this.open("libraries", "readwrite");
      if ((await ended(store.get("person"))) !== person) return;
      if (isWhole) store.delete(READS);
      if (isWhole) store.delete("last"); // as an earlier version kept the library
      await written(store.put(read, [read.revision, Date.now(), Math.random()]));
    } catch {
      // the sync token that is kept is older then: the next start reads this again
    }
  }

  /** @param {string} person @throws {unknown} another's library is still there, but not shown */
  async belongTo(person) {
    const maySendLater = !person && !isVacant();
    await this.page.belongTo(person);
    const store = this.open("libraries", "readwrite");
    if ((await ended(store.get("person"))) !== person) {
      store.clear();
      await written(store.put(person, "person"));
    }
    if (maySendLater) return;
    const changes = this.open("changes", "readwrite"); // not waited for: the next start removes the rest
    const all = changes.getAll();
    all.onsuccess = () => {
      for (const one of all.result) if (one.person !== person) changes.delete(one.number);
    };
  }

  /**
   * @param {string} person
   * @returns {Promise<Change[]>}
   * @throws {unknown} the database is gone
   */
  async changes(person) {
    const all = await ended(this.open("changes", "readonly").getAll());
    return [
      ...all.filter((change) => change.person === person),
      ...(await this.page.changes(person)),
    ];
  }

  /** Kept for the user who is here; a tab that missed their sign-out keeps it itself. @param {Change} change */
  async addChange(change) {
    try {
      const both = this.database.transaction(["changes", "libraries"], "readwrite");
      const person = await ended(both.objectStore("libraries").get("person"));
      if (person !== change.person) throw person;
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
      if (await ended(store.get(number))) await written(store.put(change)); // else it is gone by another tab
    } catch {
      // it is sent, and refused, once more the next time
    }
  }

  /** @param {number} number */
  async removeChange(number) {
    await this.page.removeChange(number);
    try {
      if (number > 0) await written(this.open("changes", "readwrite").delete(number));
    } catch {
      // this page sends it no second time, and takes it away when it reads it again
    }
  }

  /** @throws {unknown} it is still there, but shown to no user; the next start removes it */
  async forget() {
    await this.page.forget();
    const clear = (/** @type {string} */ name) => written(this.open(name, "readwrite").clear());
    await Promise.all([clear("libraries"), clear("changes")]);
  }
}
