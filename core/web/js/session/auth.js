/**
 * AuthService signs users in and out. No other file knows Clerk.
 *
 * Clerk keeps tokens in memory and renews them; each request asks for one.
 * Source: https://clerk.com/docs/js-frontend/getting-started/quickstart
 */

import { get, remove, set } from "../storage/web_storage.js";

/** @typedef {{publishable_key: string | null, frontend_api: string}} Config */

const LOAD_TIME_MS = 30_000;
/** The user signed out here, and Clerk does not know yet. */
const LEAVING = "core-leaving";
/** Clerk's statuses for a session that has ended. Any other failure may be temporary. */
const ENDED = [401, 403, 404, 422];

export class AuthService {
  constructor() {
    /** @type {any} */
    this.clerk = null;
    this.endSession = async () => {};
    /** Who is signed in; empty: no user. */
    this.userId = "";
    /** @type {Promise<void> | null} until the user is known */
    this.loading = null;
    /** @type {string | null} the session that Core rejects */
    this.refused = null;
    /** Called when the user changes. */
    this.onChange = () => {};
    /** Called when a request for a token has loaded Clerk, so that the user is known. */
    this.onLoaded = () => {};
    /** Called when the user asks to sign out, in Clerk's own menu too. */
    this.onSignOut = () => {};
  }

  /**
   * Load Clerk's scripts once, complete a sign-out, and find the user.
   * @returns {Promise<void>}
   * @throws {Error} Clerk can't be reached; a later call retries
   */
  load() {
    this.loading ??= this.open().catch((error) => {
      this.loading = null;
      throw error;
    });
    return this.loading;
  }

  async open() {
    if (!this.clerk) this.begin(await inTime(loadClerk()));
    if (!this.leaving) return;
    await inTime(this.endSession());
    remove("localStorage", LEAVING);
  }

  /** @param {any} clerk */
  begin(clerk) {
    this.clerk = clerk;
    const signOut = clerk.signOut.bind(clerk);
    this.endSession = () => signOut({ redirectUrl: location.href });
    clerk.signOut = async () => this.onSignOut(); // the menu of Clerk calls it
    this.userId = this.idOf(clerk.user);
    clerk.addListener((/** @type {{user: any}} */ { user }) => this.notice(user));
  }

  /** @param {any} clerkUser @returns {string} empty while a sign-out is not complete */
  idOf(clerkUser) {
    return this.leaving ? "" : (clerkUser?.id ?? "");
  }

  /** Whether a sign-out on this device has not reached Clerk yet. */
  get leaving() {
    return get("localStorage", LEAVING) !== null;
  }

  /** Whether Clerk is loaded, so that the user is known. */
  get ready() {
    return this.clerk !== null && !this.leaving;
  }

  /** @param {any} clerkUser undefined while Clerk does not know yet */
  notice(clerkUser) {
    if (clerkUser === undefined) return;
    const userId = this.idOf(clerkUser);
    if (this.refused ? this.clerk.session?.id === this.refused : userId === this.userId) return;
    this.userId = userId;
    this.refused = null;
    this.onChange();
  }

  /**
   * Return this user's token, valid for a minute at most; null when they are not signed in.
   * @param {string} userId
   * @param {boolean} renew even if the cached token is still valid
   * @returns {Promise<string | null>}
   * @throws {Error} Clerk can't be reached
   */
  async getToken(userId, renew = false) {
    if (!this.clerk) {
      await this.load(); // a quick user saves before Clerk has loaded
      this.onLoaded();
    }
    const { session, user } = this.clerk;
    if (!session || user?.id !== userId || this.leaving) return null;
    try {
      return await session.getToken({ skipCache: renew });
    } catch (error) {
      if (ENDED.includes(/** @type {any} */ (error)?.status)) return null;
      throw error;
    }
  }

  /**
   * Core rejects this user's session: they have to sign in again.
   * @param {string} userId
   */
  expire(userId) {
    if (this.refused || !userId || this.userId !== userId) return;
    if (!this.clerk.session) return this.notice(null);
    this.refused = this.clerk.session.id;
    this.onChange();
  }

  /** Whether Core rejects the session of the user: their drafts are kept. */
  get expired() {
    return this.refused !== null;
  }

  /**
   * Show Clerk's sign-in, which returns to the current address.
   * @param {HTMLElement} place
   */
  signIn(place) {
    this.clerk.mountSignIn(makeRoom(place), {
      withSignUp: true,
      forceRedirectUrl: location.href,
    });
  }

  /**
   * End a session that Core rejects; the page stays at its address.
   * @throws {Error} Clerk can't be reached; the next refusal retries
   */
  async restart() {
    try {
      await this.endSession();
    } catch (error) {
      this.refused = null;
      throw error;
    }
  }

  /**
   * Show Clerk's user button, in place of the previous one.
   * @param {HTMLElement} place
   */
  showUserButton(place) {
    this.hideUserButton(place);
    if (this.userId) this.clerk.mountUserButton(makeRoom(place), { afterSignOutUrl: "/" });
  }

  /** @param {HTMLElement} place */
  hideUserButton(place) {
    if (place.firstChild) this.clerk.unmountUserButton(place.firstChild);
    place.replaceChildren();
  }

  /** @param {HTMLElement} place */
  leave(place) {
    if (place.firstChild) this.clerk?.unmountSignIn(place.firstChild);
    place.replaceChildren();
  }

  /** End the session on this device, immediately; the next `load` ends it at Clerk. */
  signOut() {
    set("localStorage", LEAVING, "yes");
    this.loading = null;
    this.refused = null;
    this.userId = "";
    this.onChange();
  }
}

/**
 * Make an element for Clerk to draw into, since it replaces the element's classes.
 * @param {HTMLElement} place
 */
function makeRoom(place) {
  const room = document.createElement("div");
  place.replaceChildren(room);
  return room;
}

/** Load Clerk's scripts, as its quickstart does. @returns {Promise<any>} */
async function loadClerk() {
  const answer = await fetch("/config.json");
  if (!answer.ok) throw new Error("config.json");
  const config = /** @type {Config} */ (await answer.json());
  const npm = `${config.frontend_api}/npm/@clerk`;
  await Promise.all([
    loadScript(`${npm}/ui@1/dist/ui.browser.js`, {}),
    loadScript(`${npm}/clerk-js@6/dist/clerk.browser.js`, attributes(config)),
  ]);
  const { Clerk, __internal_ClerkUICtor: ClerkUI } = /** @type {any} */ (window);
  // Without these functions Clerk would reload the page, and typed text would be lost.
  const stay = (/** @type {string} */ to) => history.replaceState(null, "", to);
  const options = { ui: { ClerkUI }, routerPush: stay, routerReplace: stay, telemetry: false };
  await Clerk.load(options);
  return Clerk;
}

/** @template T @param {Promise<T>} work @returns {Promise<T>} */
function inTime(work) {
  const late = (/** @type {(reason: Error) => void} */ reject) =>
    setTimeout(() => reject(new Error("too late")), LOAD_TIME_MS);
  return Promise.race([work, new Promise((_, reject) => late(reject))]);
}

/**
 * The attributes of Clerk's script: the key, and the API's address if the key does not contain it.
 * @param {Config} config
 * @returns {Record<string, string>}
 */
function attributes({ publishable_key, frontend_api }) {
  const key = publishable_key ?? "";
  const host = atob(key.split("_")[2] ?? "").replace(/\$$/, "");
  const named = { clerkPublishableKey: key };
  return frontend_api === `https://${host}` ? named : { ...named, clerkProxyUrl: frontend_api };
}

/** @param {string} src @param {Record<string, string>} data */
function loadScript(src, data) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    Object.assign(script.dataset, data);
    Object.assign(script, { src, async: true, crossOrigin: "anonymous" });
    script.onload = resolve;
    script.onerror = () => {
      script.remove();
      reject(new Error(src));
    };
    document.head.append(script);
  });
}
