/** A file on its way in: watched until it has ended, also when its sheet is closed meanwhile. */

import { Offline, SignedOut } from "./api.js";
import { t } from "./i18n.js";
import { recallJson, remember, unlearn } from "./memory.js";
import { currentRoute } from "./routes.js";

const LOOK_AGAIN_MS = 500;
const PATIENCE_MS = 2_000;
const WATCHED = "core-import";

/** What Core answers of an import. @typedef {any} Found */
/** @typedef {{found: Found | null, fault: unknown, ended: boolean}} Import */

/** One person's: it is made anew with the screen, and asks for nobody else. */
export class Imports {
  /** @param {import("./app.js").App} app @param {import("./views/shell.js").Shell} shell */
  constructor(app, shell) {
    this.app = app;
    this.shell = shell;
    this.api = app.api;
    /** @type {Import | null} */
    this.last = null;
  }

  /** @param {File} file */
  start(file) {
    return this.watch((one) => this.send(one, file));
  }

  /** Go on watching what this tab was watching when it was loaded again. */
  resume() {
    const { person, address } = recallJson("sessionStorage", WATCHED) ?? {};
    if (address && person === this.api.person && !this.last) this.watch((one) => this.follow(one, address));
  }

  /** @param {(one: Import) => Promise<void>} work */
  async watch(work) {
    const one = { found: null, fault: null, ended: false };
    this.last = one;
    this.draw();
    try {
      await work(one);
    } catch (error) {
      if (error instanceof SignedOut) return; // it is watched on after the next sign-in
      one.fault = /** @type {any} */ (error);
    }
    this.forget();
    one.ended = true;
    this.draw();
    this.tell(one);
    await this.app.load();
  }

  forget() {
    unlearn("sessionStorage", WATCHED);
  }

  /** @param {Import} one @param {File} file */
  async send(one, file) {
    const body = new FormData();
    body.append("file", file);
    const answer = await this.api.call("POST", "/imports", { body });
    const address = answer.headers.get("Location") ?? "";
    one.found = await answer.json();
    remember("sessionStorage", WATCHED, JSON.stringify({ person: this.api.person, address }));
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
   * The import goes on at Core's, whether or not it can be asked.
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

  /** Say how it ended to whoever has closed the sheet. @param {Import} one */
  tell({ found }) {
    if (currentRoute().name === "help") return;
    const way = { label: t("report"), act: () => this.app.go("#help") };
    this.shell.say(found ? t("n imported", { n: found.imported }) : t("fault title"), way);
  }
}

/** @param {number} ms */
function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
