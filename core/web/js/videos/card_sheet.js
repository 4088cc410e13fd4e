/** The menu of one card, opened by a long press or the three dots. */

import { button, h } from "../dom.js";
import { t } from "../i18n.js";
import { goAway } from "../training/away.js";
import { message } from "../views/messages.js";
import { sheetHead } from "../views/sheet_head.js";
import { nameBin, youtubeLink } from "./action_row.js";
import { shareVideo } from "./share.js";
import { nameOf } from "./video.js";

/** @typedef {Pick<import("../app.js").App,
 *   "actions" | "go" | "leave" | "library" | "outbox" | "say">} CardApp */

export class CardSheet {
  /** @param {CardApp} app @param {import("../routes.js").Route} route */
  constructor(app, { id = 0 }) {
    this.app = app;
    this.id = id;
    this.label = t("video");
    this.element = h("div", { class: "sheet-inner" });
    /** @type {import("./video.js").Video | undefined} */
    this.video = undefined;
    this.drawn = false;
  }

  draw() {
    const video = this.app.library.find(this.id);
    if (this.drawn && video === this.video) return;
    this.drawn = true;
    this.video = video;
    this.label = video ? nameOf(video) : t("video");
    const head = sheetHead(this.label, () => this.app.leave());
    head.classList.add("card-head");
    head.firstElementChild?.setAttribute("dir", "auto");
    this.element.replaceChildren(head, video ? this.makeActions(video) : this.makeMissing());
  }

  makeMissing() {
    const action = { label: t("to library"), act: () => this.app.leave() };
    return message("search", t("missing video"), t("missing video more"), action);
  }

  /** @param {import("./video.js").Video} video */
  makeActions(video) {
    const { app, id } = this;
    const bin = button("trash", t("delete"), () => this.delete(), { class: "button danger" });
    nameBin(bin, video);
    return h(
      "div",
      { class: "card-actions" },
      button("play", t("play"), () => app.go(`#video-${id}`)),
      button("edit", t("edit"), () => app.go(`#video-${id}-edit`)),
      button("share", t("share"), () => this.share()),
      youtubeLink(video, t("open youtube"), () => this.openYouTube()),
      button("select", t("select"), () => this.select()),
      bin,
    );
  }

  /** The library asks about the workout afterwards. */
  openYouTube() {
    goAway(this.app.outbox.userId, this.id);
    this.app.leave();
  }

  share() {
    if (this.video) shareVideo(this.app, this.video);
    this.app.leave();
  }

  /** Start selection mode with this video. */
  select() {
    this.app.actions.pick(this.id, false);
    this.app.go("#select");
  }

  delete() {
    const { video } = this;
    this.app.leave();
    if (video) this.app.actions.delete([video]);
  }

  /** @param {import("../routes.js").Route} route */
  shows({ name, id }) {
    return name === "card" && id === this.id;
  }
}
