/** The cards of videos whose saves wait for the network. */

import { h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { pills } from "./cards.js";
import { nameOf } from "./video.js";

/** @typedef {import("./video.js").Video} Video */

export class WaitingCards {
  /** @param {Pick<import("../app.js").App, "actions" | "outbox">} app */
  constructor(app) {
    this.app = app;
    /** @type {Map<string, HTMLElement>} by what they show; a card that stays keeps its focus */
    this.cards = new Map();
  }

  /** @param {Video} video */
  card(video) {
    const key = [video.id, nameOf(video), ...video.tags].join();
    const card = this.cards.get(key) ?? this.makeCard(video);
    this.cards.set(key, card);
    const { sending } = this.app.outbox; // a change in flight may be stored already
    card.querySelector("button")?.setAttribute("aria-disabled", String(sending));
    return card;
  }

  /** @param {Video} video */
  makeCard(video) {
    const onclick = () => {
      if (!this.app.outbox.sending) this.app.actions.discard(-video.id);
    };
    return h(
      "li",
      { class: "card waiting" },
      h("span", { class: "picture" }, icon("cloud")),
      h(
        "span",
        { class: "card-body" },
        h("span", { class: "card-title", dir: "auto" }, nameOf(video)),
        h("span", { class: "card-sub" }, t("waiting save")),
        video.tags.length > 0 && pills(video.tags),
        h("button", { type: "button", class: "button small", onclick }, t("discard")),
      ),
    );
  }
}
