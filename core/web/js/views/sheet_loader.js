/** Loads the sheets after the library, which needs none of them. */

/** The loaded code; `makeSheet` is missing until then. @type {Partial<typeof import("./sheets.js")>} */
export const sheets = {};
/** @type {Promise<void> | undefined} */
let loading;

/** @throws {TypeError} the sheets can't be fetched; a later call retries */
export function loadSheets() {
  loading ??= import("./sheets.js").then(
    (code) => {
      Object.assign(sheets, code);
    },
    (error) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

let preloading = false;
const whenIdle = globalThis.requestIdleCallback ?? setTimeout; // Safari has none

/** Load the sheets once the library is on the screen: earlier they would delay it. */
export function preloadSheets() {
  if (preloading) return;
  preloading = true;
  whenIdle(() => loadSheets().catch(() => {})); // opening a sheet retries
}
