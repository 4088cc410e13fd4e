/** Saved searches: named sets of filters. Pure. */

import { tagKey } from "../text.js";
import { readFilters, writeFilters } from "../videos/filter_address.js";

/** @typedef {import("../videos/library_state.js").LibraryState} LibraryState */
/** @typedef {{id: number, name: string, query: string, revision: number}} Search */

export const MAX_SEARCHES = 20;
export const LONGEST_NAME = 40;

/** @param {any} given @returns {Search} */
export function readSearch({ id, name, query, revision = 0 }) {
  return { id, name, query, revision };
}

/** @param {Search} a @param {Search} b */
export function oldestFirst(a, b) {
  return a.id - b.id;
}

/**
 * Whether the current filters are those of the search.
 * @param {LibraryState} library
 * @param {Search} search
 * @param {unknown} remembered the order that the device stores
 */
export function isApplied(library, { query }, remembered) {
  return library.filters === writeFilters(readFilters(query, remembered));
}

/**
 * The filters to save; the order only if it differs from the device's.
 * @param {LibraryState} library
 * @param {unknown} remembered
 */
export function filtersToSave(library, remembered) {
  const written = library.filters;
  const bare = written.replace(/&?sort=\w+$/, "");
  return bare && readFilters(bare, remembered).sort === library.sort ? bare : written;
}

/**
 * The searches that filter by the tag.
 * @param {readonly Search[]} searches
 * @param {string} name of the tag
 */
export function naming(searches, name) {
  return searches.filter(({ query }) => {
    const { chosen, excluded } = readFilters(query);
    return [...chosen, ...excluded].map(tagKey).includes(tagKey(name));
  });
}

/** A name from the chosen tags and the query. @param {LibraryState} library */
export function suggestName({ chosen, query }) {
  return [...chosen, query.trim()].filter(Boolean).join(" ").slice(0, LONGEST_NAME).trim();
}

/**
 * Whether another saved search has the name, as the service compares names.
 * @param {readonly Search[]} searches
 * @param {string} name
 * @param {number} [id] of the one that is renamed
 */
export function isTaken(searches, name, id) {
  return searches.some((one) => one.id !== id && tagKey(one.name) === tagKey(name));
}
