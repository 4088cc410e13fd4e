/** A person's library as a whole: bring one along, take it away, delete it. */

import { button, h } from "../dom.js";
import { explain, t } from "../i18n.js";
import { failures, outcome } from "./report.js";

const EXPORT_TIME_MS = 300_000;

/** @typedef {import("../imports.js").Import} Import */

export class DataView {
  /** @param {import("../app.js").App} app */
  constructor(app) {
    this.app = app;
    this.file = h("input", {
      type: "file",
      hidden: true,
      "aria-label": t("import"),
      onchange: () => this.import(),
    });
    this.choose = button("upload", t("import"), () => this.file.click());
    this.exporting = button("download", t("export"), () => this.export());
    this.erasing = button("warning", t("erase"), () => this.askToErase(), { class: "button danger" });
    this.said = h("p", { role: "status" });
    this.bar = h("progress", { "aria-label": t("importing") });
    this.count = h("p", {});
    this.outcome = h("div", { class: "told", role: "status" });
    this.failures = h("div", { class: "told" });
    /** @type {Import | null} */
    this.reported = null;
    this.question = h("div", { class: "told" });
    this.undone = h("p", { role: "status" });
    this.element = this.makeElement();
    this.end = h("section", { class: "about" }, this.erasing, this.question, this.undone);
  }

  makeElement() {
    const tags = button("tag", t("edit tags"), () => this.app.go("#tags"));
    const trash = button("trash", t("trash"), () => this.app.go("#trash"));
    const ways = [this.choose, this.exporting, tags, trash];
    const buttons = h("div", { class: "data-buttons" }, ...ways);
    const text = h("p", { class: "soft" }, t("import hint"));
    const parts = [h("h2", {}, t("your data")), text, this.file, buttons, this.said, this.bar];
    parts.push(this.count, this.outcome, this.failures);
    return h("section", { class: "data" }, ...parts);
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
    this.failures.replaceChildren(...(one ? failures(one) : []));
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

  askToErase() {
    const cancel = h("button", { type: "button", class: "button", onclick: () => this.cancel() }, t("cancel"));
    const act = () => this.erase(cancel, erase);
    const erase = button("warning", t("erase now"), act, { class: "button danger" });
    const ways = h("div", { class: "data-buttons" }, cancel, erase);
    this.question.replaceChildren(h("p", {}, t("erase question")), ways);
    cancel.focus();
    erase.scrollIntoView({ block: "nearest" });
  }

  cancel() {
    this.question.replaceChildren();
    tell(this.undone, "");
    this.erasing.focus();
  }

  /** Once; what failed can be asked again. @param {HTMLButtonElement[]} ways */
  async erase(...ways) {
    for (const way of ways) way.disabled = true;
    tell(this.undone, "");
    await this.attempt(this.undone, () => this.app.presence.erase());
    for (const way of ways) way.disabled = false;
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
