/* Stands in for @clerk/clerk-js 6: what a page needs of window.Clerk, under the same names.
 *
 * Like the real one it reads its settings from its own attributes, keeps one token in memory,
 * and leaves the forms to the other script.
 */
(() => {
  "use strict";

  const RENEW_MS = 10_000; // a token that expires sooner is renewed first
  const COOKIE = "__clerk_db_jwt";
  const attribute = (name) =>
    document.querySelector(`script[data-clerk-${name}]`)?.getAttribute(`data-clerk-${name}`);
  const publishableKey = attribute("publishable-key") ?? "";
  const frontendApi = atob(publishableKey.split("_")[2] ?? "").replace(/\$$/, "");
  const address = attribute("proxy-url") || `https://${frontendApi}`;

  /** Return the id of this browser at the Frontend API, as development instances do. */
  async function devBrowser() {
    const kept = document.cookie.match(`(?:^|; )${COOKIE}=([^;]+)`)?.[1];
    if (kept) return kept;
    const { id } = await (await fetch(`${address}/v1/dev_browser`, { method: "POST" })).json();
    document.cookie = `${COOKIE}=${id}; path=/; samesite=lax; max-age=31536000`;
    return id;
  }

  /** Send GET, or POST with fields; other methods are in the query, as in clerk-js. */
  async function call(path, fields, method) {
    const url = new URL(`${address}/v1${path}`);
    url.searchParams.set(COOKIE, await devBrowser());
    if (method) url.searchParams.set("_method", method);
    const body = fields && new URLSearchParams(fields);
    const answer = await fetch(url, { method: body ? "POST" : "GET", body });
    const found = await answer.json();
    if (answer.ok) return found;
    throw Object.assign(new Error(found.errors[0].long_message), { status: answer.status });
  }

  class Session {
    #token = "";
    #renewAt = 0;
    #renewing = null;

    constructor(json, lost) {
      this.id = json.id;
      this.status = json.status;
      this.lost = lost;
    }

    /** Return a token that does not expire soon; rejects offline or without a session. */
    async getToken({ skipCache = false } = {}) {
      if (!skipCache && Date.now() < this.#renewAt) return this.#token;
      this.#renewing ??= this.#renew().finally(() => (this.#renewing = null));
      return this.#renewing;
    }

    async #renew() {
      try {
        const { jwt } = await call(`/client/sessions/${this.id}/tokens`, {});
        const { iat, exp } = JSON.parse(atob(jwt.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));
        this.#token = jwt;
        this.#renewAt = Date.now() + (exp - iat) * 1000 - RENEW_MS;
        return jwt;
      } catch (error) {
        if (error.status === 401) this.lost();
        throw error;
      }
    }
  }

  class Clerk {
    #listeners = new Set();
    #options = {};
    #ui;

    loaded = false;
    user;
    session;

    get publishableKey() {
      return publishableKey;
    }

    get isSignedIn() {
      return Boolean(this.session);
    }

    async load(options = {}) {
      if (this.loaded) return;
      this.#options = options;
      this.#ui = options.ui?.ClerkUI && new options.ui.ClerkUI(this);
      const { response } = await call("/client");
      this.loaded = true;
      this.#setClient(response);
    }

    /** Call the listener immediately and on every change; returns a function that removes it. */
    addListener(listener) {
      this.#listeners.add(listener);
      if (this.loaded) listener({ user: this.user, session: this.session });
      return () => this.#listeners.delete(listener);
    }

    mountSignIn(element, options = {}) {
      this.#components().mountSignIn(element, options);
    }

    unmountSignIn(element) {
      element.replaceChildren();
    }

    mountUserButton(element, options = {}) {
      this.#components().mountUserButton(element, options);
    }

    unmountUserButton(element) {
      element.replaceChildren();
    }

    openSignIn(options = {}) {
      this.#components().openSignIn(options);
    }

    closeSignIn() {
      this.#components().closeSignIn();
    }

    async redirectToSignIn() {
      if (this.#options.signInUrl) await this.navigate(this.#options.signInUrl);
      else this.openSignIn();
    }

    async signOut({ redirectUrl = this.#options.afterSignOutUrl ?? "/" } = {}) {
      if (!this.session) return;
      const { response } = await call("/client/sessions", {}, "DELETE");
      await this.#switchTo(response, redirectUrl);
    }

    /** Navigate with the page's own router, or without one by a page load. */
    async navigate(to) {
      const url = new URL(to, location.href);
      const { routerPush } = this.#options;
      if (url.origin !== location.origin || !routerPush) location.href = url.href;
      else await routerPush(url.href.slice(url.origin.length), {});
    }

    /** Return the users of the sign-in form; Clerk has no such function. */
    async people() {
      return (await fetch(`${address}/people`)).json();
    }

    /** Sign a user in by id, e-mail or name; an unknown name is added. */
    async signInAs(identifier, { forceRedirectUrl, fallbackRedirectUrl }) {
      const { client } = await call("/client/sign_ins", { identifier });
      const { signInForceRedirectUrl, signInFallbackRedirectUrl } = this.#options;
      const forced = forceRedirectUrl ?? signInForceRedirectUrl;
      await this.#switchTo(client, forced ?? fallbackRedirectUrl ?? signInFallbackRedirectUrl ?? "/");
    }

    #components() {
      if (!this.#ui) throw new Error("Clerk was not loaded with Ui components.");
      return this.#ui;
    }

    /** Between two clients `user` is undefined until the navigation has ended. */
    async #switchTo(client, url) {
      this.user = this.session = undefined;
      this.#emit();
      await this.navigate(url);
      this.#setClient(client);
    }

    #setClient(client) {
      const [json] = client?.sessions ?? [];
      this.session = json ? new Session(json, () => this.#setClient(null)) : null;
      this.user = json ? describe(json.user) : null;
      this.#emit();
    }

    #emit() {
      for (const listener of this.#listeners) listener({ user: this.user, session: this.session });
    }
  }

  function describe(json) {
    const [{ id, email_address: emailAddress }] = json.email_addresses;
    const fullName = [json.first_name, json.last_name].filter(Boolean).join(" ");
    const primaryEmailAddress = { id, emailAddress };
    return { id: json.id, fullName, firstName: json.first_name, primaryEmailAddress };
  }

  window.Clerk ??= new Clerk();
})();
