/** Keyboard shortcuts outside of text fields; an open sheet has its own letters (`shortcut`) outside of its forms. */

import { Selection } from "./videos/selection.js";

/** @typedef {Pick<import("./app.js").App,
 *   "actions" | "go" | "library" | "phase" | "select" | "selection" | "shell" | "undo">} KeysApp */

/** The delete key of a Mac sends Backspace. */
const DELETE = /Mac/.test(navigator.platform) ? ["Delete", "Backspace"] : ["Delete"];

/** @param {KeysApp} app */
export function listenToKeys(app) {
  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.repeat && event.key === "Enter") event.preventDefault(); // a held key presses once
    const types = target.closest("input:not(.card-check), textarea, select, [contenteditable]");
    if (types || event.altKey || event.isComposing) return;
    if (app.phase !== "library") return;
    if (event.repeat && DELETE.includes(event.key)) return;
    if (actOn(app, event, target)) event.preventDefault();
  });
}

/** @param {KeysApp} app @param {KeyboardEvent} event @param {HTMLElement} target */
function actOn(app, event, target) {
  const held = event.ctrlKey || event.metaKey;
  if (document.querySelector("dialog[open]")) {
    if (held) return undo(app, event);
    return !event.repeat && !target.closest("form") && app.shell.shortcut(event.key);
  }
  return held ? actWithCtrl(app, event) : act(app, event, target);
}

/** @param {KeysApp} app @param {KeyboardEvent} event */
function undo(app, { key, shiftKey, repeat }) {
  return key === "z" && !shiftKey && !repeat && app.undo.takeLast();
}

/** @param {KeysApp} app @param {KeyboardEvent} event */
function actWithCtrl(app, event) {
  if (event.key !== "a" || !app.selection.on) return undo(app, event);
  app.select(app.selection.all(app.library.usableIds));
  return true;
}

/**
 * @param {KeysApp} app
 * @param {KeyboardEvent} event
 * @param {HTMLElement} target
 * @returns {boolean} whether the key was handled
 */
function act(app, { key, shiftKey, repeat }, target) {
  const { selection } = app;
  const video = app.library.find(Number(target.closest("[data-id]")?.getAttribute("data-id")));
  if (key === "/") app.shell.focusSearch();
  else if (key === "a") app.go("/save");
  else if (key === "?") app.go("#help");
  else if (key.startsWith("Arrow")) return app.shell.moveFocus(key, target);
  else if ([" ", "x", "X"].includes(key) && video) repeat || app.actions.pick(video.id, shiftKey);
  else if (key === "Escape" && selection.on) app.select(new Selection());
  else if (key === "e" && selection.size) app.go("#selected");
  else if (key === "e" && video) app.go(`#video-${video.id}-edit`);
  else if (DELETE.includes(key) && selection.on) app.actions.deleteSelected();
  else if (DELETE.includes(key) && video) app.actions.delete([video]);
  else return false;
  return true;
}
