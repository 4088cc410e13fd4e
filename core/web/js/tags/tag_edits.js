/** Renames a tag, merges it into another or removes it, on every video that carries it. */

import { Offline } from "../api.js";
import { tagsOf } from "../changes/changes.js";
import { backOf, stands } from "../changes/edits.js";
import { changingSearch, savingAgain } from "../changes/search.js";
import { explain, t } from "../i18n.js";
import { naming } from "../searches/searches.js";
import { compare, fold, nameKey, tagKey } from "../text.js";
import { plain, readVideo } from "../videos/video.js";

/** @typedef {Pick<import("../app.js").App,
 *   "actions" | "api" | "feed" | "library" | "load" | "outbox" | "say" | "undo">} EditsApp */

/** @typedef {import("../videos/library_state.js").LibraryState} LibraryState */
/** @typedef {import("../searches/searches.js").Search} Search */

/** Core changes the tag first, then the library follows. */
export class TagEdits {
  /** @param {EditsApp} app */
  constructor(app) {
    this.app = app;
  }

  /**
   * Rename a tag or merge it into another, and offer Undo.
   * @param {string} name
   * @param {string} to
   * @throws {import("../api.js").Failed}
   */
  async rename(name, to) {
    const { app } = this;
    const back = merging(app.library, name, to);
    const searches = naming(app.library.searches, name);
    await this.renameNow(name, to);
    if (back.length) return this.offer(t("merged"), back, searches);
    const holds = () => app.library.counts.has(tagKey(to));
    app.undo.offer(t("renamed"), () => this.renameBack(to, name), holds);
  }

  /** @param {string} name @param {string} to */
  async renameNow(name, to) {
    await this.change(name, async (api) => {
      const answer = await api.call("PATCH", tagPath(name), { body: { name: to } });
      return (await answer.json()).name;
    });
  }

  /** @param {string} name @param {string} to */
  async renameBack(name, to) {
    const { app } = this;
    try {
      await this.renameNow(name, to);
      app.say(t("renamed"));
    } catch (error) {
      app.say(explain(error));
    }
  }

  /** @param {string} name @throws {import("../api.js").Failed} */
  async remove(name) {
    const { library } = this.app;
    const back = backOf(library.videos, { remove_tags: [name] });
    const searches = naming(library.searches, name);
    await this.change(name, async (api) => {
      await api.call("DELETE", tagPath(name));
      return null;
    });
    this.offer(t("stripped", { n: back[0]?.videos.length ?? 0 }), back, searches);
  }

  /**
   * @param {string} text
   * @param {import("../changes/edits.js").Part[]} back
   * @param {readonly Search[]} searches that Core changed with the tag, in their state before
   */
  offer(text, back, searches) {
    const { app } = this;
    const holds = () => stands(app.library, back);
    const act = () => {
      app.actions.takeBack(back);
      this.restore(searches);
    };
    app.undo.offer(text, act, holds);
  }

  /** @param {readonly Search[]} searches */
  restore(searches) {
    const { app } = this;
    for (const { query, ...search } of searches) {
      const now = app.library.searches.find(({ id }) => id === search.id);
      if (now?.query === query) continue;
      const change = now ? changingSearch(now, { query }) : savingAgain({ ...search, query });
      app.actions.send(change).catch((error) => app.say(explain(error)));
    }
  }

  /**
   * Send waiting changes first: they may use the old name. If the user changes in the meantime, the
   * promise never settles.
   * @param {string} name
   * @param {(api: import("../api.js").ApiService) => Promise<string | null>} ask
   */
  async change(name, ask) {
    const { app } = this;
    const { api, outbox } = app;
    let to;
    try {
      await outbox.flush();
      const key = tagKey(name);
      const named = outbox.unsent.some((change) => tagsOf(change).map(tagKey).includes(key));
      if (named) throw outbox.trouble ?? new Offline();
      to = await ask(api);
    } finally {
      if (api !== app.api) await new Promise(() => {});
    }
    app.feed.addSent((library) => renamed(library, name, to));
    await app.load();
  }
}

/**
 * Rename a tag in the library. Onto another tag it merges, as in Core: a video keeps it once, at
 * the first of the two positions.
 * @param {LibraryState} library
 * @param {string} name
 * @param {string | null} to as Core spells it; null removes the tag
 */
export function renamed(library, name, to) {
  const [old, target] = [tagKey(name), tagKey(to ?? name)];
  const rename = (/** @type {readonly string[]} */ names) =>
    names.flatMap((one) => ([old, target].includes(tagKey(one)) ? (to ?? []) : one));
  const videos = library.videos.map((video) =>
    video.keys.has(old) || video.keys.has(target)
      ? readVideo({ ...plain(video), tags: rename(video.tags).join(",") })
      : video,
  );
  const [chosen, excluded] = [library.chosen, library.excluded].map(rename);
  return library.looking({ chosen: [...new Set(chosen)], excluded }).withVideos(videos);
}

/**
 * The inverse of a merge; empty if no video has the other tag, so that it is a rename.
 * @param {LibraryState} library before the merge
 * @param {string} name
 * @param {string} to
 */
export function merging({ videos, counts }, name, to) {
  if (tagKey(name) === tagKey(to) || !counts.has(tagKey(to))) return [];
  const having = backOf(videos, { remove_tags: [name] });
  return having.flatMap((part) => [part, ...backOf(part.videos, { add_tags: [to] })]);
}

/**
 * How many videos have at least one of these tags.
 * @param {LibraryState} library
 * @param {readonly string[]} names
 */
export function carrying({ videos }, ...names) {
  const keys = names.map(tagKey);
  return videos.filter((video) => keys.some((key) => video.keys.has(key))).length;
}

/**
 * The tags that contain the text, by name, with the number of videos of each.
 * @param {LibraryState} library
 * @param {string} text
 */
export function tagsByName({ counts }, text = "") {
  const wanted = fold(text.trim());
  return [...counts.values()]
    .filter(({ name }) => fold(name).includes(wanted))
    .map((one) => ({ ...one, key: nameKey(one.name) }))
    .sort((a, b) => compare(a.key, b.key));
}

/**
 * The path of a tag. Browsers resolve `/tags/..` to `/`; full-width dots name the same tag.
 * @param {string} name
 */
export function tagPath(name) {
  const safe = /^\.{1,2}$/.test(name) ? name.replaceAll(".", "．") : name;
  return `/tags/${encodeURIComponent(safe)}`;
}
