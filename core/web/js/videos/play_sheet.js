/** Play the selected, or else the shown videos: in their order, or shuffled. */

import { button, h } from "../dom.js";
import { t } from "../i18n.js";
import { Playlist } from "../player/playlist.js";
import { message } from "../views/messages.js";
import { sheetHead } from "../views/sheet_head.js";
import { unavailability } from "./cards.js";

/** @typedef {Pick<import("../app.js").App,
 *   "go" | "leave" | "library" | "playlist" | "selected">} PlayApp */

export class PlaySheet {
  /** @param {PlayApp} app */
  constructor(app) {
    this.app = app;
    this.label = t("play these");
    this.count = h("p", { class: "soft" });
    this.body = h("div", {});
    const head = sheetHead(this.label, () => app.leave());
    this.element = h("div", { class: "sheet-inner" }, head, this.body);
    const play = button("play", t("play order"), () => this.begin(this.list), {
      class: "button primary",
    });
    const shuffle = button("shuffle", t("shuffle"), () => this.begin(this.list.shuffled()));
    this.ways = h("div", { class: "card-actions" }, this.count, play, shuffle);
  }

  /** The videos that can be played here. */
  get list() {
    const { library, selected } = this.app;
    const videos = selected.length ? selected : library.usable;
    return new Playlist(videos.filter((video) => !unavailability(video)).map(({ id }) => id));
  }

  draw() {
    const n = this.list.ids.length;
    this.count.textContent = t("n videos", { n });
    const has = this.body.firstElementChild === this.ways;
    if (n && !has) this.body.replaceChildren(this.ways);
    else if (!n && (has || !this.body.firstElementChild)) this.body.replaceChildren(this.nothing());
  }

  nothing() {
    const action = { label: t("to library"), act: () => this.app.leave() };
    return message("play", t("nothing to play"), t("nothing to play more"), action);
  }

  /** @param {Playlist} list */
  begin(list) {
    this.app.playlist = list;
    this.app.go(`#video-${list.ids[0]}`);
  }

  /** @param {import("../routes.js").Route} route */
  shows(route) {
    return route.name === "play";
  }
}
