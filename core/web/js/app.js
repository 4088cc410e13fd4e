/** The page: what happened goes into the state, and the state onto the screen. */

import { Actions } from "./actions.js";
import { ApiService, SignedOut } from "./api.js";
import { AuthService } from "./auth.js";
import { after, before } from "./changes.js";
import { listenToKeys } from "./keys.js";
import { Outbox } from "./outbox.js";
import { currentRoute, go, leave } from "./routes.js";
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
    this.api = new ApiService(this.auth);
    this.outbox = new Outbox(device, (change) => this.api.apply(change), alone);
    this.actions = new Actions(this);
    this.tags = new TagActions(this);
    this.library = new LibraryState();
    /** @type {"starting" | "library" | "signed-out"} */
    this.phase = "starting";
    /** @type {any} why the library could not be read, or the sign-in not loaded */
    this.fault = null;
    this.changes = 0;
    /** @type {string | null} */
    this.etag = null;
    this.shell = new Shell(this);
    this.auth.onChange = () => this.meet();
    this.outbox.onMove = () => this.draw();
    this.outbox.onSent = (change, video) => this.takeIn(video);
    this.outbox.onRefused = (change) => this.putBack(change);
  }

  draw() {
    this.shell.draw();
  }

  /** Show what was last seen here, then find out who is here, then what is new. */
  async start() {
    const kept = await this.device.library();
    if (kept) await this.show(kept);
    this.route();
    addEventListener("popstate", () => this.route());
    addEventListener("online", () => this.catchUp());
    document.addEventListener("visibilitychange", () => document.hidden || this.catchUp());
    listenToKeys(this);
    await this.signIn();
  }

  /** @param {import("./device.js").Library} kept */
  async show(kept) {
    await this.outbox.open(kept.person);
    this.etag = kept.etag || null;
    const library = this.library.withVideos(kept.videos.map(readVideo));
    this.library = this.withWaiting(library).looking({ loaded: true });
    this.phase = "library";
  }

  /** Load Clerk; offline the library last seen stays in sight. */
  async signIn() {
    this.fault = null;
    this.draw();
    try {
      await this.auth.load();
    } catch (error) {
      this.fault = error;
      if (this.phase === "starting") this.phase = "signed-out";
      this.draw();
      return;
    }
    await this.meet();
  }

  /** Somebody came, went, or has to sign in again: nobody sees what was another's. */
  async meet() {
    const { person } = this.auth;
    if (!person || this.auth.expired) this.shell.keepDraft(this.outbox.person);
    if (this.auth.expired) return this.auth.startAnew();
    const kept = await this.device.library();
    if (kept && kept.person !== person?.id) await this.device.forgetLibrary();
    if (this.outbox.person !== (person?.id ?? "")) {
      this.library = new LibraryState();
      this.etag = null;
      await this.outbox.open(person?.id ?? "");
    }
    this.phase = person ? "library" : "signed-out";
    if (person && this.shell.takeDraft(person.id) && currentRoute().name !== "save") go("/save");
    this.route();
    if (person) await this.catchUp();
  }

  /** Send what waits, then read what is new. */
  async catchUp() {
    if (!this.auth.ready) return this.phase === "starting" ? undefined : this.signIn();
    if (!this.auth.person) return;
    await this.outbox.flush();
    await this.load();
  }

  /** @returns {Promise<void>} */
  async load() {
    const { person, changes } = { person: this.outbox.person, changes: this.changes };
    this.fault = null;
    this.draw();
    try {
      const found = await this.api.readLibrary(this.etag, (videos, complete) => {
        if (person !== this.outbox.person || changes !== this.changes) return;
        if (complete || !this.library.loaded) this.replace(videos);
      });
      if (changes !== this.changes) return await this.load();
      if (found && person === this.outbox.person) this.etag = found.etag;
    } catch (error) {
      if (error instanceof SignedOut) return;
      this.fault = error;
    }
    this.draw();
    await this.keep();
  }

  /** @param {Video[]} videos */
  replace(videos) {
    const same = new Map(this.library.videos.map((video) => [video.id, video]));
    const wanted = videos.map((video) => {
      const known = same.get(video.id);
      return known && JSON.stringify(known) === JSON.stringify(video) ? known : video;
    });
    this.library = this.withWaiting(this.library.withVideos(wanted)).looking({ loaded: true });
    this.draw();
  }

  /**
   * The library as it will be once Core has taken what waits.
   * @param {LibraryState} library
   */
  withWaiting(library) {
    return this.outbox.waiting.reduce(after, library);
  }

  /** Keep the library for the next time, also without a network. */
  async keep() {
    if (!this.library.loaded || !this.outbox.person) return;
    const videos = this.library.videos.map(plain);
    const { person, etag } = { person: this.outbox.person, etag: this.etag ?? "" };
    await this.device.keepLibrary({ person, etag, videos, name: this.auth.person?.name ?? "" });
  }

  /** @param {LibraryState} library */
  look(library) {
    this.library = library;
    this.draw();
  }

  /** Core took a change. @param {Video | null} video */
  takeIn(video) {
    this.change(video ? this.withWaiting(this.library.with(video)) : this.library);
    this.keep();
  }

  /** Core refused a change; what it did of it in parts, reading tells. @param {Change} change */
  putBack(change) {
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
    this.draw();
    this.shell.open(this.phase === "library" ? currentRoute() : { name: "library" });
  }
}

/** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
function alone(work) {
  return navigator.locks ? navigator.locks.request("core-outbox", work) : work();
}
