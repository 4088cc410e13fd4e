/** The state of the page. Each change of the state draws the page again. */

import { ApiService, SignedOut } from "./api.js";
import { kindOf } from "./changes/changes.js";
import { alone, Outbox } from "./changes/outbox.js";
import { afterPaint, scrollToTop } from "./dom.js";
import { listenToKeys } from "./keys.js";
import { Playlist } from "./player/playlist.js";
import {
  currentRoute,
  filtersInAddress,
  go,
  leave,
  writeAddressesFor,
  writeFiltersInAddress,
} from "./routes.js";
import { AuthService } from "./session/auth.js";
import { Session } from "./session/session.js";
import { isVacant } from "./storage/storage.js";
import { get } from "./storage/web_storage.js";
import { prepare } from "./sync/confirmed.js";
import { aloneInFeed, Feed } from "./sync/feed.js";
import { TagEdits } from "./tags/tag_edits.js";
import { Taps } from "./taps.js";
import { TrainingActions } from "./training/actions.js";
import { today } from "./training/days.js";
import { UndoList } from "./undo.js";
import { readFilters } from "./videos/filter_address.js";
import { LibraryState } from "./videos/library_state.js";
import { SORT } from "./videos/orders.js";
import { Selection } from "./videos/selection.js";
import { VideoActions } from "./videos/video_actions.js";
import { Shell } from "./views/shell.js";

/** @typedef {import("./videos/video.js").Video} Video */
/** @typedef {import("./changes/outbox.js").Change} Change */

/** Limits reads: each click from the player back to the page fires `focus` too. */
const FOCUS_MS = 10_000;

export class App {
  /** @param {import("./storage/storage.js").Kept} storage */
  constructor(storage) {
    this.storage = storage;
    this.auth = new AuthService();
    this.api = new ApiService(this.auth, "");
    this.feed = this.makeFeed();
    this.outbox = this.makeOutbox("");
    this.actions = new VideoActions(this);
    this.undo = this.makeUndo();
    this.tags = new TagEdits(this);
    this.training = new TrainingActions(this);
    this.library = new LibraryState();
    this.selection = new Selection();
    /** The videos that play one after the other; empty: only the open one. */
    this.playlist = new Playlist();
    /** @type {"" | "step" | "follows"} how filters changed while a sheet was open, for the history */
    this.changedInSheet = "";
    /** @type {"starting" | "library" | "signed-out"} */
    this.phase = "starting";
    /** @type {any} why the library could not be read, or the sign-in not loaded */
    this.fault = null;
    this.isDue = false;
    this.taps = new Taps(() => this.route());
    /** What the sign-in page says above the form. */
    this.signedOutMessage = "";
    this.shell = new Shell(this);
    this.session = new Session(this);
  }

  /** @param {string} userId */
  makeOutbox(userId) {
    const { api } = this;
    const send = (/** @type {Change} */ change) => kindOf(change).send(api, change);
    const outbox = new Outbox(userId, this.storage, send, (work) => alone(userId, work));
    outbox.onMove = () => this.redraw();
    outbox.onSent = (change, video) => this.applySent(change, video);
    outbox.onRefused = (change) => this.applyRefused(change);
    return outbox;
  }

  makeUndo() {
    return new UndoList((text, action) => this.say(text, action));
  }

  makeFeed() {
    const { userId } = this.api;
    const feed = new Feed(this.api, this.storage, (work, waits) =>
      aloneInFeed(userId, work, waits),
    );
    feed.onChange = () => this.redraw();
    feed.onDue = () => this.lookForChanges();
    return feed;
  }

  draw() {
    this.isDue = false;
    if (this.library.today !== today()) this.library = this.library.looking({ today: today() });
    if (this.selection.size) this.selection = this.selection.among(this.library.usableIds);
    this.shell.draw();
  }

  /** Show the cached library, then find out who is signed in, then load the changes. */
  async start() {
    document.body.replaceChildren(this.shell.element);
    const kept = await this.storage.library();
    if (isVacant()) this.shell.forget(); // the user signed out in another tab
    if (kept) await this.show(kept).catch(() => this.showNoUser()); // stored by another version
    this.shell.takeDrafts(this.outbox.userId);
    this.route();
    addEventListener("pagehide", () => this.shell.keepDrafts());
    addEventListener("popstate", () => this.route());
    addEventListener("online", () => this.catchUp());
    addEventListener("focus", () => this.lookForChanges(FOCUS_MS));
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.catchUp();
      else this.shell.keepDrafts(); // a phone may end the page without an event
    });
    addEventListener("beforeunload", (event) => {
      this.shell.keepDrafts(); // until its changes are stored, the browser asks
      if (!this.outbox.lasts) event.preventDefault();
    });
    listenToKeys(this);
    await this.session.begin();
  }

  showNoUser() {
    this.phase = "starting";
    this.switchUser("");
  }

  /** @param {import("./storage/storage.js").Library} kept */
  async show(kept) {
    this.switchUser(kept.userId);
    this.phase = "library";
    for (const read of kept.reads) await prepare(read);
    this.feed.open(kept.reads);
    await this.outbox.open();
  }

  /**
   * Reset the page for this user. Nothing of the previous user stays on the screen; their running
   * requests finish, and the responses are dropped.
   * @param {string} userId
   */
  switchUser(userId) {
    this.shell.close();
    this.api.leave();
    this.feed.close();
    this.outbox.close();
    this.api = new ApiService(this.auth, userId);
    this.feed = this.makeFeed();
    this.outbox = this.makeOutbox(userId);
    this.undo = this.makeUndo();
    this.library = new LibraryState();
    this.selection = new Selection();
    this.playlist = new Playlist();
    this.changedInSheet = "";
    writeAddressesFor(userId);
    if (userId) this.followAddress();
    this.shell = new Shell(this);
    document.body.replaceChildren(this.shell.element);
  }

  /** Send waiting changes, then load the library. */
  async catchUp() {
    if (this.phase === "starting") return;
    if (!this.auth.ready) return this.session.begin();
    if (!this.auth.userId) return;
    await this.outbox.flush();
    await this.load();
  }

  /** Read changes, and show a failure. */
  async load() {
    if (!this.feed.userId) return; // a timer of a previous user
    this.fault = null;
    this.draw();
    await this.look();
  }

  /** Read changes of other devices, and titles, while the page is visible. */
  async lookForChanges(fresh_ms = this.feed.wait_ms / 2) {
    if (document.hidden || this.phase !== "library" || !this.auth.userId) return;
    await this.look(fresh_ms);
  }

  /** @param {number} [fresh_ms] skip the read if the last one is at most this old */
  async look(fresh_ms) {
    const { feed } = this;
    let fault = /** @type {any} */ (null);
    try {
      await feed.look(fresh_ms);
    } catch (error) {
      if (error instanceof SignedOut) return;
      fault = error;
    }
    if (feed !== this.feed || fault === this.fault) return;
    this.fault = fault;
    this.draw();
  }

  /** Draw what Core has confirmed, with unsent changes on top. */
  redraw() {
    this.setLibrary(this.feed.draw(this.library, this.outbox.drawn), "follows");
  }

  /**
   * @param {LibraryState} library
   * @param {Parameters<typeof writeFiltersInAddress>[1]} how its filters change
   */
  setLibrary(library, how = "step") {
    const { filters } = library;
    if (currentRoute().name !== "library" && filters !== this.library.filters)
      this.changedInSheet = how === "follows" ? this.changedInSheet || how : "step";
    this.library = library;
    writeFiltersInAddress(filters, how);
    this.drawSoon();
  }

  /** Draw after the next paint, so that a pressed chip looks pressed immediately. */
  drawSoon() {
    if (!this.isDue) afterPaint(() => this.isDue && this.draw());
    this.isDue = true;
  }

  /** Apply the filters of the address. */
  followAddress() {
    const asked = filtersInAddress();
    if (asked === undefined) return;
    const filters = readFilters(asked, get("localStorage", SORT));
    const library = this.library.looking(filters).pruned();
    if (library.filters !== this.library.filters) this.library = library;
    writeFiltersInAddress(library.filters, "follows");
  }

  /** Filters that were chosen in a sheet become one history entry once it is closed. */
  stepAfterSheet() {
    writeFiltersInAddress(this.library.filters, this.changedInSheet || "follows");
    // Chromium restores the scroll position after `popstate`.
    if (this.changedInSheet === "step") requestAnimationFrame(scrollToTop);
    this.changedInSheet = "";
  }

  /** Selection mode has its own URL, so that a phone's Back button ends it. @param {Selection} selection */
  select(selection) {
    const was = this.selection;
    this.selection = selection;
    if (selection.on !== was.on) this.shell.clicked = false; // its bar comes or goes
    if (selection.on && !was.on) go("#select");
    this.draw();
    if (!selection.on && currentRoute().name === "select") this.leave();
  }

  /** The selected videos, in order. */
  get selected() {
    return this.library.shown.filter((video) => this.selection.has(video.id));
  }

  /** Core applied a change. @param {Change} change @param {Video | null} video */
  applySent(change, video) {
    this.feed.confirm(change, video);
    const isLast = this.outbox.unsent.length <= 1; // this change is still counted
    if (this.fault || (isLast && this.feed.sent.length)) this.load();
  }

  /** Core refused a change. A batch may be partly applied, so read. @param {Change} change */
  applyRefused(change) {
    this.shell.toasts.clear(); // the earlier message is stale
    if (kindOf(change).isNew) return;
    this.redraw();
    this.load();
  }

  /** @param {string} text @param {Partial<import("./views/messages.js").Action>} [action] */
  say(text, action) {
    this.shell.say(text, action);
  }

  /** @param {string} to */
  go(to) {
    go(to);
    if (this.shell.sheet || !this.taps.delay(currentRoute())) this.route();
  }

  leave() {
    if (leave()) this.route();
  }

  route() {
    const route = this.phase === "library" ? currentRoute() : { name: "library" };
    if (route.name === "library" && this.selection.on) this.selection = new Selection();
    if (this.changedInSheet && route.name === "library") this.stepAfterSheet();
    else if (this.phase === "library") this.followAddress();
    this.draw();
    this.shell.open(route);
    if (route.name === "select" && !this.selection.on) this.leave();
  }
}
