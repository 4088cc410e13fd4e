/** ApiService speaks with Core. Whatever happens out there ends as one of these four. */

import { partsOf } from "./changes.js";
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
/** @typedef {{getToken(renew?: boolean): Promise<string | null>, expire(): void}} Tokens */

export class ApiService {
  /** @param {Tokens} auth */
  constructor(auth) {
    this.auth = auth;
  }

  /**
   * Ask Core, with a token; a refused token is renewed once.
   * @param {string} method
   * @param {string} path
   * @param {{body?: unknown, headers?: Record<string, string>, time_ms?: number}} more
   */
  async call(method, path, more = {}) {
    for (const renew of [false, true]) {
      const token = await this.auth.getToken(renew).catch(() => {
        throw new Offline();
      });
      if (!token) break;
      const answer = await send(method, path, token, more);
      if (answer.status !== 401) return answer.ok || answer.status === 304 ? answer : refuse(answer);
    }
    this.auth.expire();
    throw new SignedOut("signed-out");
  }

  /**
   * Read the library, page by page; null when it is still what `etag` names.
   * @param {string | null} etag
   * @param {(videos: Video[], complete: boolean) => void} show called with what is known so far
   * @returns {Promise<{videos: any[], etag: string} | null>}
   */
  async readLibrary(etag, show) {
    const headers = etag ? { "If-None-Match": etag } : undefined;
    let answer = await this.call("GET", `/videos?limit=${FIRST_PAGE}`, { headers });
    if (answer.status === 304) return null;
    const found = { videos: /** @type {any[]} */ ([]), etag: answer.headers.get("ETag") ?? "" };
    const read = [];
    for (;;) {
      const page = await answer.json();
      found.videos.push(...page.videos);
      read.push(...page.videos.map(readVideo));
      show(read, !page.next_cursor);
      if (!page.next_cursor) return found;
      const cursor = encodeURIComponent(page.next_cursor);
      answer = await this.call("GET", `/videos?limit=${PAGE}&cursor=${cursor}`);
    }
  }

  /**
   * Do one change, as the outbox has it, and return the video that it made. What was done
   * before, by an answer that never came back, is done.
   * @param {import("./outbox.js").Change} change
   * @returns {Promise<Video | null>}
   */
  async apply(change) {
    const { kind, id, body } = change;
    if (kind === "batch") return this.applyToMany(change);
    const answer = await (kind === "save"
      ? this.call("POST", "/videos", { body })
      : this.call("PATCH", `/videos/${id}`, { body }));
    return readVideo(await answer.json());
  }

  /**
   * What is gone already needs no other change; but it can't come back.
   * @param {import("./outbox.js").Change} change
   */
  async applyToMany(change) {
    const missing = [];
    for (const ids of partsOf(change)) {
      const answer = await this.call("POST", "/videos/batch", { body: { ...change.body, ids } });
      missing.push(...(await answer.json()).missing);
    }
    if (change.body.action === "restore" && missing.length) {
      throw new Refused("not-found", "", 404, "");
    }
    return null;
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {string} token
 * @param {{body?: unknown, headers?: Record<string, string>, time_ms?: number}} more
 */
async function send(method, path, token, { body, headers, time_ms }) {
  const isFile = body instanceof FormData;
  const json = body !== undefined && !isFile;
  try {
    return await fetch(path, {
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
  const kind = String(problem.type ?? "").split("#")[1] ?? "internal-error";
  const message = String(problem.detail ?? "");
  const wait_s = Number(answer.headers.get("Retry-After")) || 0;
  if (answer.status === 429 || answer.status >= 500) throw new Offline(kind, message, wait_s);
  throw new Refused(kind, message, answer.status, problem.errors?.[0]?.pointer ?? "");
}
