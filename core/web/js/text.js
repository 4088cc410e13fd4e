/** Text as people type it: what counts as the same. Pure, and the same as in core/text.py. */

const WHOLE = { đ: "d", ð: "d", ħ: "h", ı: "i", ł: "l", ø: "o", ŧ: "t", æ: "ae", œ: "oe", þ: "th" };

/**
 * Return the text without case, width and accents, as the service does for `q`.
 * @param {string} text
 */
export function fold(text) {
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
  /** @type {Map<string, string>} */
  const named = new Map();
  for (const part of text.split(",")) {
    const name = part.trim().replace(/\s+/g, " ");
    const key = tagKey(name);
    if (key && !named.has(key)) named.set(key, name);
  }
  return [...named.values()];
}

/** @param {string} a @param {string} b */
export function compare(a, b) {
  return a < b ? -1 : Number(a > b);
}
