/** Uploads a file and follows its import, also while the sheet is closed. */

import { Offline, SignedOut } from "../api.js";
import { t } from "../i18n.js";
import { currentRoute } from "../routes.js";
import { getJson, remove, set } from "../storage/web_storage.js";

/** @typedef {Pick<import("../app.js").App,
 *   "api" | "go" | "load">} ImportsApp */

const LOOK_AGAIN_MS = 500;
const PATIENCE_MS = 2_000;
/** Its field `person` is the stored name of the user's id. */
const WATCHED = "core-import";

/** Core's JSON of an import. @typedef {any} Found */
/** @typedef {{found: Found | null, fault: unknown, ended: boolean, file?: File}} Import */

/** The imports of one user; a new user gets a new instance. */
export class Imports {
  /** @param {ImportsApp} app @param {Pick<import("../views/shell.js").Shell, "say" | "sheet">} shell */
  constructor(app, shell) {
    this.app = app;
    this.shell = shell;
    this.api = app.api;
    /** @type {Import | null} */
    this.last = null;
  }

  /** @param {File} file @param {string} [format] else Core detects it */
  start(file, format) {
    return this.watch((one) => this.send(one, file, format));
  }

  /** Continue to poll the import of this tab after a reload. */
  resume() {
    const { person: userId, address } = getJson("sessionStorage", WATCHED) ?? {};
    if (address && userId === this.api.userId && !this.last)
      this.watch((one) => this.follow(one, address));
  }

  /** @param {(one: Import) => Promise<void>} work */
  async watch(work) {
    /** @type {Import} */
    const one = { found: null, fault: null, ended: false };
    this.last = one;
    this.draw();
    try {
      await work(one);
    } catch (error) {
      if (error instanceof SignedOut) return; // the next sign-in continues to poll
      one.fault = /** @type {any} */ (error);
    }
    this.forget();
    one.ended = true;
    this.draw();
    this.tell(one);
    await this.app.load();
  }

  forget() {
    remove("sessionStorage", WATCHED);
  }

  /** @param {Import} one @param {File} file @param {string} [format] */
  async send(one, file, format) {
    one.file = file;
    const body = new FormData();
    body.append("file", file);
    const query = format ? `?format=${format}` : "";
    const answer = await this.api.call("POST", `/imports${query}`, { body });
    const address = answer.headers.get("Location") ?? "";
    one.found = await answer.json();
    set("sessionStorage", WATCHED, JSON.stringify({ person: this.api.userId, address }));
    await this.follow(one, address);
  }

  /** @param {Import} one @param {string} address */
  async follow(one, address) {
    while (!one.found || ["waiting", "running"].includes(one.found.state)) {
      this.draw();
      if (one.found) await wait(LOOK_AGAIN_MS);
      one.found = (await this.ask(address)) ?? one.found;
    }
  }

  /**
   * Poll once; null if Core can't be reached, since the import continues anyway.
   * @param {string} address
   */
  async ask(address) {
    try {
      return await (await this.api.call("GET", address)).json();
    } catch (error) {
      if (!(error instanceof Offline)) throw error;
      await wait(Math.max(PATIENCE_MS, error.wait_s * 1000));
      return null;
    }
  }

  draw() {
    this.shell.sheet?.draw?.();
  }

  /** Say how the import ended when the sheet is closed. @param {Import} one */
  tell({ found }) {
    if (currentRoute().name === "import") return;
    const action = { label: t("report"), act: () => this.app.go("#import") };
    this.shell.say(found ? t("n imported", { n: found.imported }) : t("fault title"), action);
  }
}

/** @param {number} ms */
function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
