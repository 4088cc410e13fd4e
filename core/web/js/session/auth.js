/**
 * AuthService signs a person in and out. The only file that knows Clerk.
 *
 * Tokens are Clerk's to keep, in memory; each call asks for one, and Clerk renews it.
 * Source: https://clerk.com/docs/js-frontend/getting-started/quickstart
 */

/** @typedef {{id: string, name: string}} Person */
/** @typedef {{publishable_key: string | null, frontend_api: string}} Config */

const LOAD_TIME_MS = 30_000;
/** What Clerk answers of a session that is no more; whatever else is wrong may go by. */
const ENDED = [401, 403, 404, 422];

export class AuthService {
  constructor() {
    /** @type {any} */
    this.clerk = null;
    /** @type {Person | null} */
    this.person = null;
    /** @type {Promise<void> | null} until it is known who is here */
    this.loading = null;
    /** @type {string | null} the session that Core takes no longer */
    this.refused = null;
    /** @type {(person: Person | null) => void} called when somebody comes or goes */
    this.onChange = () => {};
    /** Called when it is known after all who is here, since a token was asked for. */
    this.onLoaded = () => {};
  }

  /**
   * Load Clerk's scripts, once, and see who is signed in.
   * @returns {Promise<void>}
   * @throws {Error} when they can't be loaded; then it can be tried again
   */
  load() {
    this.loading ??= inTime(loadClerk()).then(
      (clerk) => this.begin(clerk),
      (error) => {
        this.loading = null;
        throw error;
      },
    );
    return this.loading;
  }

  /** @param {any} clerk */
  begin(clerk) {
    this.clerk = clerk;
    this.person = personOf(clerk.user);
    clerk.addListener((/** @type {{user: any}} */ { user }) => this.notice(user));
  }

  /** Whether Clerk has been loaded, so that it is known who is here. */
  get ready() {
    return this.clerk !== null;
  }

  /** @param {any} user undefined while Clerk does not know yet */
  notice(user) {
    if (user === undefined) return;
    const person = personOf(user);
    if (this.refused ? this.clerk.session?.id === this.refused : person?.id === this.person?.id) {
      return;
    }
    this.person = person;
    this.refused = null;
    this.onChange(person);
  }

  /**
   * Return this person's token, good for a minute at most; null when they are not signed in.
   * @param {string} person
   * @param {boolean} renew also when Clerk thinks that the last one is still good
   * @returns {Promise<string | null>}
   * @throws {Error} Clerk can't be reached
   */
  async getToken(person, renew = false) {
    if (!this.clerk) {
      await this.load(); // whoever is quick saves before it is known who they are
      this.onLoaded();
    }
    const { session, user } = this.clerk;
    if (!session || user?.id !== person) return null;
    try {
      return await session.getToken({ skipCache: renew });
    } catch (error) {
      if (ENDED.includes(/** @type {any} */ (error)?.status)) return null;
      throw error;
    }
  }

  /**
   * Take note that Core takes this person's session no longer: they sign in again.
   * @param {string} person
   */
  expire(person) {
    if (this.refused || this.person?.id !== person) return;
    if (!this.clerk.session) return this.notice(null);
    this.refused = this.clerk.session.id;
    this.onChange(null);
  }

  /** Whether somebody was here whom Core takes no longer: what they typed is kept. */
  get expired() {
    return this.refused !== null;
  }

  /**
   * Show Clerk's sign-in; it comes back to the address that the page is at.
   * @param {HTMLElement} place
   */
  signIn(place) {
    this.clerk.mountSignIn(makeRoom(place), {
      withSignUp: true,
      forceRedirectUrl: location.href,
    });
  }

  /**
   * End a session that Core takes no longer; the page stays where it is.
   * @throws {Error} Clerk can't be reached; the next refusal tries it again
   */
  async startAnew() {
    try {
      await this.clerk.signOut({ redirectUrl: location.href });
    } catch (error) {
      this.refused = null;
      throw error;
    }
  }

  /**
   * Show who is signed in and how to sign out; what was shown goes.
   * @param {HTMLElement} place
   */
  showPerson(place) {
    this.hidePerson(place);
    if (this.person) this.clerk.mountUserButton(makeRoom(place), { afterSignOutUrl: "/" });
  }

  /** @param {HTMLElement} place */
  hidePerson(place) {
    if (place.firstChild) this.clerk.unmountUserButton(place.firstChild);
    place.replaceChildren();
  }

  /** @param {HTMLElement} place */
  leave(place) {
    if (place.firstChild) this.clerk?.unmountSignIn(place.firstChild);
    place.replaceChildren();
  }

  async signOut() {
    await this.clerk.signOut({ redirectUrl: "/" });
  }
}

/**
 * Make an element for Clerk to draw into: it puts its own classes in the place of ours.
 * @param {HTMLElement} place
 */
function makeRoom(place) {
  const room = document.createElement("div");
  place.replaceChildren(room);
  return room;
}

/** Clerk's scripts, as its quickstart loads them. @returns {Promise<any>} */
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
  // The page stays as it is, with what was typed: without these Clerk would load it anew.
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

/** @param {any} user @returns {Person | null} */
function personOf(user) {
  return user ? { id: user.id, name: user.firstName || user.fullName || "" } : null;
}

/**
 * Tell Clerk's script who it is for; and where its API is, when the key does not name that.
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
