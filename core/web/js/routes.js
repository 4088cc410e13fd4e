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

/** An address of the page, in a bookmarklet's window as one of its. @param {"/" | "/save"} path */
export function addressOf(path) {
  return isPopup() ? `${path}?close=1` : path;
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
  if (isLibrary(currentRoute())) history.pushState({ inside: true }, "", to);
  else history.replaceState(history.state, "", to);
}

let leaving = false;

/** Go back to the library, once; true when nothing will tell of it by itself. */
export function leave() {
  if (leaving) return false;
  if (history.state?.inside) {
    leaving = true;
    addEventListener("popstate", () => (leaving = false), { once: true });
    history.back();
    return false;
  }
  history.replaceState(null, "", addressOf("/"));
  return true;
}
