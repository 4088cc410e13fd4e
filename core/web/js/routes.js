/**
 * The addresses of the page: the library, and the sheet over it.
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

/** The text that a phone or a bookmarklet has shared with the page. */
export function sharedText() {
  const query = new URLSearchParams(location.search);
  const parts = ["url", "text", "title"].map((name) => query.get(name)?.trim());
  return fitLink(parts.filter(Boolean).join("\n"));
}

/** Whether a bookmarklet opened this window, which closes once the video is saved. */
export function isPopup() {
  return new URLSearchParams(location.search).has("close");
}

/** An address of the page; in a bookmarklet's window it keeps `close=1`. @param {string} to a path, or `#…` @returns {string} */
export function addressOf(to) {
  if (to.startsWith("#")) return location.pathname === "/" ? to : addressOf("/") + to;
  if (!isPopup()) return to;
  return `${to}${to.includes("?") ? "&" : "?"}close=1`;
}

/** The user whose filters the page writes into addresses; empty: none. History entries store it as `person`. */
let userId = "";

/** @param {string} id */
export function writeAddressesFor(id) {
  userId = id;
}

/**
 * The filters in the address. A history entry names its user, so that no other user of this browser
 * gets its filters. The address of the save sheet has none.
 * @returns {string | undefined}
 */
export function filtersInAddress() {
  if (location.pathname !== "/") return undefined;
  const said = new URLSearchParams(location.search);
  said.delete("close");
  return isOfAnother() ? "" : said.toString().replaceAll("%2C", ",");
}

function isOfAnother() {
  return (history.state?.person ?? userId) !== userId;
}

/**
 * Write the filters into the address. A `step` adds a history entry; consecutive `typed` ones share
 * an entry; `follows` adds none. While a sheet is open, no entry is added.
 * @param {string} filters
 * @param {"step" | "typed" | "follows"} how
 */
export function writeFiltersInAddress(filters, how) {
  if (!userId || location.pathname !== "/") return;
  const state = isOfAnother() ? { inside: history.state.inside } : history.state;
  const isSame = filters === filtersInAddress();
  if (isSame && state?.person === userId) return;
  const to = addressOf(filters ? `/?${filters}` : "/") + location.hash;
  const isTyped = how === "typed" && state?.typed !== undefined;
  if (isSame || isTyped || how === "follows" || currentRoute().name !== "library") {
    if (isTyped && filters === state.typed) return history.back(); // the typed text was removed again
    return history.replaceState({ ...state, person: userId }, "", to);
  }
  history.scrollRestoration = "manual"; // other videos are shown
  const typed = how === "typed" ? filtersInAddress() : undefined;
  history.pushState({ person: userId, typed }, "", to);
}

/** Remove the shared text from the address once it is read, so that no other user can go back to it. */
export function hideShared() {
  if (location.search) history.replaceState(history.state, "", addressOf(location.pathname));
}

/** Whether no sheet is open: the library is shown, maybe in selection mode. @param {Route} route */
export function isLibrary({ name }) {
  return name === "library" || name === "select";
}

/**
 * Open a sheet over the library; it replaces an open one.
 * @param {string} to
 */
export function go(to) {
  if (!isLibrary(currentRoute())) return history.replaceState(history.state, "", addressOf(to));
  // Back from a video restores the scroll position, even after a reload; a choice in another sheet may scroll to the top.
  history.scrollRestoration = to.startsWith("#video-") ? "auto" : "manual";
  history.pushState({ inside: true, person: userId }, "", addressOf(to));
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

/** Remove the sheet and the filters from the address. */
export function forgetAddress() {
  history.replaceState(null, "", addressOf("/"));
}
