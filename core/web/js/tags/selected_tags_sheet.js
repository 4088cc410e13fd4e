/** The tags of the selected videos: add one to all, or remove one from all that have it. */

import { overfull } from "../changes/edits.js";
import { arrangeByKey, h, icon } from "../dom.js";
import { explain, number, t } from "../i18n.js";
import { count } from "../videos/chips.js";
import { Selection } from "../videos/selection.js";
import { nameOf } from "../videos/video.js";
import { message } from "../views/messages.js";
import { sheetHead } from "../views/sheet_head.js";
import { TagField } from "./tag_field.js";

/** @typedef {Pick<import("../app.js").App,
 *   "actions" | "leave" | "library" | "select" | "selected" | "selection">} SelectedTagsApp */

export class SelectedTagsSheet {
  /** @param {SelectedTagsApp} app */
  constructor(app) {
    this.app = app;
    /** The selected videos stay here, even if a changed tag hides them from the filters. */
    this.ids = new Set(app.selected.map(({ id }) => id));
    this.label = t("tags");
    this.title = new Text();
    this.fault = h("p", { class: "fault", role: "alert" });
    this.tags = new TagField({
      tags: [],
      names: () => app.library.tagNames,
      count: (name) => app.library.countOf(name),
      onChange: (change) => this.tag(change),
    });
    this.some = h("div", { class: "some-tags", role: "group", "aria-label": t("tags of some") });
    const title = h("p", { class: "soft" }, t("tags of some"));
    this.partly = h("div", { class: "partly" }, title, this.some);
    this.body = h("div", {});
    this.element = h(
      "div",
      { class: "sheet-inner" },
      sheetHead(this.title, () => app.leave()),
      this.body,
    );
  }

  get videos() {
    return this.app.library.videos.filter(({ id }) => this.ids.has(id));
  }

  draw() {
    const { videos } = this;
    const n = videos.length;
    this.title.data = t("tags of n", { n });
    if (!n) return this.drawNone();
    if (!this.tags.element.isConnected) {
      this.body.replaceChildren(this.tags.element, this.fault, this.partly);
      if (matchMedia("(hover: hover)").matches) this.tags.field.focus(); // a phone would open its keyboard
    }
    const counts = [...count(videos).values()];
    this.tags.show(counts.filter((one) => one.videos === n).map((one) => one.name));
    const some = counts.filter((one) => one.videos < n);
    this.partly.hidden = !some.length;
    const made = new Map(some.map((one) => [`${one.videos} ${one.name}`, one]));
    arrangeByKey(this.some, [...made.keys()], (key) =>
      this.makePartly(/** @type {any} */ (made.get(key))),
    );
  }

  drawNone() {
    const action = { label: t("to library"), act: () => this.app.leave() };
    this.body.replaceChildren(
      message("check", t("none selected"), t("none selected more"), action),
    );
  }

  /** @param {{name: string, videos: number}} counted */
  makePartly({ name, videos: n }) {
    const label = t("remove tag of n", { name, n });
    const onclick = () => {
      this.tags.refused = ""; // there may be room for it now
      this.tag({ remove_tags: [name] });
      this.tags.field.focus();
    };
    const attributes = {
      type: "button",
      class: "pill removable",
      title: label,
      "aria-label": label,
      onclick,
    };
    const count = h("span", { class: "chip-count" }, number(n));
    return h(
      "button",
      attributes,
      h("span", { class: "chip-name", dir: "auto" }, name),
      count,
      icon("close"),
    );
  }

  /** @param {{add_tags?: string[], remove_tags?: string[]}} change */
  async tag(change) {
    const { app, videos } = this;
    const full = overfull(videos, change.add_tags ?? []);
    if (full) return this.refuse(change, t("too many tags", { name: nameOf(full) }));
    this.fault.textContent = "";
    const sending = app.actions.tagMany(videos, change, () => this.element.isConnected);
    try {
      await sending;
    } catch (error) {
      this.refuse(change, explain(error));
    }
  }

  /** Give the typed text back, to be corrected. @param {{add_tags?: string[]}} change @param {string} why */
  refuse({ add_tags = [] }, why) {
    if (!this.element.isConnected) return this.app.actions.tellLate(add_tags.join(", "), why);
    this.fault.textContent = why;
    this.draw();
    this.tags.giveBack(add_tags);
  }

  /** @param {import("../routes.js").Route} route */
  shows(route) {
    return route.name === "selected";
  }

  close() {
    this.element.remove();
    if (this.videos.length) this.tags.close();
    this.selectAgain();
  }

  /** Select the videos that a changed tag hid, and an Undo shows again. */
  selectAgain() {
    const { app, ids } = this;
    const { on, last } = app.selection;
    if (on) app.select(new Selection(ids, on, last).among(app.library.usableIds));
  }
}
