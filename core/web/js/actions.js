/** What a person does to videos: shown at once, sent by the outbox, put back when refused. */

import { explain, t } from "./i18n.js";
import { readVideo } from "./videos.js";

/** @typedef {import("./videos.js").Video} Video */

/** When to look for titles that YouTube has not told yet, after a save. */
const LATER_MS = [2_000, 6_000, 20_000];

export class Actions {
  /** @param {import("./app.js").App} app */
  constructor(app) {
    this.app = app;
  }

  /**
   * @param {string} text
   * @param {string[]} tags
   * @throws {import("./api.js").Refused} Core did not take it, and it is nowhere kept
   */
  async save(text, tags) {
    const { app } = this;
    const { sent, video } = await app.outbox.add({ kind: "save", body: { url: text, tags } });
    if (video && !video.title) LATER_MS.forEach((wait) => setTimeout(() => app.load(), wait));
    app.shell.say(t(sent ? "saved" : "saved later"));
  }

  /**
   * @param {Video} video
   * @param {{add_tags?: string[], remove_tags?: string[]}} body
   */
  async tag(video, body) {
    const { app } = this;
    const removed = new Set(body.remove_tags);
    const tags = [...video.tags.filter((name) => !removed.has(name)), ...(body.add_tags ?? [])];
    const { keys, sought, ...rest } = video;
    this.show(readVideo({ ...rest, tags: tags.join(",") }));
    try {
      await app.outbox.add({ kind: "tag", id: video.id, body });
    } catch (error) {
      if (app.library.find(video.id)) this.show(video);
      throw error;
    }
  }

  /** @param {Video} video */
  async delete(video) {
    const { app } = this;
    app.shell.focusBeside(video);
    app.change(app.library.without(video.id));
    const outcome = app.outbox.add({ kind: "delete", id: video.id });
    app.shell.say(t("deleted"), { label: t("undo"), act: () => this.restore(video) });
    try {
      await outcome;
      await app.keep();
    } catch (error) {
      this.show(video);
      app.shell.say(explain(error));
    }
  }

  /** @param {Video} video */
  async restore(video) {
    const { app } = this;
    this.show(video);
    try {
      await app.outbox.add({ kind: "restore", id: video.id });
      app.shell.say(t("restored"));
    } catch (error) {
      app.change(app.library.without(video.id));
      app.shell.say(explain(error));
    }
  }

  /** @param {Video} video */
  show(video) {
    this.app.change(this.app.library.with(video));
  }
}
