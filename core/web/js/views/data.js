/** A person's library as a whole: bring one along, take it away, delete it. */

import { h, icon } from "../dom.js";
import { explain, t } from "../i18n.js";

const LOOK_AGAIN_MS = 500;
const MAX_SHOWN = 100;

export class DataView {
  /** @param {import("../app.js").App} app */
  constructor(app) {
    this.app = app;
    this.told = h("div", { class: "told", role: "status" });
    this.file = h("input", {
      type: "file",
      hidden: true,
      "aria-label": t("import"),
      onchange: () => this.import(),
    });
    const choose = () => this.file.click();
    const buttons = h(
      "div",
      { class: "data-buttons" },
      button("add", t("import"), choose),
      button("external", t("export"), () => this.export()),
      button("tag", t("edit tags"), () => app.go("#tags")),
      button("trash", t("trash"), () => app.go("#trash")),
      button("warning", t("erase"), () => this.askToErase(), "button danger"),
    );
    const text = h("p", { class: "soft" }, t("import hint"));
    this.element = h("section", { class: "data" }, h("h2", {}, t("your data")), text, this.file);
    this.element.append(buttons, this.told);
  }

  /** @param {() => Promise<void>} work */
  async attempt(work) {
    try {
      await work();
    } catch (error) {
      this.told.replaceChildren(h("p", { class: "fault" }, explain(error)));
    }
  }

  import() {
    const file = this.file.files?.[0];
    this.file.value = "";
    if (!file) return;
    const body = new FormData();
    body.append("file", file);
    this.attempt(async () => {
      this.told.replaceChildren(h("progress", { "aria-label": t("import") }));
      let answer = await this.app.api.call("POST", "/imports", { body });
      const address = answer.headers.get("Location") ?? "";
      let found = await answer.json();
      while (["waiting", "running"].includes(found.state)) {
        this.showProgress(found);
        await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
        answer = await this.app.api.call("GET", address);
        found = await answer.json();
      }
      this.showReport(found);
      await this.app.load();
    });
  }

  /** @param {any} found */
  showProgress({ total, imported, merged, failed_count }) {
    const done = imported + merged + failed_count;
    const given = total ? { max: total, value: done } : {};
    const bar = h("progress", { "aria-label": t("import"), ...given });
    this.told.replaceChildren(bar, h("p", {}, t("n imported", { n: imported })));
  }

  /** @param {any} found */
  showReport({ state, error, imported, merged, failed }) {
    const rows = failed
      .slice(0, MAX_SHOWN)
      .map((/** @type {any} */ { line, text, reason }) => h("li", {}, `${line}: ${text} – ${reason}`));
    this.told.replaceChildren(
      h("p", {}, t("n imported", { n: imported })),
      h("p", {}, t("n merged", { n: merged })),
      ...(state === "failed" ? [h("p", { class: "fault" }, error)] : []),
      ...(rows.length ? [h("p", {}, t("not imported")), h("ul", { class: "report" }, ...rows)] : []),
    );
  }

  export() {
    this.attempt(async () => {
      const answer = await this.app.api.call("GET", "/exports", { time_ms: 300_000 });
      const href = URL.createObjectURL(await answer.blob());
      h("a", { href, download: "core.json" }).click();
      setTimeout(() => URL.revokeObjectURL(href), 60_000);
    });
  }

  askToErase() {
    const asked = /** @type {HTMLElement} */ (document.activeElement);
    const onclick = () => {
      this.told.replaceChildren();
      asked.focus();
    };
    const cancel = h("button", { type: "button", class: "button", onclick }, t("cancel"));
    const erase = button("warning", t("erase now"), () => this.erase(), "button danger");
    const ways = h("div", { class: "data-buttons" }, cancel, erase);
    this.told.replaceChildren(h("p", {}, t("erase question")), ways);
    cancel.focus();
  }

  erase() {
    this.attempt(async () => {
      await this.app.presence.erase();
    });
  }
}

/** @param {Parameters<typeof icon>[0]} name @param {string} text @param {() => void} onclick */
function button(name, text, onclick, kind = "button") {
  return h("button", { type: "button", class: kind, onclick }, icon(name), text);
}
