/** One video: it plays here, or on YouTube; its tags; and a way to delete it. */

import { h, icon, iconButton } from "../dom.js";
import { day, explain, t } from "../i18n.js";
import { nameOf, playerUrl, watchUrl } from "../videos.js";
import { picture, unavailability } from "./cards.js";
import { message } from "./messages.js";
import { TagField } from "./tags.js";
import { TitleField } from "./title.js";

/** @typedef {import("../videos.js").Video} Video */

export class VideoView {
  /** @param {import("../app.js").App} app @param {import("../routes.js").Route} route */
  constructor(app, route) {
    this.app = app;
    this.id = route.id ?? 0;
    this.edit = route.edit;
    /** @type {Video | undefined} */
    this.video = undefined;
    const known = app.library.find(this.id);
    this.label = known ? nameOf(known) : t("library");
    this.element = h("div", { class: "sheet-inner video" });
  }

  draw() {
    const video = this.app.library.find(this.id);
    if (video && video === this.video) return;
    if (!video) this.drawMissing();
    else if (this.video) this.drawAgain(video);
    else this.drawFirst(video);
    this.video = video;
  }

  drawMissing() {
    if (!this.app.library.complete) return;
    const way = { label: t("to library"), act: () => this.app.leave() };
    const text = message("search", t("missing video"), t("missing video more"), way);
    this.element.replaceChildren(text);
  }

  /** @param {Video} video */
  drawFirst(video) {
    this.title = new TitleField({ onSave: (title) => this.entitle(title) });
    this.below = h("p", { class: "video-sub" });
    this.fault = h("p", { class: "fault", role: "alert" });
    this.tags = new TagField({
      tags: video.tags,
      names: () => this.app.library.tagNames,
      onChange: (change) => this.tag(change),
    });
    const close = iconButton("close", t("close"), () => this.app.leave(), { class: "round over" });
    const texts = h("div", { class: "video-texts" }, this.title.element, this.below);
    texts.append(this.tags.element, this.fault, this.actions(video));
    this.element.replaceChildren(this.stage(video), close, texts);
    this.drawAgain(video);
    if (this.edit) this.tags.field.focus();
    else close.focus();
  }

  /** @param {Video} video */
  drawAgain(video) {
    this.title?.show(video);
    const saved = t("saved on", { day: day(video.created_at) });
    if (this.below) this.below.textContent = [video.channel, saved].filter(Boolean).join(" · ");
    this.tags?.show(video.tags);
  }

  /** The player, where YouTube lets it play. @param {Video} video */
  stage(video) {
    if (unavailability(video)) {
      const why = `unavailable ${video.availability}`;
      const text = h("p", { class: "stage-text" }, t(/** @type {"unavailable gone"} */ (why)));
      return h("div", { class: "stage still" }, picture(video), text);
    }
    const frame = h("iframe", {
      src: playerUrl(video),
      title: t("player", { name: nameOf(video) }),
      allow: "autoplay; encrypted-media; fullscreen; picture-in-picture",
      referrerpolicy: "strict-origin-when-cross-origin",
    });
    return h("div", { class: "stage" }, frame);
  }

  /** @param {Video} video */
  actions(video) {
    const given = { class: "button", href: watchUrl(video), target: "_blank", rel: "noopener" };
    const open = h("a", given, icon("external"), t("open youtube"));
    const label = t("delete name", { name: nameOf(video) });
    const remove = h(
      "button",
      { type: "button", class: "button danger", "aria-label": label, onclick: () => this.delete() },
      icon("trash"),
      t("delete"),
    );
    return h("div", { class: "video-actions" }, open, remove);
  }

  delete() {
    const { video } = this;
    this.app.leave();
    if (video) this.app.actions.delete([video]);
  }

  /**
   * @param {string | null} title null: YouTube's own
   * @throws {import("../api.js").Refused}
   */
  async entitle(title) {
    if (!this.video) return;
    try {
      await this.app.actions.entitle(this.video, title);
    } catch (error) {
      if (this.title?.element.isConnected) throw error;
      this.app.actions.tellLate(title ?? "", error);
    }
  }

  /** @param {{add_tags?: string[], remove_tags?: string[]}} change */
  async tag(change) {
    if (!this.video || !this.fault) return;
    this.fault.textContent = "";
    try {
      await this.app.actions.tag(this.video, change);
    } catch (error) {
      if (this.fault.isConnected) this.fault.textContent = explain(error);
      else this.app.actions.tellLate(nameOf(this.video), error);
    }
  }

  /** @param {import("../routes.js").Route} route */
  shows(route) {
    return route.name === "video" && route.id === this.id;
  }

  /** The player stops with its frame. */
  close() {
    this.element.replaceChildren();
  }
}
