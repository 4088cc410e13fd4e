/** ApiService sends every request to Core. Each failure is one of the four errors below. */

import { FORMAT } from "./sync/nouns.js";
import { inParts } from "./sync/pages.js";

/** Why a request failed. `message` is Core's own sentence; `kind` selects the translation. */
export class Failed extends Error {
  /** @param {string} kind @param {string} message */
  constructor(kind, message = kind) {
    super(message);
    this.kind = kind;
  }
}

/** Core can't be reached, or has a server error. A retry may succeed. */
export class Offline extends Failed {
  /** @param {string} kind @param {string} message @param {number} wait_s */
  constructor(kind = "offline", message = kind, wait_s = 0) {
    super(kind, message);
    this.wait_s = wait_s;
  }
}

/** The user is no longer signed in. Nothing is lost: the page asks for a sign-in. */
export class SignedOut extends Failed {}

/** Core refused the request. `pointer` names the value, as in `#/url`; `code` says what is wrong. */
export class Refused extends Failed {
  /**
   * @param {string} kind
   * @param {string} message
   * @param {number} status
   * @param {string} pointer
   * @param {string} [code]
   */
  constructor(kind, message, status, pointer, code = "") {
    super(kind, message);
    this.status = status;
    this.pointer = pointer;
    this.code = code;
  }
}

const ANSWER_TIME_MS = 20_000;
const FILE_TIME_MS = 300_000;
/** A page of changes has up to 2 MiB. */
const CHANGES_TIME_MS = 60_000;
const PAGE = 500;

/** @typedef {import("./sync/confirmed.js").Read} Read */
/** @typedef {{body?: unknown, headers?: Record<string, string>, time_ms?: number}} More */
/** @typedef {{getToken(userId: string, renew?: boolean): Promise<string | null>,
 *   expire(userId: string): void}} Tokens */

/** Sends the requests of one user, with the tokens of this user only. */
export class ApiService {
  /** @param {Tokens} auth @param {string} userId */
  constructor(auth, userId) {
    this.auth = auth;
    this.userId = userId;
    this.left = false;
    /** Whether Core has accepted a token of this user. */
    this.taken = false;
  }

  /** The user left: drop every response from now on. */
  leave() {
    this.left = true;
  }

  /**
   * Send a request for the current user. After `leave` the promise never settles.
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
   * Send a request with a token. Renew a refused token once.
   * @param {string} method
   * @param {string} path
   * @param {More} [more]
   */
  async ask(method, path, more = {}) {
    for (const renew of [false, true]) {
      const token = await this.auth.getToken(this.userId, renew).catch(() => {
        throw new Offline();
      });
      if (!token) break;
      const answer = await send(method, path, token, more);
      if (answer.status === 401) continue;
      this.taken = true;
      return answer.ok || answer.status === 304 ? answer : refuse(answer);
    }
    this.auth.expire(this.userId);
    throw new SignedOut("signed-out");
  }

  /**
   * Read what changed since a sync token, page by page. Changes during the read come with the next one.
   * @param {number} since 0: everything
   * @param {string} etag of that revision, or empty
   * @returns {Promise<Read | null>} null: nothing changed
   * @throws {Refused} with status 410: the token is too old
   */
  async readChanges(since, etag) {
    const path = `/changes?since=${since}`;
    const headers = etag ? { "If-None-Match": etag } : undefined;
    let answer = await this.ask("GET", path, { headers, time_ms: CHANGES_TIME_MS });
    if (answer.status === 304) return null;
    const current = answer.headers.get("ETag") ?? "";
    const pages = [];
    for (;;) {
      const page = await answer.text();
      const { revision, next_cursor } = endOf(page);
      pages.push(...inParts(page));
      if (!next_cursor) return { since, revision, etag: current, format: FORMAT, pages };
      const cursor = encodeURIComponent(next_cursor);
      answer = await this.ask("GET", `${path}&cursor=${cursor}`, { time_ms: CHANGES_TIME_MS });
    }
  }

  /** Read the whole trash, which Core sorts by save date. @returns {Promise<any[]>} */
  async readTrash() {
    /** @type {any[]} */
    const found = [];
    let cursor = "";
    do {
      const answer = await this.call("GET", `/videos?deleted=true&limit=${PAGE}${cursor}`);
      const page = await answer.json();
      found.push(...page.videos);
      cursor = page.next_cursor ? `&cursor=${encodeURIComponent(page.next_cursor)}` : "";
    } while (cursor);
    return found;
  }
}

/**
 * The last two members of a page, read without its rows: those take a slow phone 100 ms. In a text
 * of a row the quotes would be escaped.
 * @param {string} page
 * @returns {{revision: number, next_cursor: string | null}}
 */
export function endOf(page) {
  return JSON.parse(`{${page.slice(page.lastIndexOf('"revision"'))}`);
}

/** The revision in an ETag; Caddy appends the encoding of a compressed response. */
const REVISION = /-(\d+)(?:-(?:gzip|br|zstd))?"$/;

/**
 * Read a row, with the library's revision from the ETag.
 * @param {Response} answer
 * @returns {Promise<any>}
 */
export async function readRow(answer) {
  const [, revision] = answer.headers.get("ETag")?.match(REVISION) ?? [];
  return { ...(await answer.json()), revision: Number(revision ?? 0) };
}

/**
 * Send the request and read the whole response: a partial response counts as none.
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
  const { pointer = "", code = "" } = problem.errors?.[0] ?? {};
  throw new Refused(kind, message, answer.status, pointer, code);
}
