/**
 * What this browser keeps: who was here last, their library, and changes that wait. No tokens.
 *
 * Whoever signs in gets only what is theirs; the library goes when its person signs out.
 */

const NAME = "core";
const VERSION = 1;

/** @typedef {import("./outbox.js").Change} Change */
/** @typedef {{person: string, name: string, etag: string, videos: any[]}} Library */

/** @typedef {Device | Forgetful} Kept */

/** Open the browser's database; without one the page works and forgets. */
export async function openDevice() {
  try {
    return new Device(await openDatabase());
  } catch {
    return new Forgetful();
  }
}

/** @returns {Promise<IDBDatabase>} */
function openDatabase() {
  const opening = indexedDB.open(NAME, VERSION);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore("libraries");
    opening.result.createObjectStore("changes", { keyPath: "number", autoIncrement: true });
  };
  return ended(opening);
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function ended(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

class Device {
  /** @param {IDBDatabase} database */
  constructor(database) {
    this.database = database;
  }

  /** @param {string} store @param {IDBTransactionMode} mode */
  open(store, mode) {
    return this.database.transaction(store, mode).objectStore(store);
  }

  /** The library of whoever was here last, if they did not sign out. */
  async library() {
    return /** @type {Library | undefined} */ (
      await ended(this.open("libraries", "readonly").get("last"))
    );
  }

  /** @param {Library} library */
  async keepLibrary(library) {
    await ended(this.open("libraries", "readwrite").put(library, "last"));
  }

  async forgetLibrary() {
    await ended(this.open("libraries", "readwrite").clear());
  }

  /** @param {string} person @returns {Promise<Change[]>} */
  async changes(person) {
    const all = await ended(this.open("changes", "readonly").getAll());
    return all.filter((change) => change.person === person);
  }

  /** @param {Change} change */
  async addChange(change) {
    return Number(await ended(this.open("changes", "readwrite").add(change)));
  }

  /** @param {number} number */
  async removeChange(number) {
    await ended(this.open("changes", "readwrite").delete(number));
  }
}

export class Forgetful {
  constructor() {
    /** @type {Library | undefined} */
    this.kept = undefined;
    /** @type {Change[]} */
    this.list = [];
    this.last = 0;
  }

  async library() {
    return this.kept;
  }

  /** @param {Library} library */
  async keepLibrary(library) {
    this.kept = library;
  }

  async forgetLibrary() {
    this.kept = undefined;
  }

  /** @param {string} person @returns {Promise<Change[]>} */
  async changes(person) {
    return this.list.filter((change) => change.person === person);
  }

  /** @param {Change} change */
  async addChange(change) {
    this.last += 1;
    this.list.push({ ...change, number: this.last });
    return this.last;
  }

  /** @param {number} number */
  async removeChange(number) {
    this.list = this.list.filter((change) => change.number !== number);
  }
}
