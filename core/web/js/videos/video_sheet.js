/** One video: it plays here, or on YouTube; its tags; and a way to delete it. */

import { button, h, icon, iconButton } from "../dom.js";
import { day, explain, t } from "../i18n.js";
import { nameOf, playerUrl, watchUrl } from "../videos.js";
import { picture, unavailability } from "../views/cards.js";
import { message } from "../views/messages.js";
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
    this.why = "";
    this.element = h("div", { class: "sheet-inner video" });
  }

  get label() {
    return this.video ? nameOf(this.video) : t("video");
  }

  draw() {
    const video = this.app.library.find(this.id);
    if (video && video === this.video) return;
    if (!video) this.drawMissing();
    else if (this.video) this.drawAgain(video);
    else this.drawFirst(video);
    this.video = video;
  }

  /** Say why it is not shown: it is not read yet, could not be, or is not there. */
  drawMissing() {
    const { fault, library } = this.app;
    const why = library.complete ? "missing" : fault ? explain(fault) : "loading";
    if (why === this.why) return;
    this.why = why;
    const focused = this.element.contains(document.activeElement);
    const close = this.makeClose();
    this.element.replaceChildren(close, this.explanation(why));
    if (focused) close.focus();
  }

  /** @param {string} why */
  explanation(why) {
    if (why === "loading") return h("div", { class: "stage", role: "status", "aria-label": t("loading") });
    const { app } = this;
    if (why === "missing") {
      const way = { label: t("to library"), act: () => app.leave() };
      return message("search", t("missing video"), t("missing video more"), way);
    }
    return message("cloud", t("fault title"), why, { label: t("retry"), act: () => app.catchUp() });
  }

  makeClose() {
    return iconButton("close", t("close"), () => this.app.leave(), { class: "round over" });
  }

  /** @param {Video} video */
  drawFirst(video) {
    this.why = "";
    this.title = new TitleField({ onSave: (title) => this.entitle(title) });
    this.below = h("p", { class: "video-sub" });
    this.fault = h("p", { class: "fault", role: "alert" });
    this.tags = new TagField({
      tags: video.tags,
      names: () => this.app.library.tagNames,
      onChange: (change) => this.tag(change),
    });
    const close = this.makeClose();
    const texts = h("div", { class: "video-texts" }, this.title.element, this.below);
    texts.append(this.tags.element, this.fault, this.actions(video));
    this.element.replaceChildren(this.stage(video), close, texts);
    this.drawAgain(video);
    if (this.edit) this.tags.field.focus();
    else close.focus();
  }

  /** @param {Video} video */
  drawAgain(video) {
    const name = nameOf(video);
    this.title?.show(video);
    this.frame?.setAttribute("title", t("player", { name }));
    this.bin?.setAttribute("aria-label", t("delete name", { name }));
    const saved = t("saved on", { day: day(video.created_at) });
    if (this.below) this.below.textContent = [video.channel, saved].filter(Boolean).join(" · ");
    this.tags?.show(video.tags);
  }

  /** The player, where YouTube lets it play. @param {Video} video */
  stage(video) {
    if (unavailability(video)) {
      const why = `unavailable ${video.availability}`;
      const text = h("p", { class: "stage-text" }, t(/** @type {"unavailable gone"} */ (why)));
      return h("div", { class: "stage" }, picture(video), text);
    }
    this.frame = h("iframe", {
      src: playerUrl(video, !this.edit),
      allow: "autoplay; encrypted-media; fullscreen; picture-in-picture",
      referrerpolicy: "strict-origin-when-cross-origin",
    });
    return h("div", { class: "stage" }, this.frame);
  }

  /** @param {Video} video */
  actions(video) {
    const given = { class: "button", href: watchUrl(video), target: "_blank", rel: "noopener" };
    const open = h("a", given, icon("external"), t("open youtube"));
    this.bin = button("trash", t("delete"), () => this.delete(), { class: "button danger" });
    return h("div", { class: "video-actions" }, open, this.bin);
  }

  delete() {
    const { video } = this;
    if (this.tags) this.tags.typed = "";
    this.title?.turn(false);
    this.app.leave();
    if (video) this.app.actions.delete([video]);
  }

  /**
   * @param {string | null} title null: YouTube's own
   * @throws {import("../api.js").Refused}
   */
  async entitle(title) {
    if (!this.video) return;
    await this.app.actions.entitle(this.video, title, () => this.element.isConnected);
  }

  /** @param {{add_tags?: string[], remove_tags?: string[]}} change */
  async tag(change) {
    if (!this.video || !this.fault) return;
    this.fault.textContent = "";
    try {
      await this.app.actions.tag(this.video, change, () => this.element.isConnected);
    } catch (error) {
      this.fault.textContent = explain(error);
      this.tags?.giveBack(change.add_tags);
    }
  }

  /** @param {import("../routes.js").Route} route */
  shows(route) {
    return route.name === "video" && route.id === this.id;
  }

  /** The player stops with its frame; a tag or a title that was typed is taken. */
  close() {
    this.element.replaceChildren();
    this.tags?.close();
    this.title?.close();
  }
}
