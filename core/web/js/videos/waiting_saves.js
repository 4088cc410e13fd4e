/** The saves that wait for the network, as the library shows them: cards above its videos. */

import { kindOf } from "../changes/changes.js";
import { h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { pills } from "./cards.js";
import { readShared } from "./shared_link.js";
import { nameOf, readVideo } from "./video.js";

/** @typedef {import("../changes/outbox.js").Change} Change */

export class WaitingSaves {
  /** @param {import("./library_view.js").LibraryApp} app */
  constructor(app) {
    this.app = app;
    /** @type {Map<string, HTMLElement>} the cards by number and title, which may come later */
    this.cards = new Map();
  }

  get all() {
    return this.app.outbox.held.filter((one) => kindOf(one).isNew);
  }

  /** Those that fit the filters. */
  get shown() {
    const tests = this.app.library.tests();
    return this.all.filter((one) => {
      const video = this.videoOf(one);
      return tests.every((test) => test(video));
    });
  }

  /**
   * The video as the page knows it: saved before, or else with the title in the shared text.
   * @param {Change} change
   */
  videoOf({ number = 0, body }) {
    const { key, title } = readShared(body.url) ?? { key: "", title: body.url };
    const known = this.app.library.videos.find(({ video_key }) => video_key === key);
    const tags = [...(known?.tags ?? []), ...body.tags].join();
    const named = { ...known, title: known?.title ?? title };
    return readVideo({ ...named, id: -number, video_key: key, url: body.url, tags });
  }

  /** @param {Change} change */
  card(change) {
    const { number = 0 } = change;
    const video = this.videoOf(change);
    const key = `${number} ${video.title}`;
    const card = this.cards.get(key) ?? this.makeCard(video, number);
    this.cards.set(key, card);
    const { sending } = this.app.outbox; // a change in flight may be stored already
    card.querySelector("button")?.setAttribute("aria-disabled", String(sending));
    return card;
  }

  /** @param {import("./video.js").Video} video @param {number} number of the change */
  makeCard(video, number) {
    const onclick = () => {
      if (!this.app.outbox.sending) this.app.actions.discard(number);
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
