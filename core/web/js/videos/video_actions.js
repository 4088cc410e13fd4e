/** What a person does to videos: shown at once, sent by the outbox, put back when refused. */

import { after, batch } from "./changes.js";
import { explain, notTaken, t } from "./i18n.js";
import { Selection } from "./selection.js";
import { briefly } from "./text.js";
import { plain } from "./videos.js";

/** @typedef {import("./outbox.js").Change} Change */
/** @typedef {import("./videos.js").Video} Video */

/** When to look for titles that YouTube has not told yet. */
const LATER_MS = [2_000, 6_000, 20_000];
/** A save that takes longer is kept here, and goes on by itself. */
const PATIENCE_MS = 3_000;

export class Actions {
  /** @param {import("./app.js").App} app */
  constructor(app) {
    this.app = app;
    /** @type {ReturnType<typeof setTimeout>[]} */
    this.later = [];
  }

  /**
   * @param {string} text
   * @param {string[]} tags
   * @param {() => boolean} inSight whether a refusal would be seen where it was asked for
   * @returns {Promise<boolean>} whether Core has it, or else it is kept here for now
   * @throws {import("./api.js").Refused} Core did not take it, and it is nowhere kept
   */
  async save(text, tags, inSight) {
    const { library: before, outbox } = this.app;
    let late = false;
    const sending = outbox.add({ kind: "save", body: { url: text, tags } }, () => !late && inSight());
    const first = await Promise.race([sending, tooLong(outbox)]);
    this.tellSaved(first, before);
    if (first.sent) return true;
    late = true;
    outbox.showWaiting();
    sending.then((outcome) => outcome.sent && this.tellSaved(outcome, before));
    return false;
  }

  /**
   * @param {import("./outbox.js").Outcome} outcome
   * @param {import("./state.js").LibraryState} before the library as it was
   */
  tellSaved({ sent, video, known }, before) {
    const { app } = this;
    if (sent && !video) app.load(); // another tab sent it
    const had = video && known && (before.find(video.id) ? "saved before" : "saved again");
    const later = app.outbox.lasts ? "saved later" : "saved in page";
    app.shell.say(t(sent ? had || "saved" : later));
  }

  /**
   * @param {Video} video
   * @param {{add_tags?: string[], remove_tags?: string[]}} body
   * @param {() => boolean} inSight
   * @throws {import("./api.js").Refused}
   */
  async tag(video, body, inSight) {
    await this.send({ kind: "tag", id: video.id, body, videos: [plain(video)] }, inSight);
  }

  /**
   * @param {Video} video
   * @param {string | null} title null: YouTube's own again
   * @param {() => boolean} inSight
   * @throws {import("./api.js").Refused}
   */
  async entitle(video, title, inSight) {
    await this.send({ kind: "title", id: video.id, body: { title }, videos: [plain(video)] }, inSight);
  }

  /** YouTube's own comes by itself; of many the last one is waited for. @param {Video | null} video */
  awaitTitle(video) {
    if (!video || video.title) return;
    this.later.forEach(clearTimeout);
    this.later = LATER_MS.map((wait) => setTimeout(() => this.app.load(), wait));
  }

  /**
   * @param {readonly Video[]} videos
   * @param {{add_tags?: string[], remove_tags?: string[]}} tags
   * @param {() => boolean} inSight
   * @throws {import("./api.js").Refused}
   */
  async tagMany(videos, { add_tags, remove_tags }, inSight) {
    if (add_tags) await this.send(batch("tag", videos, add_tags), inSight);
    if (remove_tags) await this.send(batch("untag", videos, remove_tags), inSight);
  }

  /**
   * Select a video or no longer; with `range` all from the one before up to it.
   * @param {number} id
   * @param {boolean} range
   */
  pick(id, range) {
    const { selection, library } = this.app;
    this.app.select(range ? selection.reaching(id, library.shownIds) : selection.toggling(id));
  }

  /** Delete what is selected, and select no longer. */
  deleteSelected() {
    const { app } = this;
    const videos = app.selected;
    if (!videos.length) return;
    app.select(new Selection());
    this.delete(videos);
  }

  /** @param {readonly Video[]} videos */
  async delete(videos) {
    const { app } = this;
    const n = videos.length;
    app.shell.focusBeside(videos);
    const outcome = this.send(batch("delete", videos));
    app.shell.say(t("deleted", { n }), { label: t("undo"), act: () => this.restore(videos) });
    try {
      await outcome;
      await app.keep();
    } catch (error) {
      app.shell.say(explain(error));
    }
  }

  /** @param {readonly Video[]} videos @returns whether they are back */
  async restore(videos) {
    const { app } = this;
    try {
      await this.send(batch("restore", videos));
      app.shell.say(t("restored", { n: videos.length }));
      return true;
    } catch (error) {
      app.shell.say(explain(error));
      return false;
    }
  }

  /**
   * Say why something failed to whoever has closed what they asked for it in.
   * @param {string} what
   * @param {string} why
   */
  tellLate(what, why) {
    this.app.shell.say(notTaken(briefly(what), why));
  }

  /** Take back a change that waits. @param {number} number */
  async discard(number) {
    const { app } = this;
    const there = await app.outbox.discard(number);
    app.shell.toasts.makeRoom(); // for what was promised of it
    app.etag = null;
    if (there) await app.load(); // as it is without the change
    else await app.catchUp(); // another tab has sent it
  }

  /** @param {Change} change @param {() => boolean} [inSight] */
  async send(change, inSight) {
    this.app.change(after(this.app.library, change));
    return await this.app.outbox.add(change, inSight);
  }
}

/**
 * Say after a while that it has to wait; not to whoever comes after its person.
 * @param {import("./outbox.js").Outbox} outbox
 * @returns {Promise<import("./outbox.js").Outcome>}
 */
function tooLong(outbox) {
  return new Promise((resolve) => {
    setTimeout(() => outbox.closed || resolve({ sent: false, video: null }), PATIENCE_MS);
  });
}
