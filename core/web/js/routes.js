/**
 * Where the page is: the library, and what stands over it.
 *
 * Clerk's sign-in uses addresses that begin with `#/`; ours never do.
 */

import { fitLink } from "./text.js";

/** @typedef {{name: string, id?: number, edit?: boolean}} Route */

/** @returns {Route} */
export function currentRoute() {
  if (location.pathname === "/save") return { name: "save" };
  const [, name, id, edit] = location.hash.match(/^#([a-z]+)(?:-(\d{1,16}))?(-edit)?$/) ?? [];
  if (!name) return { name: "library" };
  return id ? { name, id: Number(id), edit: Boolean(edit) } : { name };
}

/** What was shared with the page, by a phone or a bookmarklet: any text. */
export function sharedText() {
  const query = new URLSearchParams(location.search);
  const parts = ["url", "text", "title"].map((name) => query.get(name)?.trim());
  return fitLink(parts.filter(Boolean).join("\n"));
}

/** Whether a bookmarklet opened this window, to be closed again once the video is saved. */
export function isPopup() {
  return new URLSearchParams(location.search).has("close");
}

/** An address of the page, in a bookmarklet's window as one of its. @param {string} to */
export function addressOf(to) {
  return isPopup() && to.startsWith("/") ? `${to}?close=1` : to;
}

/** What was shared is taken up: it is in no address any more, to be seen or gone back to by another. */
export function hideShared() {
  if (location.search) history.replaceState(history.state, "", addressOf(location.pathname));
}

/** Whether nothing stands over the library: it is there, or some of it is being selected. @param {Route} route */
export function isLibrary({ name }) {
  return name === "library" || name === "select";
}

/**
 * Open something over the library, in the place of what is open there.
 * @param {string} to
 */
export function go(to) {
  if (!isLibrary(currentRoute())) return history.replaceState(history.state, "", addressOf(to));
  // Back from a video one is where one was, even if it was loaded anew; elsewhere a choice may lead to the top.
  history.scrollRestoration = to.startsWith("#video-") ? "auto" : "manual";
  history.pushState({ inside: true }, "", addressOf(to));
}

let leaving = false;
globalThis.addEventListener?.("popstate", () => (leaving = false)); // before anybody else hears of it

/** Go back to the library, once; true when nothing will tell of it by itself. */
export function leave() {
  if (leaving) return false;
  if (history.state?.inside) {
    leaving = true;
    history.back();
    return false;
  }
  forgetAddress();
  return true;
}

/** The library's address takes the place of what is open. */
export function forgetAddress() {
  history.replaceState(null, "", addressOf("/"));
}
