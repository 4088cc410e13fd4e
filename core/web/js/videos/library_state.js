/**
 * What the page knows of the library, and what of it is looked at. Pure: no HTTP, no page.
 *
 * Every change makes a new state, and a video that did not change stays the same object, so that
 * whoever draws it can tell by identity what to draw anew.
 */

import { compare, fold, tagKey } from "./text.js";

/** @typedef {import("./videos.js").Video} Video */
/** @typedef {{name: string, videos: number, chosen: boolean}} Chip */
/** @typedef {"newest" | "oldest" | "title"} Sort */

/** @typedef {{loaded: boolean, complete: boolean, query: string, chosen: readonly string[],
 *   sort: Sort}} Looked `loaded`: something is there to be shown; `complete`: all of it */

export const MAX_CHIPS = 60;
/** @type {WeakMap<readonly Video[], ReturnType<typeof count>>} */
const counted = new WeakMap();

/** @type {Record<"newest" | "oldest", (a: Video, b: Video) => number>} */
const ORDERS = {
  newest: (a, b) => compare(b.created_at, a.created_at) || b.id - a.id,
  oldest: (a, b) => compare(a.created_at, b.created_at) || a.id - b.id,
};

/** A person's videos, newest first, and what narrows them. */
export class LibraryState {
  /**
   * @param {readonly Video[]} videos newest first
   * @param {Partial<Looked>} looked
   */
  constructor(videos = [], looked = {}) {
    this.videos = videos;
    this.loaded = looked.loaded ?? false;
    this.complete = looked.complete ?? false;
    this.query = looked.query ?? "";
    this.chosen = looked.chosen ?? [];
    this.sort = looked.sort ?? "newest";
    /** @type {Map<string, any>} */
    this.worked = new Map();
  }

  /**
   * Work something out once for this state.
   * @template T
   * @param {string} name
   * @param {() => T} make
   * @returns {T}
   */
  once(name, make) {
    if (!this.worked.has(name)) this.worked.set(name, make());
    return this.worked.get(name);
  }

  /** @param {Partial<Looked>} how */
  looking(how) {
    return new LibraryState(this.videos, { ...this, ...how });
  }

  /**
   * Take what Core answered; tags that nothing carries any more stop filtering.
   * @param {Iterable<Video>} videos
   */
  withVideos(videos) {
    const sorted = [...videos].sort(ORDERS.newest);
    const chosen = this.chosen.filter((name) => sorted.some(({ keys }) => keys.has(tagKey(name))));
    return new LibraryState(sorted, { ...this, chosen });
  }

  /**
   * Add videos, or put them in the place of those with their ids.
   * @param {readonly Video[]} videos
   */
  with(...videos) {
    const ids = new Set(videos.map((video) => video.id));
    return this.withVideos([...videos, ...this.videos.filter((one) => !ids.has(one.id))]);
  }

  /** @param {readonly number[]} ids */
  without(...ids) {
    const gone = new Set(ids);
    return this.withVideos(this.videos.filter((video) => !gone.has(video.id)));
  }

  /**
   * Choose a tag to filter by, or no longer.
   * @param {string} name
   */
  toggling(name) {
    const others = this.chosen.filter((one) => tagKey(one) !== tagKey(name));
    const chosen = others.length < this.chosen.length ? others : [...others, name];
    return this.looking({ chosen });
  }

  /** @param {number} id */
  find(id) {
    return this.once("byId", () => new Map(this.videos.map((one) => [one.id, one]))).get(id);
  }

  get filtered() {
    return this.chosen.length > 0 || this.query.trim() !== "";
  }

  /** The videos that carry every chosen tag and hold every word of the query, in order. */
  get shown() {
    return this.once("shown", () => {
      const keys = this.chosen.map(tagKey);
      const words = fold(this.query).split(/\s+/).filter(Boolean);
      const fitting = this.videos.filter(
        (video) =>
          keys.every((key) => video.keys.has(key)) &&
          words.every((word) => video.sought.includes(word)),
      );
      if (this.sort === "newest") return fitting;
      return this.sort === "title" ? byTitle(fitting) : fitting.sort(ORDERS[this.sort]);
    });
  }

  /** The ids of the videos that are shown, in order. */
  get shownIds() {
    return this.once("shownIds", () => this.shown.map((video) => video.id));
  }

  /** The chosen tags, then what else the videos in sight carry, most frequent first. */
  get chips() {
    return this.once("chips", () => {
      const counts = this.filtered ? count(this.shown) : this.counts;
      const keys = new Set(this.chosen.map(tagKey));
      const chosen = this.chosen.map((name) => chip(name, counts.get(tagKey(name)), true));
      const others = [...counts]
        .filter(([key]) => !keys.has(key))
        .map(([, one]) => chip(one.name, one, false))
        .sort((a, b) => b.videos - a.videos || compare(fold(a.name), fold(b.name)));
      return [...chosen, ...others.slice(0, MAX_CHIPS)];
    });
  }

  /** Every tag of the library, the one that was used last first: what a video may get. */
  get tagNames() {
    return this.once("tagNames", () => [...this.counts.values()].map((one) => one.name));
  }

  /** How many videos carry which tag; the same however they are looked at. */
  get counts() {
    const counts = counted.get(this.videos) ?? count(this.videos);
    counted.set(this.videos, counts);
    return counts;
  }

  /** A tag as the library has it, which keeps the spelling of its first use. @param {string} name */
  spelling(name) {
    return this.counts.get(tagKey(name))?.name ?? name;
  }
}

/** Those without a title come last. @param {readonly Video[]} videos */
function byTitle(videos) {
  const keyed = videos.map((video) => ({ video, none: !video.title, key: fold(video.title ?? "") }));
  keyed.sort(
    (a, b) =>
      Number(a.none) - Number(b.none) || compare(a.key, b.key) || b.video.id - a.video.id,
  );
  return keyed.map(({ video }) => video);
}

/** @param {string} name @param {{videos: number} | undefined} counted @param {boolean} chosen */
function chip(name, counted, chosen) {
  return { name, videos: counted?.videos ?? 0, chosen };
}

/**
 * How many of these videos carry which tag, by its key.
 * @param {readonly Video[]} videos
 */
export function count(videos) {
  /** @type {Map<string, {name: string, videos: number}>} */
  const counts = new Map();
  for (const { keys, tags } of videos) {
    let at = 0;
    for (const key of keys) {
      const one = counts.get(key);
      if (one) one.videos += 1;
      else counts.set(key, { name: tags[at], videos: 1 });
      at += 1;
    }
  }
  return counts;
}
