/** The filters and the order of the library in an address. Pure. */

import { splitTags, tagKey } from "../text.js";
import { SORTS } from "./orders.js";

/** @typedef {import("./library_state.js").Looked} Looked */

const KINDS = /** @type {const} */ (["untagged", "unavailable"]);
const MAX_MINUTES = 1440;
const MAX_DAYS = 365;
const MAX_QUERY = 200;

/** The default order; with a limit of minutes or rest it is longest ago first. */
function usualSort(/** @type {Pick<Looked, "max" | "rest">} */ { max, rest }) {
  return max || rest ? "due" : "newest";
}

/**
 * Write the filters that are set, always in the same order.
 * @param {Omit<Looked, "loaded" | "today" | "before">} looked
 */
export function writeFilters(looked) {
  const { chosen, any, excluded, kinds, max, rest, query, sort } = looked;
  const said = {
    tags: chosen.join(","),
    match: any && chosen.length ? "any" : "",
    without: excluded.join(","),
    kind: kinds === "all" ? "" : kinds,
    max: max || "",
    rest: rest || "",
    q: query.trim(),
    sort: sort === usualSort(looked) ? "" : sort,
  };
  const given = Object.entries(said).flatMap(([name, value]) =>
    value ? [[name, String(value)]] : [],
  );
  return new URLSearchParams(given).toString().replaceAll("%2C", ",");
}

/**
 * Read filters; unknown names and invalid values are ignored.
 * @param {string} filters as in `tags=legs&max=20`
 * @param {unknown} remembered the order that the device stores
 */
export function readFilters(filters, remembered = "newest") {
  const said = new URLSearchParams(filters);
  const get = (/** @type {string} */ name) => said.get(name) ?? "";
  const chosen = splitTags(get("tags"));
  const isChosen = (/** @type {string} */ name) => chosen.map(tagKey).includes(tagKey(name));
  const [max, rest] = [readWhole(get("max"), MAX_MINUTES), readWhole(get("rest"), MAX_DAYS)];
  const before = oneOf(SORTS, remembered) ?? "newest";
  return {
    chosen,
    any: get("match") === "any" && chosen.length > 0,
    excluded: splitTags(get("without")).filter((name) => !isChosen(name)),
    kinds: oneOf(KINDS, get("kind")) ?? /** @type {const} */ ("all"),
    max,
    rest,
    query: get("q")
      .replace(/\p{Cc}/gu, " ")
      .trim()
      .slice(0, MAX_QUERY),
    before,
    sort: oneOf(SORTS, get("sort")) ?? (max || rest ? usualSort({ max, rest }) : before),
  };
}

/** @param {string} text @param {number} most @returns {number} 0: invalid */
function readWhole(text, most) {
  const n = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  return n <= most ? n : 0;
}

/**
 * @template {string} T
 * @param {readonly T[]} all
 * @param {unknown} value
 */
function oneOf(all, value) {
  return all.find((one) => one === value);
}
