/** What the keyboard does, wherever nothing is typed. */

/** A Mac calls Backspace "delete", and has no other. */
const DELETE = /Mac/.test(navigator.platform) ? ["Delete", "Backspace"] : ["Delete"];

/** @param {import("./app.js").App} app */
export function listenToKeys(app) {
  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.repeat && event.key === "Enter") event.preventDefault(); // what is held presses once
    const types = target.closest("input, textarea, select, [contenteditable]");
    if (types || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (app.phase !== "library" || document.querySelector("dialog[open]")) return;
    if (event.repeat && DELETE.includes(event.key)) return;
    if (act(app, event.key, target)) event.preventDefault();
  });
}

/**
 * @param {import("./app.js").App} app
 * @param {string} key
 * @param {HTMLElement} target
 * @returns {boolean} whether the key meant something
 */
function act(app, key, target) {
  const video = app.library.find(Number(target.closest("[data-id]")?.getAttribute("data-id")));
  if (key === "/") app.shell.focusSearch();
  else if (key === "a") app.go("/save");
  else if (key === "?") app.go("#help");
  else if (key.startsWith("Arrow")) return app.shell.moveFocus(key, target);
  else if (key === "e" && video) app.go(`#video-${video.id}-edit`);
  else if (DELETE.includes(key) && video) app.actions.delete([video]);
  else return false;
  return true;
}
