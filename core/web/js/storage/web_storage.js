/** Small values in the browser's storage. Where the browser allows none, reading returns null and writing does nothing. */

/** @typedef {"localStorage" | "sessionStorage"} Place permanent, or for this tab */

/** @param {Place} place @param {string} key */
export function get(place, key) {
  try {
    return globalThis[place].getItem(key);
  } catch {
    return null;
  }
}

/**
 * A stored JSON value, or null.
 * @param {Place} place
 * @param {string} key
 */
export function getJson(place, key) {
  try {
    return JSON.parse(get(place, key) ?? "null");
  } catch {
    return null;
  }
}

/** @param {Place} place @param {string} key @param {string} value */
export function set(place, key, value) {
  try {
    globalThis[place].setItem(key, value);
  } catch {
    // the value is not stored
  }
}

/** @param {Place} place @param {string} key */
export function remove(place, key) {
  try {
    globalThis[place].removeItem(key);
  } catch {
    // nothing was stored
  }
}
