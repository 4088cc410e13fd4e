/** Text as people type it: what counts as the same. Pure, and the same as in core/text.py. */

const WHOLE = { đ: "d", ð: "d", ħ: "h", ı: "i", ł: "l", ø: "o", ŧ: "t", æ: "ae", œ: "oe", þ: "th" };

/** What most text is made of; it has one form only, and a tenth of the work. */
const ASCII = /^[\0-\x7f]*$/;

/** What the service takes for spaces: not U+FEFF, which is one to JavaScript alone. */
const SPACES = /[^\S\ufeff]+/g;

/**
 * Return the text without case, width and accents, as the service does for `q`.
 * @param {string} text
 */
export function fold(text) {
  if (ASCII.test(text)) return text.toLowerCase();
  const bare = caseless(text)
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/[đðħıłøŧæœþ]/g, (letter) => WHOLE[/** @type {keyof typeof WHOLE} */ (letter)]);
  return caseless(bare.normalize("NFKC"));
}

/**
 * Return what makes two tags one: accents count, case and width do not.
 * @param {string} name
 */
export function tagKey(name) {
  if (ASCII.test(name)) return name.toLowerCase().trim();
  return caseless(name.normalize("NFKC")).normalize("NFKC").trim();
}

/** @param {string} text */
function caseless(text) {
  return text.toLowerCase().replaceAll("ß", "ss").replaceAll("ς", "σ");
}

/**
 * Read tags as people type them, separated by commas; the first spelling of each is kept.
 * @param {string} text
 */
export function splitTags(text) {
  return [...readTags(text).values()];
}

/**
 * Read tags as `splitTags` does, by what makes two of them one.
 * @param {string} text
 */
export function readTags(text) {
  /** @type {Map<string, string>} */
  const named = new Map();
  for (const part of text.split(",")) {
    const name = part.replace(SPACES, " ").replace(/^ | $/g, "");
    const key = tagKey(name);
    if (key && !named.has(key)) named.set(key, name);
  }
  return named;
}

/** The most that Core takes as a time, in seconds. */
const MOST_SECONDS = 1_000_000;

/**
 * Read a time within a video: 1:05, 1.05, 65 or 1:02:03.
 * @param {string} text
 * @returns {number | null | undefined} seconds; null: nothing is typed; undefined: it is no time
 */
export function readClock(text) {
  const typed = text.trim();
  if (!typed) return null;
  const parts = typed.split(/[:.,]/);
  if (parts.length > 3 || !parts.every((part) => /^\d{1,7}$/.test(part))) return undefined;
  const seconds = parts.reduce((sum, part) => sum * 60 + Number(part), 0);
  return seconds <= MOST_SECONDS ? seconds : undefined;
}

/** What Core takes as the text of a link, in characters. */
const MOST_OF_LINK = 4_096;

/**
 * Make of a text what Core takes: without control characters, and not too long. Where something
 * has to go, what stands before the first link goes first.
 * @param {string} text
 */
export function fitLink(text) {
  const clean = text.replace(/[^\P{Cc}\t\n\r]|\p{Cs}/gu, " ").trim();
  if ([...clean].length <= MOST_OF_LINK) return clean;
  const at = Math.max(0, clean.search(/youtu(\.be|be\.com|be-nocookie)/i));
  const begun = clean.slice(0, at).split(/\s/).pop() ?? "";
  return [...clean.slice(at - begun.length)].slice(0, MOST_OF_LINK).join("");
}

/** How much of a text tells which one it is, in characters. */
const MOST_TOLD = 100;

/** @param {string} text */
export function briefly(text) {
  const letters = [...text];
  return letters.length > MOST_TOLD ? `${letters.slice(0, MOST_TOLD).join("")}…` : text;
}

/** @param {string} a @param {string} b */
export function compare(a, b) {
  return a < b ? -1 : Number(a > b);
}
