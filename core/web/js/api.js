/** ApiService speaks with Core. Whatever happens out there ends as one of these four. */

import { partsOf } from "./changes.js";
import { readTrashed } from "./trash.js";
import { readVideo } from "./videos.js";

/** What went wrong; `message` is Core's own sentence, and `kind` names it for a translation. */
export class Failed extends Error {
  /** @param {string} kind @param {string} message */
  constructor(kind, message = kind) {
    super(message);
    this.kind = kind;
  }
}

/** Core can't be reached, or has trouble of its own; the same may work later. */
export class Offline extends Failed {
  /** @param {string} kind @param {string} message @param {number} wait_s */
  constructor(kind = "offline", message = kind, wait_s = 0) {
    super(kind, message);
    this.wait_s = wait_s;
  }
}

/** Nobody is signed in any more; nothing is lost, and signing in goes on. */
export class SignedOut extends Failed {}

/** Core said no. `pointer` names what was not taken, as in `#/url`. */
export class Refused extends Failed {
  /** @param {string} kind @param {string} message @param {number} status @param {string} pointer */
  constructor(kind, message, status, pointer) {
    super(kind, message);
    this.status = status;
    this.pointer = pointer;
  }
}

const ANSWER_TIME_MS = 20_000;
const FILE_TIME_MS = 300_000;
export const FIRST_PAGE = 100;
const PAGE = 500;

/** @typedef {import("./videos.js").Video} Video */
/** @typedef {{body?: unknown, headers?: Record<string, string>, time_ms?: number}} More */
/** @typedef {{getToken(person: string, renew?: boolean): Promise<string | null>,
 *   expire(person: string): void}} Tokens */

/** Asks for one person, and with no other's token. */
export class ApiService {
  /** @param {Tokens} auth @param {string} person */
  constructor(auth, person) {
    this.auth = auth;
    this.person = person;
    this.left = false;
    /** Whether Core has taken a token since this person came. */
    this.taken = false;
  }

  /** The person left: what was asked for them reaches nobody any more. */
  leave() {
    this.left = true;
  }

  /**
   * Ask Core for whoever is at the screen; once they left, neither answer nor error comes.
   * @param {string} method
   * @param {string} path
   * @param {More} [more]
   * @returns {Promise<Response>}
   */
  call(method, path, more) {
    return new Promise((resolve, reject) => {
      this.ask(method, path, more).then(
        (answer) => this.left || resolve(answer),
        (error) => this.left || reject(error),
      );
    });
  }

  /**
   * Ask Core, with a token; a refused token is renewed once.
   * @param {string} method
   * @param {string} path
   * @param {More} [more]
   */
  async ask(method, path, more = {}) {
    for (const renew of [false, true]) {
      const token = await this.auth.getToken(this.person, renew).catch(() => {
        throw new Offline();
      });
      if (!token) break;
      const answer = await send(method, path, token, more);
      if (answer.status === 401) continue;
      this.taken = true;
      return answer.ok || answer.status === 304 ? answer : refuse(answer);
    }
    this.auth.expire(this.person);
    throw new SignedOut("signed-out");
  }

  /**
   * Read the library, page by page, and return its ETag: the same one when nothing changed.
   * @param {string | null} etag
   * @param {(videos: Video[], complete: boolean) => void} show called with what is known so far
   */
  async readLibrary(etag, show) {
    const headers = etag ? { "If-None-Match": etag } : undefined;
    let answer = await this.call("GET", `/videos?limit=${FIRST_PAGE}`, { headers });
    if (answer.status === 304) return etag;
    const current = answer.headers.get("ETag");
    const read = [];
    for (;;) {
      const page = await answer.json();
      read.push(...page.videos.map(readVideo));
      show(read, !page.next_cursor);
      if (!page.next_cursor) return current;
      const cursor = encodeURIComponent(page.next_cursor);
      answer = await this.call("GET", `/videos?limit=${PAGE}&cursor=${cursor}`);
    }
  }

  /** Read the whole trash, which Core lists by when its videos were saved. */
  async readTrash() {
    const found = [];
    let cursor = "";
    do {
      const answer = await this.call("GET", `/videos?deleted=true&limit=${PAGE}${cursor}`);
      const page = await answer.json();
      found.push(...page.videos.map(readTrashed));
      cursor = page.next_cursor ? `&cursor=${encodeURIComponent(page.next_cursor)}` : "";
    } while (cursor);
    return found;
  }

  /**
   * Do one change, as the outbox has it. What was done before, by an answer that never came back,
   * is done.
   * @param {import("./outbox.js").Change} change
   * @returns {Promise<import("./outbox.js").Done>}
   */
  async apply(change) {
    const { kind, id, body } = change;
    if (kind === "batch") return this.applyToMany(change);
    const answer = await (kind === "save"
      ? this.ask("POST", "/videos", { body })
      : this.ask("PATCH", `/videos/${id}`, { body }));
    return { video: readVideo(await answer.json()), known: answer.status === 200 };
  }

  /**
   * What is gone already needs no other change; but it can't come back.
   * @param {import("./outbox.js").Change} change
   */
  async applyToMany(change) {
    const missing = [];
    for (const ids of partsOf(change)) {
      const answer = await this.ask("POST", "/videos/batch", { body: { ...change.body, ids } });
      missing.push(...(await answer.json()).missing);
    }
    if (change.body.action === "restore" && missing.length) {
      throw new Refused("not-found", "", 404, "");
    }
    return { video: null };
  }
}

/**
 * Send it, and take the whole answer: one that is cut midway is none.
 * @param {string} method
 * @param {string} path
 * @param {string} token
 * @param {More} more
 */
async function send(method, path, token, { body, headers, time_ms }) {
  const isFile = body instanceof FormData;
  const json = body !== undefined && !isFile;
  try {
    const answer = await fetch(path, {
      method,
      headers: {
        Authorization: `Bearer ${token}`,
        ...(json ? { "Content-Type": "application/json" } : {}),
        ...headers,
      },
      body: json ? JSON.stringify(body) : isFile ? body : undefined,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      signal: AbortSignal.timeout(time_ms ?? (isFile ? FILE_TIME_MS : ANSWER_TIME_MS)),
    });
    const content = await answer.arrayBuffer();
    return new Response(content.byteLength ? content : null, answer);
  } catch {
    throw new Offline();
  }
}

/**
 * @param {Response} answer
 * @returns {Promise<never>}
 */
async function refuse(answer) {
  const problem = await answer.json().catch(() => ({}));
  const kind = String(problem.type ?? "").split("#")[1] ?? "unknown";
  const message = String(problem.detail ?? "");
  const wait_s = Number(answer.headers.get("Retry-After")) || 0;
  if (answer.status === 429 || answer.status >= 500) throw new Offline(kind, message, wait_s);
  throw new Refused(kind, message, answer.status, problem.errors?.[0]?.pointer ?? "");
}
