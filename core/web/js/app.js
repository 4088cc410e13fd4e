/** The page: what happened goes into the state, and the state onto the screen. */

import { Actions } from "./actions.js";
import { ApiService, SignedOut } from "./api.js";
import { AuthService } from "./auth.js";
import { after, before } from "./changes.js";
import { listenToKeys } from "./keys.js";
import { Outbox } from "./outbox.js";
import { Presence } from "./presence.js";
import { currentRoute, go, leave } from "./routes.js";
import { Selection } from "./selection.js";
import { LibraryState } from "./state.js";
import { TagActions } from "./tag_actions.js";
import { plain, readVideo } from "./videos.js";
import { Shell } from "./views/shell.js";

/** @typedef {import("./videos.js").Video} Video */
/** @typedef {import("./outbox.js").Change} Change */

export class App {
  /** @param {import("./device.js").Kept} device */
  constructor(device) {
    this.device = device;
    this.auth = new AuthService();
    this.api = new ApiService(this.auth, "");
    this.outbox = this.makeOutbox("");
    this.actions = new Actions(this);
    this.tags = new TagActions(this);
    this.library = new LibraryState();
    this.selection = new Selection();
    /** @type {"starting" | "library" | "signed-out"} */
    this.phase = "starting";
    /** @type {any} why the library could not be read, or the sign-in not loaded */
    this.fault = null;
    /** What whoever has to sign in should know. */
    this.farewell = "";
    this.changes = 0;
    /** @type {string | null} */
    this.etag = null;
    this.shell = new Shell(this);
    this.presence = new Presence(this);
  }

  /** @param {string} person */
  makeOutbox(person) {
    const { api } = this;
    const send = (/** @type {Change} */ change) => api.apply(change);
    const outbox = new Outbox(person, this.device, send, (work) => alone(person, work));
    outbox.onMove = () => this.draw();
    outbox.onGone = () => (this.etag = null);
    outbox.onSent = ({ kind }, video) => this.takeIn(kind, video);
    outbox.onRefused = (change) => this.putBack(change);
    return outbox;
  }

  draw() {
    if (this.selection.size) this.selection = this.selection.among(this.library.shownIds);
    this.shell.draw();
  }

  /** Show what was last seen here, then find out who is here, then what is new. */
  async start() {
    document.body.replaceChildren(this.shell.element);
    const kept = await this.device.library();
    if (kept) await this.show(kept).catch(() => this.showNobody()); // as another version kept it
    this.shell.takeDrafts(this.outbox.person);
    this.route();
    addEventListener("pagehide", () => this.shell.keepDrafts());
    addEventListener("popstate", () => this.route());
    addEventListener("online", () => this.catchUp());
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.shell.keepDrafts(); // a phone may end the page without a word
      else this.catchUp();
    });
    addEventListener("beforeunload", (event) => this.outbox.lasts || event.preventDefault());
    listenToKeys(this);
    await this.presence.begin();
  }

  showNobody() {
    this.phase = "starting";
    this.become("");
  }

  /** @param {import("./device.js").Library} kept */
  async show(kept) {
    this.become(kept.person);
    this.phase = "library";
    await this.outbox.open();
    const library = this.library.withVideos(kept.videos.map(readVideo));
    this.library = this.withWaiting(library).looking({ loaded: true, complete: true });
    this.etag = kept.etag || null;
  }

  /**
   * Begin anew for this person. Of the one before nothing stays: not on the screen, nor what is
   * under way, which is finished for them and told to nobody.
   * @param {string} person
   */
  become(person) {
    this.shell.close();
    this.api.leave();
    this.outbox.close();
    this.api = new ApiService(this.auth, person);
    this.outbox = this.makeOutbox(person);
    this.library = new LibraryState();
    this.selection = new Selection();
    this.etag = null;
    this.shell = new Shell(this);
    document.body.replaceChildren(this.shell.element);
  }

  /** Send what waits, then read what is new. */
  async catchUp() {
    if (this.phase === "starting") return;
    if (!this.auth.ready) return this.presence.begin();
    if (!this.auth.person) return;
    await this.outbox.flush();
    await this.load();
  }

  /** @returns {Promise<void>} */
  async load() {
    const { api, changes } = this;
    this.fault = null;
    this.draw();
    try {
      const etag = await api.readLibrary(this.etag, (videos, complete) => {
        if (api !== this.api || changes !== this.changes) return;
        if (complete || !this.library.loaded) this.replace(videos, complete);
      });
      if (api !== this.api) return;
      if (changes !== this.changes) return await this.load();
      this.etag = etag;
    } catch (error) {
      if (api !== this.api || error instanceof SignedOut) return;
      this.fault = error;
    }
    this.draw();
    await this.keep();
  }

  /** @param {Video[]} videos @param {boolean} complete */
  replace(videos, complete) {
    const same = new Map(this.library.videos.map((video) => [video.id, video]));
    const wanted = videos.map((video) => {
      const known = same.get(video.id);
      return known && JSON.stringify(known) === JSON.stringify(video) ? known : video;
    });
    const library = this.withWaiting(this.library.withVideos(wanted));
    this.look(library.looking({ loaded: true, complete }));
  }

  /**
   * The library as it will be once Core has taken what waits.
   * @param {LibraryState} library
   */
  withWaiting(library) {
    return this.outbox.unsent.reduce(after, library);
  }

  /** Keep the library for the next time, also without a network. What waits in it may be refused. */
  async keep() {
    const { person, unsent } = this.outbox;
    if (!this.library.complete || !person) return;
    const etag = unsent.length ? "" : (this.etag ?? "");
    await this.device.keepLibrary({ person, etag, videos: this.library.videos.map(plain) });
  }

  /** @param {LibraryState} library */
  look(library) {
    this.library = library;
    this.draw();
  }

  /** Selecting has an address of its own, so that a phone's way back ends it. @param {Selection} selection */
  select(selection) {
    const was = this.selection;
    this.selection = selection;
    if (selection.on && !was.on) go("#select");
    this.draw();
    if (!selection.on && currentRoute().name === "select") this.leave();
  }

  /** The videos that are selected, in their order. */
  get selected() {
    return this.library.shown.filter((video) => this.selection.has(video.id));
  }

  /** Core took a change. @param {Change["kind"]} kind @param {Video | null} video */
  takeIn(kind, video) {
    if (kind !== "tag") this.actions.awaitTitle(video);
    this.change(video ? this.withWaiting(this.library.with(video)) : this.library);
    if (this.fault) this.load(); // it is there again
    else this.keep();
  }

  /** Core refused a change; what it did of it in parts, reading tells. @param {Change} change */
  putBack(change) {
    this.shell.toasts.makeRoom(); // for what was said of it before
    if (!change.videos) return;
    this.etag = null;
    this.change(before(this.library, change));
    this.load();
  }

  /**
   * Show what a person changed; what is being read at the moment is older than that.
   * @param {LibraryState} library
   */
  change(library) {
    this.changes += 1;
    this.look(library);
  }

  /** @param {string} to */
  go(to) {
    go(to);
    this.route();
  }

  leave() {
    if (leave()) this.route();
  }

  route() {
    const route = this.phase === "library" ? currentRoute() : { name: "library" };
    if (route.name === "library") this.selection = new Selection();
    this.draw();
    this.shell.open(route);
    if (route.name === "select" && !this.selection.on) this.leave();
  }
}

/**
 * Keep this person's other tabs away meanwhile; another person waits for nobody.
 * @template T
 * @param {string} person
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
function alone(person, work) {
  return navigator.locks ? navigator.locks.request(`core-outbox ${person}`, work) : work();
}
