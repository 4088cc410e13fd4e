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
  if (!isPopup() || !to.startsWith("/")) return to;
  return `${to}${to.includes("?") ? "&" : "?"}close=1`;
}

/** Whose filters the page writes into addresses; without a user none. */
let person = "";

/** @param {string} id */
export function writeAddressesFor(id) {
  person = id;
}

/**
 * The filters of the library in the address. An entry of the history names its user, so that no
 * other user of this browser goes back to it. The sheet that saves says nothing about filters.
 * @returns {string | undefined}
 */
export function filtersInAddress() {
  if (location.pathname !== "/") return undefined;
  const said = new URLSearchParams(location.search);
  said.delete("close");
  return isOfAnother() ? "" : said.toString().replaceAll("%2C", ",");
}

function isOfAnother() {
  return (history.state?.person ?? person) !== person;
}

/**
 * Write the filters into the address. Back undoes a `step`; what is `typed` is one step together;
 * what only `follows` from something else is none. Over the library nothing is a step yet.
 * @param {string} filters
 * @param {"step" | "typed" | "follows"} how
 */
export function writeFiltersInAddress(filters, how) {
  if (!person || location.pathname !== "/") return;
  const state = isOfAnother() ? { inside: history.state.inside } : history.state;
  const isSame = filters === filtersInAddress();
  if (isSame && state?.person === person) return;
  const to = addressOf(filters ? `/?${filters}` : "/") + location.hash;
  const isTyped = how === "typed" && state?.typed !== undefined;
  if (isSame || isTyped || how === "follows" || currentRoute().name !== "library") {
    if (isTyped && filters === state.typed) return history.back(); // nothing is left of what was typed
    return history.replaceState({ ...state, person }, "", to);
  }
  history.scrollRestoration = "manual"; // other videos are shown
  const typed = how === "typed" ? filtersInAddress() : undefined;
  history.pushState({ person, typed }, "", to);
}

/** Remove the shared text from the address once it is read, so that no other user can go back to it. */
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
  // Back from a video restores the scroll position, even after a reload; a choice in another sheet may scroll to the top.
  history.scrollRestoration = to.startsWith("#video-") ? "auto" : "manual";
  history.pushState({ inside: true, person }, "", addressOf(to));
}

let leaving = false;
globalThis.addEventListener?.("popstate", () => (leaving = false)); // before other listeners

/** Go back to the library, once. True if no `popstate` event will follow. */
export function leave() {
  if (leaving) return false;
  if (history.state?.inside) {
    leaving = true;
    history.back();
    return false;
  }
  const to = location.pathname === "/" ? `/${location.search}` : addressOf("/");
  history.replaceState(history.state, "", to);
  return true;
}

/** Neither what is open nor a filter is in the address any more. */
export function forgetAddress() {
  history.replaceState(null, "", addressOf("/"));
}
