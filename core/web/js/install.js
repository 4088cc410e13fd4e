/** Installing the page as an app. The browser fires an event when it can, and asks the user itself. */

/** @typedef {Event & {prompt(): Promise<{outcome: string}>}} InstallEvent */

/** @type {InstallEvent | null} */
let offered = null;
/** Called when the page becomes installable, or no longer is. */
let onChange = () => {};

/** @param {InstallEvent | null} event */
function note(event) {
  offered = event;
  onChange();
}

/** Call this early: the browser fires the event once, when the page loads. */
export function listenForInstall() {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault(); // the page has a button for it
    note(/** @type {InstallEvent} */ (event));
  });
  addEventListener("appinstalled", () => note(null));
}

/** @param {() => void} listener replaces the one before */
export function watchInstall(listener) {
  onChange = listener;
}

export function canInstall() {
  return offered !== null;
}

/** An event can prompt only once. */
export async function install() {
  const event = offered;
  note(null);
  await event?.prompt();
}

/** Whether it runs as an app already. */
export function isInstalled() {
  return matchMedia("(display-mode: standalone)").matches;
}
