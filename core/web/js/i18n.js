/** The sentences of the page, in English or German by the browser's language. */

/** @typedef {keyof typeof import("./words/en.js").en} Word */
/** @typedef {"en" | "de"} Language */

/** A page loads only one, which the service preloads (`core/api/web.py`). */
const LANGUAGES = {
  en: () => import("./words/en.js").then(({ en }) => ({ words: en, messages: {} })),
  de: () => import("./words/de.js").then(({ de, messages }) => ({ words: de, messages })),
};

/** @typedef {{words: Record<Word, string>, messages: Record<string, string>}} Sentences */

const loaded = /** @type {Record<Language, Sentences>} */ ({});

/** @param {readonly string[]} wanted the user's languages, most preferred first */
export function chooseLanguage(wanted) {
  const known = wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in LANGUAGES);
  return /** @type {Language} */ (known ?? "en");
}

export const language = chooseLanguage(globalThis.navigator?.languages ?? []);

/** Load a language, before `t` needs it. @param {Language} tongue */
export async function speak(tongue = language) {
  loaded[tongue] = await LANGUAGES[tongue]();
}

/**
 * The region for dates: the user's first one in the page's language, as in `en-GB`.
 * @param {readonly string[]} wanted
 * @param {string} tongue
 */
export function chooseRegion(wanted, tongue) {
  return wanted.find((tag) => tag.slice(0, 2).toLowerCase() === tongue) ?? tongue;
}

export const region = chooseRegion(globalThis.navigator?.languages ?? [], language);

const THOUSANDS = { en: ",", de: "." };

/**
 * Group the digits. `Intl.NumberFormat` does the same, but its first use takes a slow phone 50 ms.
 * @param {number} n a whole number
 * @param {Language} [tongue]
 */
export function number(n, tongue = language) {
  return String(n).replace(/\B(?=(\d{3})+$)/g, THOUSANDS[tongue]);
}

/**
 * Translate. `{n}` and other placeholders are filled in; `n` chooses between `one|many`.
 * @param {Word} word
 * @param {Record<string, string | number>} [values]
 * @param {Language} [tongue]
 */
export function t(word, values = {}, tongue = language) {
  const forms = loaded[tongue].words[word].split("|");
  const form = forms.length > 1 && values.n !== 1 ? forms[1] : forms[0];
  return form.replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name];
    return typeof value === "number" ? number(value, tongue) : String(value ?? "");
  });
}

/**
 * Explain an error, and what to do.
 * @param {unknown} error
 * @param {Language} [tongue]
 */
export function explain(error, tongue = language) {
  const { kind = "", code = "", message = "", pointer = "" } = /** @type {any} */ (error ?? {});
  if (kind !== "invalid-input") return explainKind(kind, tongue);
  const place = pointer.replace(/^#\/(add_)?/, "").replace(/\/.*/, "");
  const ofPlace = `error ${kind} ${place}`; // names the limits of the field
  if (tongue !== "en" && ofPlace in loaded[tongue].words && code !== "name-taken")
    return explainKind(`${kind} ${place}`, tongue);
  const said = messageOf(code, message, tongue);
  return said ? sentence(said) : explainKind(kind, tongue);
}

/** @param {string} kind @param {Language} tongue */
function explainKind(kind, tongue) {
  const word = `error ${kind}`;
  return t(
    word in loaded[tongue].words ? /** @type {Word} */ (word) : "error internal-error",
    {},
    tongue,
  );
}

/** A message that quotes a change, and says why it failed. @param {string} what @param {string} why */
export function notTaken(what, why) {
  return `${t("not taken", { what })} ${why}`;
}

/**
 * The service's message in the user's language, or its English sentence if the code is unknown.
 * @param {string | undefined | null} code
 * @param {string} message
 * @param {Language} [tongue]
 */
export function messageOf(code, message, tongue = language) {
  return loaded[tongue].messages[code ?? ""] ?? message;
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

/** @type {Map<string, Intl.DateTimeFormat>} */
const dates = new Map();

/** @param {string} moment @param {string} [place] */
export function day(moment, place = region) {
  const format = dates.get(place) ?? new Intl.DateTimeFormat(place, { dateStyle: "medium" });
  dates.set(place, format);
  return format.format(new Date(moment));
}
