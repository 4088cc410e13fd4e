/** How typed text is compared. Pure, with the rules of core/text.py. */

const WHOLE = { đ: "d", ð: "d", ħ: "h", ı: "i", ł: "l", ø: "o", ŧ: "t", æ: "ae", œ: "oe", þ: "th" };

/** Most text is ASCII, which takes a tenth of the work. */
const ASCII = /^[\0-\x7f]*$/;

/** Longer numbers in tags are ordered as text. */
const MAX_DIGITS = 20;

/** Spaces as in the service: without U+FEFF, which only JavaScript counts as one. */
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
 * Return the key that compares tags: accents count, case and width do not.
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
 * Read typed tags, separated by commas; the first spelling of each is kept.
 * @param {string} text
 */
export function splitTags(text) {
  return [...readTags(text).values()];
}

/**
 * Read tags as `splitTags` does, by their keys.
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

/** The longest time that Core accepts, in seconds. */
const MAX_SECONDS = 1_000_000;

/**
 * Read a time within a video: 1:05, 1.05, 65 or 1:02:03.
 * @param {string} text
 * @returns {number | null | undefined} seconds; null: empty; undefined: not a time
 */
export function readClock(text) {
  const typed = text.trim();
  if (!typed) return null;
  const parts = typed.split(/[:.,]/);
  if (parts.length > 3 || !parts.every((part) => /^\d{1,7}$/.test(part))) return undefined;
  const seconds = parts.reduce((sum, part) => sum * 60 + Number(part), 0);
  return seconds <= MAX_SECONDS ? seconds : undefined;
}

/** The longest text of a link that Core accepts, in characters. */
const MAX_OF_LINK = 4_096;

/**
 * Make a text acceptable to Core: without control characters, and not too long. The text before the
 * first link is cut first.
 * @param {string} text
 */
export function fitLink(text) {
  const clean = text.replace(/[^\P{Cc}\t\n\r]|\p{Cs}/gu, " ").trim();
  if ([...clean].length <= MAX_OF_LINK) return clean;
  const at = Math.max(0, clean.search(/youtu(\.be|be\.com|be-nocookie)/i));
  const begun = clean.slice(0, at).split(/\s/).pop() ?? "";
  return [...clean.slice(at - begun.length)].slice(0, MAX_OF_LINK).join("");
}

/** The most characters of a quoted text. */
const MAX_TOLD = 100;

/** @param {string} text */
export function briefly(text) {
  const letters = [...text];
  return letters.length > MAX_TOLD ? `${letters.slice(0, MAX_TOLD).join("")}…` : text;
}

/**
 * Return the sort key of a tag: "week 2" comes before "week 10". `Intl.Collator` has that order too,
 * but to make one takes a slow phone 50 ms.
 * @param {string} name
 */
export function nameKey(name) {
  return fold(name).replace(/\d+/g, (digits) => digits.padStart(MAX_DIGITS, "0"));
}

/** @param {string} a @param {string} b */
export function compare(a, b) {
  return a < b ? -1 : Number(a > b);
}
