/** Handles sign-in, sign-out and expired sessions, in this tab and in others. */

import { Offline } from "../api.js";
import { t } from "../i18n.js";
import { currentRoute, forgetAddress, go } from "../routes.js";

/** How long a sign-out waits for changes to be sent before it asks. */
const SENDING_TIME_MS = 1_000;
/** The first and the longest pause before Clerk's scripts are requested again. */
const FIRST_PAUSE_MS = 4_000;
const LONGEST_PAUSE_MS = 60_000;

export class Session {
  /** @param {import("../app.js").App} app */
  constructor(app) {
    this.app = app;
    /** Whether the session expired here once: if a new sign-in is refused too, say so. */
    this.turnedAway = false;
    this.pause_ms = FIRST_PAUSE_MS;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.tabs = new BroadcastChannel("core");
    this.tabs.onmessage = ({ data }) => this.hear(data);
    app.auth.onChange = () => this.change();
    app.auth.onSignOut = () => this.signOut();
    app.auth.onLoaded = () => this.differs && this.meet();
  }

  /** Whether the signed-in user is not the one whose library is shown. */
  get differs() {
    const { auth, outbox } = this.app;
    return auth.userId !== outbox.userId;
  }

  /** Load Clerk; offline the cached library stays visible. */
  async begin() {
    this.app.fault = null;
    this.app.draw();
    this.pause_ms = FIRST_PAUSE_MS;
    await this.load();
  }

  /** Load Clerk, and retry later: a browser may fire no `online` event. */
  async load() {
    const { app } = this;
    clearTimeout(this.timer);
    try {
      await app.auth.load();
    } catch (error) {
      app.fault = error;
      if (app.phase === "starting") app.phase = "signed-out";
      app.draw();
      this.timer = setTimeout(() => this.load(), this.pause_ms);
      this.pause_ms = Math.min(2 * this.pause_ms, LONGEST_PAUSE_MS);
      return;
    }
    app.fault = null;
    await this.meet();
  }

  /** The user changed: the URL may hold data of the previous user. */
  async change() {
    const { app } = this;
    if (app.outbox.userId) forgetAddress();
    if (app.auth.expired) return await this.signInAgain();
    const met = this.meet(); // before its first await it hides the data of the previous user
    this.tabs.postMessage({ person: app.outbox.userId });
    await met;
  }

  /**
   * A message of another tab.
   * @param {{person?: string, removed?: string}} news ids of users; tabs of other versions send these names too
   */
  hear({ person: userId, removed }) {
    const { app } = this;
    if (removed !== undefined) app.outbox.removed ||= removed === app.outbox.userId;
    else if (userId !== app.outbox.userId || app.auth.leaving) this.follow();
  }

  /**
   * Another tab has a newer user, or signs out: this tab may have noticed that before the message.
   * Drafts of this tab stay stored for their user.
   */
  follow() {
    const { app } = this;
    if (app.outbox.userId) forgetAddress();
    app.showNoUser(); // in case the user cancels the reload
    location.reload();
  }

  /** How many changes the previous user left unsent. */
  get left() {
    const { unsent, removed } = this.app.outbox;
    return unsent.length && !removed ? t("left waiting", { n: unsent.length }) : "";
  }

  async signInAgain() {
    const { app } = this;
    const inVain = this.turnedAway && !app.api.taken;
    app.signedOutMessage = `${t(inVain ? "in vain" : "expired")} ${this.left}`.trim();
    try {
      await app.auth.restart();
      this.turnedAway = true;
    } catch {
      app.signedOutMessage = "";
      app.fault = new Offline();
      app.draw();
    }
  }

  /** Show the signed-in user their library. */
  async meet() {
    const { app } = this;
    const { userId } = app.auth;
    const begins = this.differs;
    if (begins) {
      if (app.outbox.userId) forgetAddress();
      app.signedOutMessage ||= this.left;
      app.switchUser(userId);
    }
    if (userId) app.signedOutMessage = "";
    app.phase = userId ? "library" : "signed-out";
    app.draw();
    await app.storage.belongTo(userId).catch(() => {}); // if that fails, the next start shows no library
    if (begins) await app.outbox.open();
    if (userId !== app.outbox.userId) return;
    if (begins && app.shell.takeDrafts(userId) && currentRoute().name !== "save") go("/save");
    app.route();
    if (!userId) return;
    app.shell.imports.resume();
    await app.catchUp();
  }

  /**
   * Delete all data of this user, at Core and on this device, and sign out.
   * @throws {import("../api.js").Failed} it is not known whether anything was deleted
   */
  async erase() {
    await this.app.api.call("DELETE", "/me");
    await this.leave();
  }

  /** Sign out once every change is sent; else ask whether to discard what is not. */
  async signOut() {
    const { app } = this;
    const { outbox } = app;
    await Promise.race([
      outbox.flush(),
      new Promise((resolve) => setTimeout(resolve, SENDING_TIME_MS)),
    ]);
    if (outbox !== app.outbox) return;
    if (outbox.unsynced) app.go("#leave");
    else await this.leave(t("signed out"));
  }

  /**
   * Remove everything of this user from the device, in every tab, and end the session. This works
   * offline: Clerk is told as soon as it can be reached.
   * @param {string} [signedOutMessage]
   */
  async leave(signedOutMessage = "") {
    const { app } = this;
    app.outbox.removed = true;
    this.tabs.postMessage({ removed: app.outbox.userId });
    app.signedOutMessage = signedOutMessage;
    app.storage.forget().catch(() => {}); // the next start retries
    app.auth.signOut();
    await this.begin();
  }
}
