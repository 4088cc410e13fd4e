/**
 * The library and its filters. Pure: no HTTP, no DOM.
 *
 * Every change makes a new state. An unchanged video stays the same object, so that a view can tell
 * by identity what to redraw.
 */

import { replaceRows } from "../sync/rows.js";
import { fold, tagKey } from "../text.js";
import { today } from "../training/days.js";
import { fits } from "../training/due.js";
import { doneIn, soughtNotes } from "../training/entries.js";
import { chipsOf, countAll } from "./chips.js";
import { writeFilters } from "./filter_address.js";
import { sorted } from "./orders.js";
import { isWaiting, newestFirst } from "./video.js";

/** @typedef {import("./video.js").Video} Video */
/** @typedef {import("../sync/nouns.js").Rows} Rows */
/** @typedef {import("./orders.js").Sort} Sort */
/** @typedef {"all" | "untagged" | "unavailable"} Kinds */

/**
 * The filters and the order. `loaded`: the library was read. `any`: one of the chosen tags is enough.
 * `excluded`: tags that no shown video has. `max`: the most minutes; `rest`: days without a workout; 0: no limit. `before`: the order before
 * `max` or `rest` was chosen. `today`: the user's day.
 * @typedef {{loaded: boolean, query: string, chosen: readonly string[], any: boolean,
 *   excluded: readonly string[], kinds: Kinds,
 *   max: number, rest: number, sort: Sort, before: Sort, today: string}} Looked
 */

const UNAVAILABLE = new Set(["private", "gone", "embedding_disabled"]);
/** @type {Record<Kinds, (video: Video) => boolean>} */
const OF_KIND = {
  all: () => true,
  untagged: ({ tags }) => !tags.length,
  unavailable: ({ availability }) => UNAVAILABLE.has(availability),
};
/** No filters. */
export const EVERYTHING = /** @type {const} */ ({
  query: "",
  chosen: [],
  any: false,
  excluded: [],
  kinds: "all",
  max: 0,
  rest: 0,
});

/** A user's videos, newest first, and their filters. */
export class LibraryState {
  /**
   * @param {readonly Video[]} videos newest first
   * @param {Partial<Looked & Omit<Rows, "videos">>} looked
   */
  constructor(videos = [], looked = {}) {
    this.videos = videos;
    this.notes = looked.notes ?? [];
    /** The log. */
    this.workouts = looked.workouts ?? [];
    this.searches = looked.searches ?? [];
    this.any = looked.any ?? false;
    this.excluded = looked.excluded ?? [];
    /** @type {Kinds} */
    this.kinds = looked.kinds ?? "all";
    this.max = looked.max ?? 0;
    this.rest = looked.rest ?? 0;
    /** @type {Sort} */
    this.before = looked.before ?? "newest";
    this.today = looked.today ?? today();
    this.loaded = looked.loaded ?? false;
    this.query = looked.query ?? "";
    this.chosen = looked.chosen ?? [];
    this.sort = looked.sort ?? "newest";
    /** @type {Map<string, any>} */
    this.worked = new Map();
  }

  /**
   * Compute a value once for this state.
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
   * The same filters with these videos.
   * @param {readonly Video[]} videos newest first
   * @param {boolean} [loaded]
   */
  showing(videos, loaded = this.loaded) {
    const same = videos === this.videos && loaded === this.loaded;
    return same ? this : new LibraryState(videos, { ...this, loaded });
  }

  /**
   * The same filters with these rows.
   * @param {Rows} rows
   * @param {boolean} loaded
   */
  reading({ videos, ...others }, loaded) {
    const names = /** @type {(keyof typeof others)[]} */ (Object.keys(others));
    const same = names.every((name) => others[name] === this[name]);
    const read = same ? this : new LibraryState(this.videos, { ...this, ...others });
    return read.showing(videos, loaded);
  }

  /** @param {Rows["notes"]} notes in order */
  withNotes(notes) {
    return new LibraryState(this.videos, { ...this, notes });
  }

  /** @param {Rows["searches"]} searches in order */
  withSearches(searches) {
    return new LibraryState(this.videos, { ...this, searches });
  }

  /**
   * Change the log, and the last day and count of its video.
   * @param {Rows["workouts"]} workouts the newest day first
   * @param {string} key of the video
   */
  withLog(workouts, key) {
    const logged = new LibraryState(this.videos, { ...this, workouts });
    const video = this.videos.find(({ video_key }) => video_key === key);
    return video ? logged.with({ ...video, ...doneIn(workouts, key) }) : logged;
  }

  /** Whether minutes or rest are limited. */
  get trains() {
    return this.max > 0 || this.rest > 0;
  }

  /**
   * Limit minutes or rest: then videos done longest ago come first.
   * @param {{max?: number, rest?: number}} limits
   */
  training(limits) {
    const next = this.looking(limits);
    if (next.trains === this.trains) return next;
    if (next.trains) return next.looking({ sort: "due", before: this.sort });
    return next.sort === "due" ? next.looking({ sort: this.before }) : next;
  }

  /** Once the library is read, remove tags that no video has from the filters. */
  pruned() {
    if (!this.loaded) return this;
    const [chosen, excluded] = [this.chosen, this.excluded].map((names) => this.known(names));
    if (chosen === this.chosen && excluded === this.excluded) return this;
    return this.looking({ chosen, excluded, any: this.any && chosen.length > 0 });
  }

  /** The tags among these that the library has. @param {readonly string[]} names */
  known(names) {
    const known = names.filter((name) => this.counts.has(tagKey(name)));
    return known.length === names.length ? names : known;
  }

  /** @param {Iterable<Video>} videos in any order */
  withVideos(videos) {
    return this.showing([...videos].sort(newestFirst)).pruned();
  }

  /**
   * Add videos, or replace those with their ids.
   * @param {readonly Video[]} videos
   */
  with(...videos) {
    return this.showing(replaceRows(this.videos, videos, [], newestFirst)).pruned();
  }

  /** @param {readonly number[]} ids */
  without(...ids) {
    return this.showing(replaceRows(this.videos, [], ids, newestFirst)).pruned();
  }

  /**
   * Choose or deselect a tag; an excluded one is no longer excluded.
   * @param {string} name
   */
  toggling(name) {
    const not = (/** @type {readonly string[]} */ names) =>
      names.filter((one) => tagKey(one) !== tagKey(name));
    if (not(this.excluded).length < this.excluded.length)
      return this.looking({ excluded: not(this.excluded) });
    const others = not(this.chosen);
    const chosen = others.length < this.chosen.length ? others : [...others, name];
    return this.looking({ chosen, any: this.any && chosen.length > 0 });
  }

  /** Show the videos of a tag, without other filters. @param {string} name */
  only(name) {
    return this.training(EVERYTHING).looking({ chosen: [name] });
  }

  /** Show no video with this tag. @param {string} name */
  excluding(name) {
    const chosen = this.chosen.filter((one) => tagKey(one) !== tagKey(name));
    const others = this.excluded.filter((one) => tagKey(one) !== tagKey(name));
    const excluded = [...others, name];
    return this.looking({ chosen, excluded, any: this.any && chosen.length > 0 });
  }

  /** A linear search: an index of ten thousand videos costs more than the few look-ups. @param {number} id */
  find(id) {
    return this.videos.find((video) => video.id === id);
  }

  /** The filters and the order in an address. */
  get filters() {
    return this.once("filters", () => writeFilters(this));
  }

  get filtered() {
    return this.tests().length > 0;
  }

  /** The videos that carry the chosen tags and hold every word of the query, in order. @returns {readonly Video[]} */
  get shown() {
    return this.once("shown", () => {
      const fitting = this.tests().reduce((videos, test) => videos.filter(test), this.videos);
      return sorted(fitting, this.sort);
    });
  }

  /** Only the set filters, since they test ten thousand videos. */
  tests() {
    const tests = [];
    if (this.chosen.length || this.excluded.length) tests.push(this.byTags());
    if (this.query.trim()) tests.push(this.byWords());
    if (this.kinds !== "all") tests.push(OF_KIND[this.kinds]);
    if (this.trains) tests.push(fits(this, this.today));
    return tests;
  }

  /** @returns {(video: Video) => boolean} */
  byTags() {
    const [keys, out] = [this.chosen.map(tagKey), this.excluded.map(tagKey)];
    const [only] = keys;
    if (keys.length === 1 && !out.length) return (video) => video.keys.has(only);
    const isIn = (/** @type {Video} */ video) =>
      this.any && keys.length
        ? keys.some((key) => video.keys.has(key))
        : keys.every((key) => video.keys.has(key));
    return (video) => isIn(video) && !out.some((key) => video.keys.has(key));
  }

  /** A video matches with the words of its notes too. @returns {(video: Video) => boolean} */
  byWords() {
    const words = fold(this.query).split(/\s+/).filter(Boolean);
    const notes = words.length ? soughtNotes(this.notes) : undefined;
    return ({ id, sought }) =>
      words.every((word) => sought.includes(word) || notes?.get(id)?.includes(word));
  }

  /** The shown videos that Core has, in order: those that can be played, selected and changed. */
  get usable() {
    return this.once("usable", () => this.shown.filter((video) => !isWaiting(video)));
  }

  get usableIds() {
    return this.once("usableIds", () => this.usable.map((video) => video.id));
  }

  /** The tags that can filter the library, or do. */
  get chips() {
    return this.once("chips", () => chipsOf(this));
  }

  /** Every tag of the library, last used first, as suggestions. */
  get tagNames() {
    return this.once("tagNames", () => [...this.counts.values()].map((one) => one.name));
  }

  /** The number of videos of each tag, independent of filters. */
  get counts() {
    return countAll(this.videos);
  }

  /** How many videos carry the tag. @param {string} name */
  countOf(name) {
    return this.counts.get(tagKey(name))?.videos ?? 0;
  }

  /** A tag in the library's spelling, that of its first use. @param {string} name */
  spelling(name) {
    return this.counts.get(tagKey(name))?.name ?? name;
  }
}
