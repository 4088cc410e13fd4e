/** *What today?*: one video out of those that are shown. */

import { button, h } from "../dom.js";
import { t } from "../i18n.js";
import { picture } from "../videos/cards.js";
import { nameOf } from "../videos/video.js";
import { message } from "../views/messages.js";
import { sheetHead } from "../views/sheet_head.js";
import { doneLine } from "./ago.js";
import { dueOf } from "./due.js";

/** @typedef {Pick<import("../app.js").App, "go" | "leave" | "library">} TodayApp */

export class TodaySheet {
  /** @param {TodayApp} app */
  constructor(app) {
    this.app = app;
    this.label = t("what today");
    this.step = 0;
    /** @type {import("../videos/video.js").Video | null | undefined} undefined: not drawn yet */
    this.video = undefined;
    this.body = h("div", { role: "status" });
    const first = { class: "button primary block", autofocus: true };
    this.play = button("play", t("play"), () => this.begin(), first);
    this.another = button("shuffle", t("another"), () => this.next(), { class: "button block" });
    this.buttons = h("div", { class: "today-actions" }, this.play, this.another);
    const head = sheetHead(this.label, () => app.leave());
    this.element = h("div", { class: "sheet-inner" }, head, this.body, this.buttons);
  }

  draw() {
    const { library } = this.app;
    const due = library.once("due", () => dueOf(library.usable));
    const video = due[this.step % (due.length || 1)] ?? null;
    if (video === this.video) return;
    this.video = video;
    this.buttons.hidden = !video;
    this.another.hidden = due.length < 2;
    this.body.replaceChildren(video ? this.suggestion(video) : this.nothing());
  }

  /** @param {import("../videos/video.js").Video} video */
  suggestion(video) {
    const line = doneLine(video, this.app.library.today);
    return h(
      "div",
      { class: "suggestion" },
      picture(video),
      h("h3", { class: "suggestion-name", dir: "auto" }, nameOf(video)),
      video.channel && h("p", { class: "soft", dir: "auto" }, video.channel),
      h("p", { class: "soft" }, line),
    );
  }

  nothing() {
    const action = { label: t("to library"), act: () => this.app.leave() };
    return message("search", t("none title"), t("none today"), action);
  }

  next() {
    this.step += 1;
    this.draw();
  }

  begin() {
    if (this.video) this.app.go(`#video-${this.video.id}`);
  }

  /** @param {import("../routes.js").Route} route */
  shows(route) {
    return route.name === "today";
  }
}
