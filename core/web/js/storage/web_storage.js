/** Small values in the browser's storage. Where the browser allows none, reading returns null and writing does nothing. */

/** @typedef {"localStorage" | "sessionStorage"} Place for good, or for this tab */

/** @param {Place} place @param {string} key */
export function get(place, key) {
  try {
    return globalThis[place].getItem(key);
  } catch {
    return null;
  }
}

/**
 * What was remembered as JSON, or null.
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
    // it is asked for again
  }
}

/** @param {Place} place @param {string} key */
export function remove(place, key) {
  try {
    globalThis[place].removeItem(key);
  } catch {
    // it was never there
  }
}
