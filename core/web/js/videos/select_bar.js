/** Actions for the selected videos: a bar at the bottom, in reach of a thumb. */

import { button, h, iconButton } from "../dom.js";
import { t } from "../i18n.js";
import { Selection } from "./selection.js";

/** @typedef {Pick<import("../app.js").App,
 *   "actions" | "go" | "library" | "select" | "selection">} SelectApp */

export class SelectBar {
  /** @param {SelectApp} app */
  constructor(app) {
    this.app = app;
    this.count = h("p", { class: "select-count", role: "status" });
    this.all = h("button", {
      type: "button",
      class: "button text",
      onclick: () => this.selectAll(),
    });
    this.tags = button("tag", t("tags"), () => app.go("#selected"));
    this.play = button("play", t("play"), () => app.go("#play"));
    this.remove = button("trash", t("delete"), () => app.actions.deleteSelected(), {
      class: "button danger",
    });
    const stop = iconButton("close", t("stop selecting"), () => app.select(new Selection()));
    const head = h("div", { class: "select-head" }, stop, this.count, this.all);
    const work = h("div", { class: "select-work" }, this.play, this.tags, this.remove);
    this.element = h("section", { class: "select-bar", "aria-label": t("selection") }, head, work);
  }

  selectAll() {
    const { app } = this;
    app.select(app.selection.all(app.library.usableIds));
  }

  draw() {
    const { selection, library } = this.app;
    this.element.hidden = !selection.on;
    if (!selection.on) return;
    const n = selection.size;
    const text = n ? t("n selected", { n }) : t("select hint");
    if (this.count.textContent !== text) this.count.textContent = text;
    this.all.textContent = t(n && n === library.usable.length ? "select none" : "select all");
    for (const one of [this.play, this.tags, this.remove]) one.disabled = n === 0;
  }

  get focused() {
    return this.element.contains(document.activeElement);
  }
}
