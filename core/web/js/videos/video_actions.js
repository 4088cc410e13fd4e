/** The user's changes of videos; the outbox shows each one immediately, and sends it. */

import { readRow } from "../api.js";
import { changing } from "../changes/batch.js";
import { backOf, stands } from "../changes/edits.js";
import { saving } from "../changes/save.js";
import { tagging } from "../changes/tag.js";
import { timing } from "../changes/times.js";
import { retitling } from "../changes/title.js";
import { explain, notTaken, t } from "../i18n.js";
import { briefly } from "../text.js";
import { Selection } from "./selection.js";
import { readVideo } from "./video.js";

/** @typedef {Pick<import("../app.js").App,
 *   "api" | "catchUp" | "feed" | "library" | "load" | "outbox" | "redraw" | "say" | "select" | "selected" | "selection" | "shell" | "undo">} ActionsApp */

/** @typedef {import("../changes/outbox.js").Change} Change */
/** @typedef {import("./video.js").Video} Video */
/** @typedef {import("../changes/edits.js").Tagging} Tagging */

/** A save that takes longer is shown as waiting, and continues in the background. */
const PATIENCE_MS = 3_000;

export class VideoActions {
  /** @param {ActionsApp} app */
  constructor(app) {
    this.app = app;
    /** @type {Set<string>} the videos whose duration was sent, with their users */
    this.learnt = new Set();
  }

  /**
   * @param {string} text
   * @param {string[]} tags
   * @param {() => boolean} inSight whether the view is still open to show a refusal
   * @returns {Promise<boolean>} whether Core has it; false: it waits
   * @throws {import("../api.js").Refused} Core refused it, so it is not stored
   */
  async save(text, tags, inSight) {
    const { library: before, outbox } = this.app;
    let late = false;
    const sending = outbox.add(saving(text, tags), () => !late && inSight());
    const first = await Promise.race([sending, tooLong(outbox)]);
    this.tellSaved(first, before, tags);
    if (first.sent) return true;
    late = true;
    outbox.showWaiting();
    sending.then((outcome) => outcome.sent && this.tellSaved(outcome, before, tags));
    return false;
  }

  /**
   * @param {import("../changes/outbox.js").Outcome} outcome
   * @param {import("./library_state.js").LibraryState} before the library before the save
   * @param {string[]} tags
   */
  tellSaved({ sent, video, known }, before, tags) {
    const { app } = this;
    if (sent && !video) app.load(); // another tab sent it
    const inLibrary = video && before.find(video.id);
    const same = tags.length ? "saved with tags" : "saved before";
    const had = video && known && (inLibrary ? same : "saved again");
    if (sent) return app.say(t(had || "saved"));
    const { outbox } = app;
    const holds = () => outbox.unsent.length > 0;
    app.say(t(outbox.lasts ? "saved later" : "saved in page"), { holds });
  }

  /**
   * @param {Video} video
   * @param {Tagging} change
   * @param {() => boolean} inSight
   * @param {boolean} offers an Undo
   * @throws {import("../api.js").Refused}
   */
  async tag(video, change, inSight, offers) {
    const sending = this.send(tagging(video, change), inSight);
    if (offers) this.offerTagsBack([video], change);
    await sending;
  }

  /**
   * @param {Video} video
   * @param {string | null} title null: YouTube's own again
   * @param {() => boolean} inSight
   * @throws {import("../api.js").Refused}
   */
  async entitle(video, title, inSight) {
    await this.send(retitling(video, title), inSight);
  }

  /**
   * @param {Video} video
   * @param {{start_s?: number | null, end_s?: number | null}} times
   * @param {() => boolean} inSight
   * @throws {import("../api.js").Refused}
   */
  async setTimes(video, times, inSight) {
    await this.send(timing(video, times), inSight);
  }

  /**
   * Send the duration that the player reports to Core once, if Core does not know it. A failure is
   * retried on another visit.
   * @param {Video} video
   * @param {number} duration in seconds
   */
  async learnDuration(video, duration) {
    const { app } = this;
    const { api, feed } = app;
    const key = `${api.userId} ${video.id}`;
    if (video.duration_s !== null || this.learnt.has(key)) return;
    this.learnt.add(key);
    try {
      const change = timing(video, { duration_s: Math.round(duration) });
      const answer = await api.call("PATCH", `/videos/${video.id}`, { body: change.body });
      feed.confirm(change, readVideo(await readRow(answer)));
    } catch {
      // The user did not ask for it, so no message is shown.
    }
  }

  /**
   * @param {readonly Video[]} videos
   * @param {Tagging} change
   * @param {() => boolean} inSight
   * @throws {import("../api.js").Refused}
   */
  async tagMany(videos, change, inSight) {
    const sending = this.retag(videos, change, inSight);
    this.offerTagsBack(videos, change);
    await sending;
  }

  /** @param {readonly Video[]} videos @param {Tagging} change @param {() => boolean} [inSight] */
  async retag(videos, { add_tags, remove_tags }, inSight) {
    if (add_tags) await this.send(changing("tag", videos, add_tags), inSight);
    if (remove_tags) await this.send(changing("untag", videos, remove_tags), inSight);
  }

  /** @param {readonly Video[]} videos before the change @param {Tagging} change */
  offerTagsBack(videos, change) {
    const { app } = this;
    const back = backOf(videos, change);
    const { add_tags = [], remove_tags = [] } = change;
    const word = remove_tags.length ? "tag removed" : "tags added";
    const name = [...add_tags, ...remove_tags].join(", ");
    const holds = () => stands(app.library, back);
    if (back.length) app.undo.offer(t(word, { name }), () => this.takeBack(back), holds);
  }

  /** All parts are queued before the user's next change. @param {import("../changes/edits.js").Part[]} parts */
  async takeBack(parts) {
    try {
      await Promise.all(parts.map(({ videos, change }) => this.retag(videos, change)));
    } catch (error) {
      this.app.say(explain(error));
    }
  }

  /**
   * Toggle a video; with `range` select all from the last one to it.
   * @param {number} id
   * @param {boolean} range
   */
  pick(id, range) {
    const { selection, library } = this.app;
    this.app.select(range ? selection.reaching(id, library.usableIds) : selection.toggling(id));
  }

  /** Delete the selected videos, and end selection mode. */
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
    app.shell.focusNeighbour(videos);
    const outcome = this.send(changing("delete", videos));
    const holds = () => videos.some(({ id }) => !app.library.find(id));
    app.undo.offer(t("deleted", { n }), () => this.restore(videos, false), holds);
    try {
      await outcome;
    } catch (error) {
      app.say(explain(error));
    }
  }

  /**
   * @param {readonly Video[]} videos
   * @param {boolean} [offers] an Undo; false for an Undo, after which Ctrl Z takes the change before
   * @returns whether they are restored
   */
  async restore(videos, offers = videos.length > 1) {
    const { app } = this;
    const n = videos.length;
    try {
      await this.send(changing("restore", videos));
      const holds = () => videos.some(({ id }) => app.library.find(id));
      if (offers) app.undo.offer(t("restored", { n }), () => this.delete(videos), holds);
      else app.say(t("restored", { n }));
      return true;
    } catch (error) {
      app.say(explain(error));
      return false;
    }
  }

  /**
   * Show why something failed after its sheet was closed.
   * @param {string} what
   * @param {string} why
   */
  tellLate(what, why) {
    this.app.say(notTaken(briefly(what), why));
  }

  /** Discard a waiting change. @param {number} number */
  async discard(number) {
    const { app } = this;
    const { outbox } = app;
    const discarded = await outbox.discard(number);
    if (outbox.closed) return; // the user has changed, and must not get this change by Undo
    app.shell.toasts.clear(); // its toast is stale
    if (discarded) app.undo.offer(t("discarded"), () => this.sendAgain(discarded));
    else await app.catchUp(); // another tab has sent it
  }

  /** @param {Change} change */
  async sendAgain(change) {
    await this.send(change).catch((error) => this.app.say(explain(error)));
  }

  /** @param {Change} change @param {() => boolean} [inSight] */
  async send(change, inSight) {
    this.app.shell.toasts.clear(); // the toast is about an earlier change
    const outcome = this.app.outbox.add(change, inSight);
    this.app.redraw();
    return await outcome;
  }
}

/**
 * Resolve after a while as not sent, unless the user has changed.
 * @param {import("../changes/outbox.js").Outbox} outbox
 * @returns {Promise<import("../changes/outbox.js").Outcome>}
 */
function tooLong(outbox) {
  return new Promise((resolve) => {
    setTimeout(() => outbox.closed || resolve({ sent: false, video: null }), PATIENCE_MS);
  });
}
