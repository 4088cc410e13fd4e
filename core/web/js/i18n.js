/** Every sentence of the page, in English and German; the browser's language chooses. */

import { de } from "./words/de.js";
import { en } from "./words/en.js";
import { told } from "./words/told.js";

/** @typedef {keyof typeof en} Word */

const WORDS = { en, de };

/** @param {readonly string[]} wanted the person's languages, the dearest first */
export function chooseLanguage(wanted) {
  const known = wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in WORDS);
  return /** @type {keyof typeof WORDS} */ (known ?? "en");
}

export const language = chooseLanguage(globalThis.navigator?.languages ?? []);

/** @type {Map<string, Intl.NumberFormat>} made once: by far quicker than `toLocaleString` */
const formats = new Map();

/** @param {number} n @param {string} [tongue] */
export function number(n, tongue = language) {
  const format = formats.get(tongue) ?? new Intl.NumberFormat(tongue);
  formats.set(tongue, format);
  return format.format(n);
}

/**
 * Say it in the person's language. `{n}` and its like are filled in; `one|many` goes by `n`.
 * @param {Word} word
 * @param {Record<string, string | number>} [values]
 * @param {keyof typeof WORDS} [tongue]
 */
export function t(word, values = {}, tongue = language) {
  const forms = WORDS[tongue][word].split("|");
  const form = forms.length > 1 && values.n !== 1 ? forms[1] : forms[0];
  return form.replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name];
    return typeof value === "number" ? number(value, tongue) : String(value ?? "");
  });
}

/**
 * Make a sentence of what went wrong, with a way out.
 * @param {unknown} error
 * @param {keyof typeof WORDS} [tongue]
 */
export function explain(error, tongue = language) {
  const { kind = "", message = "", pointer = "" } = /** @type {any} */ (error ?? {});
  const place = pointer.replace(/^#\/(add_)?/, "").replace(/\/.*/, "");
  for (const word of [`error ${kind} ${place}`, `error ${kind}`]) {
    if (!(word in en)) continue;
    if (kind === "invalid-input" && retell(message, tongue) !== message) return retell(message, tongue);
    if (tongue === "en" && kind === "invalid-input" && message) return sentence(message);
    return t(/** @type {Word} */ (word), {}, tongue);
  }
  return t("error internal-error", {}, tongue);
}

/** What was asked for, and why it was not done. @param {string} what @param {string} why */
export function notTaken(what, why) {
  return `${t("not taken", { what })} ${why}`;
}

/**
 * Say in the person's language what Core said in English, where that is known.
 * @param {string} message
 * @param {string} [tongue]
 */
export function retell(message, tongue = language) {
  const known = told[tongue]?.find(([start]) => message.startsWith(start));
  return known ? known[1] : message;
}

/** @param {string} text */
function sentence(text) {
  const bare = text.replace(/^#\/\w+(\/\d+)?: /, "");
  const whole = bare.charAt(0).toUpperCase() + bare.slice(1);
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`;
}

/** @param {number} seconds @returns {string} as in 1:05 or 1:02:03 */
export function clock(seconds) {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, at) => (at ? String(part).padStart(2, "0") : part)).join(":");
}

/** @param {string} moment */
export function day(moment) {
  return new Date(moment).toLocaleDateString(language, { dateStyle: "medium" });
}
