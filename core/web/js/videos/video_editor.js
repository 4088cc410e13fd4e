/** The editor of one video: its title, its start and end, its tags. */

import { h, icon } from "../dom.js";
import { explain, t } from "../i18n.js";
import { TagField } from "../tags/tag_field.js";
import { TimeFields } from "./time_fields.js";
import { TitleField } from "./title_field.js";

/** @typedef {import("./video.js").Video} Video */
/** @typedef {Pick<import("../app.js").App, "actions" | "library">} EditorApp */

export class VideoEditor {
  /**
   * @param {EditorApp} app
   * @param {Video} video
   * @param {{onFinish(): void, onRefused(): void, isSeen(): boolean,
   *   now(): number | null}} attributes `onRefused`: the editor must be shown again; `isSeen`:
   *   whether the editor is still open to show a refusal
   */
  constructor(app, video, { onFinish, onRefused, isSeen, now }) {
    this.app = app;
    this.video = video;
    this.closed = false;
    this.onFinish = onFinish;
    this.isSeen = isSeen;
    this.title = new TitleField({
      onSave: (title) => app.actions.entitle(this.video, title, isSeen),
      onEnter: () => this.finish(),
      onRefused,
    });
    this.times = new TimeFields({
      onSave: (times) => app.actions.setTimes(this.video, times, isSeen),
      onRefused,
      now,
    });
    this.tags = new TagField({
      tags: video.tags,
      names: () => app.library.tagNames,
      count: (name) => app.library.countOf(name),
      onChange: (change) => this.tag(change),
    });
    this.fault = h("p", { class: "fault", role: "alert" });
    this.element = this.makeElement();
    this.show(video);
  }

  makeElement() {
    const finish = h("button", { class: "button primary" }, icon("check"), t("finish"));
    const onsubmit = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.finish();
    };
    const tags = h("div", { class: "field" }, h("label", { for: "tag-field" }, t("tags")));
    tags.append(this.tags.element, this.fault);
    const parts = [this.title.element, this.times.element, tags, finish];
    return h("form", { class: "video-editor", "aria-label": t("edit"), onsubmit }, ...parts);
  }

  /** @param {Video} video */
  show(video) {
    this.video = video;
    this.title.show(video);
    this.times.show(video);
    this.tags.show(video.tags);
  }

  /** Save, and close the editor; invalid times keep it open. */
  finish() {
    if (!this.times.check()) return;
    this.tags.enter();
    this.onFinish();
    this.title.save();
    this.times.save();
  }

  /** @param {{add_tags?: string[], remove_tags?: string[]}} change */
  async tag(change) {
    const { app, video } = this;
    this.fault.textContent = "";
    const offers = this.closed || !change.add_tags; // closing adds a tag that may be incomplete
    const sending = app.actions.tag(video, change, this.isSeen, offers);
    try {
      await sending;
    } catch (error) {
      this.fault.textContent = explain(error);
      this.tags.giveBack(change.add_tags);
    }
  }

  /** The video is deleted: drop the input. */
  discard() {
    this.tags.typed = "";
    this.title.reset();
    this.times.reset();
  }

  /** The sheet is closed: save the typed values. */
  close() {
    this.closed = true;
    this.title.close();
    this.times.save();
    this.tags.close(); // last: its Undo is about the newest change
  }
}
