/**
 * What this browser keeps: who is here, their library, and changes that wait. No tokens.
 *
 * Whoever signs in gets only what is theirs; the library goes when its person does. Other tabs may
 * be a step behind, so what is theirs is looked up in the transaction that writes it.
 */

import { recall, remember } from "./memory.js";

const NAME = "core";
const VERSION = 1;
const OPENING_TIME_MS = 2_000;
const WORKING_TIME_MS = 5_000;

/** @typedef {import("./outbox.js").Change} Change */
/** @typedef {{person: string, etag: string, videos: any[]}} Library */

/** @typedef {Device | Forgetful} Kept */

/** Who is here, once more: a library that its person's leaving did not reach is not shown. */
const PERSON = "core-person";

/** Open the browser's database; without one the page works and forgets. */
export async function openDevice() {
  try {
    return new Device(await openDatabase());
  } catch {
    return new Forgetful();
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
 * Wait until it is kept: a transaction may come to nothing after all of its requests went well.
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
export class Forgetful {
  constructor() {
    this.person = "";
    /** @type {Library | undefined} */
    this.kept = undefined;
    /** @type {Change[]} */
    this.list = [];
    this.last = 0;
  }

  /** The library of whoever is here, as it was last seen. */
  async library() {
    return this.kept;
  }

  /** Keep it, if it is of whoever is here. @param {Library} library */
  async keepLibrary(library) {
    if (library.person === this.person) this.kept = library;
  }

  /** This person is here now; what was shown to another goes. @param {string} person */
  async belongTo(person) {
    remember("localStorage", PERSON, person);
    if (person !== this.person) this.kept = undefined;
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

  /** Keep nothing of this person any more. @param {string} person */
  async forget(person) {
    this.kept = undefined;
    this.list = this.list.filter((change) => change.person !== person);
  }
}

/** The browser's database; what it does not take, since it is full or broken, the page keeps. */
export class Device {
  /** @param {IDBDatabase} database */
  constructor(database) {
    this.database = database;
    this.page = new Forgetful();
  }

  /** @param {string} store @param {IDBTransactionMode} mode */
  open(store, mode) {
    return this.database.transaction(store, mode).objectStore(store);
  }

  /** @returns {Promise<Library | undefined>} */
  async library() {
    try {
      const store = this.open("libraries", "readonly");
      const [person, library] = await Promise.all([ended(store.get("person")), ended(store.get("last"))]);
      const same = library?.person === person && person === recall("localStorage", PERSON);
      return same ? library : undefined;
    } catch {
      return undefined;
    }
  }

  /** @param {Library} library */
  async keepLibrary(library) {
    try {
      const store = this.open("libraries", "readwrite");
      if ((await ended(store.get("person"))) === library.person) await written(store.put(library, "last"));
    } catch {
      // without it the library is read anew the next time
    }
  }

  /** @param {string} person @throws {unknown} another's library is still there, but not shown */
  async belongTo(person) {
    await this.page.belongTo(person);
    const store = this.open("libraries", "readwrite");
    if ((await ended(store.get("person"))) === person) return;
    store.clear();
    await written(store.put(person, "person"));
  }

  /**
   * @param {string} person
   * @returns {Promise<Change[]>}
   * @throws {unknown} the database is gone
   */
  async changes(person) {
    const all = await ended(this.open("changes", "readonly").getAll());
    return [...all.filter((change) => change.person === person), ...(await this.page.changes(person))];
  }

  /** @param {Change} change */
  async addChange(change) {
    try {
      return Number(await written(this.open("changes", "readwrite").add(change)));
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

  /** @param {string} person */
  async forget(person) {
    await this.page.forget(person);
    await written(this.open("libraries", "readwrite").clear());
    for (const { number } of await this.changes(person)) await this.removeChange(number ?? 0);
  }
}
