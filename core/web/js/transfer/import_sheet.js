/** Import and export of a whole library. */

import { button, h } from "../dom.js";
import { explain, t } from "../i18n.js";
import { sheetHead } from "../views/sheet_head.js";
import { formatChoice, sources } from "./import_formats.js";
import { changes, failures, outcome } from "./import_report.js";

/** @typedef {Pick<import("../app.js").App,
 *   "api" | "leave" | "shell">} ImportApp */

const EXPORT_TIME_MS = 300_000;
/** What docs/api.md lists; a phone offers no other files. */
const ACCEPTED = ".zip,.tgz,.gz,.csv,.htm,.html,.json,.md,.txt,text/*,application/json";

/** @typedef {import("./imports.js").Import} Import */

export class ImportSheet {
  /** @param {ImportApp} app */
  constructor(app) {
    this.app = app;
    this.label = t("import export");
    this.file = h("input", {
      type: "file",
      accept: ACCEPTED,
      hidden: true,
      "aria-label": t("import"),
      onchange: () => this.import(),
    });
    this.choose = button("upload", t("import"), () => this.file.click());
    this.exporting = button("download", t("export"), () => this.export());
    this.said = h("p", { role: "status" });
    this.bar = h("progress", { "aria-label": t("importing") });
    this.count = h("p", {});
    this.outcome = h("div", { class: "told", role: "status" });
    this.failures = h("div", { class: "told" });
    /** @type {Import | null} */
    this.reported = null;
    this.element = this.makeElement();
  }

  makeElement() {
    const head = sheetHead(this.label, () => this.app.leave());
    const buttons = h("div", { class: "data-buttons" }, this.choose, this.exporting);
    const text = h("p", { class: "soft" }, t("import hint"));
    const parts = [text, this.file, buttons, this.said];
    const told = [this.bar, this.count, this.outcome, this.failures];
    const data = h("div", { class: "data" }, ...parts, ...told, sources());
    return h("div", { class: "sheet-inner" }, head, data);
  }

  draw() {
    const one = this.app.shell.imports.last;
    const found = one?.found;
    const running = Boolean(one && !one.ended);
    this.bar.hidden = this.count.hidden = !running;
    this.choose.disabled = running;
    this.drawReport(one?.ended ? one : null);
    if (running) this.say(t("importing"));
    if (found?.total) {
      const done = found.imported + found.merged + found.failed_count;
      Object.assign(this.bar, { max: found.total, value: done });
    } else this.bar.removeAttribute("value");
    this.count.textContent = found ? t("n imported", { n: found.imported }) : "";
  }

  /** @param {Import | null} one */
  drawReport(one) {
    if (this.reported === one) return;
    this.reported = one;
    this.say("");
    this.outcome.replaceChildren(...(one ? outcome(one) : []));
    const again = (/** @type {File} */ file, /** @type {string} */ format) => {
      this.app.shell.imports.start(file, format);
    };
    const parts = one ? [...failures(one), ...changes(one), ...formatChoice(one, again)] : [];
    this.failures.replaceChildren(...parts);
  }

  /** @param {string} text */
  say(text) {
    tell(this.said, text);
  }

  /** @param {HTMLElement} said where to say why it failed @param {() => Promise<void>} work */
  async attempt(said, work) {
    try {
      await work();
    } catch (error) {
      tell(said, explain(error), "fault");
    }
  }

  import() {
    const file = this.file.files?.[0];
    if (file) this.app.shell.imports.start(file);
    this.file.value = "";
  }

  async export() {
    this.exporting.disabled = true;
    this.say(t("exporting"));
    await this.attempt(this.said, async () => {
      const answer = await this.app.api.call("GET", "/exports", { time_ms: EXPORT_TIME_MS });
      download(await answer.blob());
      this.say("");
    });
    this.exporting.disabled = false;
  }

  /** @param {import("../routes.js").Route} route */
  shows(route) {
    return route.name === "import";
  }
}

/** @param {HTMLElement} said @param {string} text @param {string} [kind] */
function tell(said, text, kind = "") {
  if (said.textContent !== text) said.textContent = text;
  said.className = kind;
}

/** @param {Blob} file */
function download(file) {
  const href = URL.createObjectURL(file);
  h("a", { href, download: "core.json" }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
