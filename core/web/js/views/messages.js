/** Messages: full-screen, in a line, or as a toast. */

import { h, icon, iconButton } from "../dom.js";
import { t } from "../i18n.js";

/** @typedef {{label: string, act(): void, holds?(): boolean, danger?: boolean}} Action `holds`: whether
 *   it still applies; `danger`: it loses data */

const TOAST_MS = 8_000;

/**
 * @param {Parameters<typeof icon>[0]} name
 * @param {string} title
 * @param {string} text
 * @param {...Action} actions the first one stands out
 */
export function message(name, title, text, ...actions) {
  const buttons = actions.map(({ label, act }, at) =>
    h("button", { type: "button", class: at ? "button" : "button primary", onclick: act }, label),
  );
  const sign = h("span", { class: "message-icon" }, icon(name));
  return h("div", { class: "message" }, sign, h("h2", {}, title), h("p", {}, text), ...buttons);
}

/**
 * @param {Parameters<typeof icon>[0]} name
 * @param {string} text
 * @param {...Action} actions
 */
export function notice(name, text, ...actions) {
  const buttons = actions.map(({ label, act, danger }) => {
    const kind = danger ? "button small danger" : "button small";
    return h("button", { type: "button", class: kind, onclick: act }, label);
  });
  const end = h("div", { class: "notice-actions" }, ...buttons);
  return h("div", { class: "notice" }, icon(name), h("p", {}, text), end);
}

/**
 * Placeholders until data is read.
 * @param {string} row the class of each
 * @param {number} n
 * @param {Record<string, string>} attributes
 */
export function skeletons(row, n, attributes) {
  const one = () =>
    h(
      "div",
      { class: `${row} skeleton` },
      h("span", { class: "picture" }),
      h("span", { class: "line" }),
    );
  return h("div", { role: "status", ...attributes }, ...Array.from({ length: n }, one));
}

/**
 * The last message. It disappears after a while, unless the pointer or the focus is on it; and when
 * its action no longer applies.
 */
export class Toasts {
  constructor() {
    /** @type {Partial<Action> | undefined} */
    this.action = undefined;
    /** @type {HTMLElement | null} what had the focus before the message */
    this.from = null;
    this.element = h("div", {
      class: "toasts",
      role: "status",
      "aria-live": "polite",
      onfocusin: (/** @type {FocusEvent} */ event) => this.enter(event),
    });
  }

  /** Whether a message has a button. */
  get hasWay() {
    return Boolean(this.element.querySelector(".text"));
  }

  /** @param {string} text @param {Partial<Action>} [action] without a label it has no button */
  say(text, action) {
    const act = () => {
      this.clear();
      action?.act?.();
      this.leave();
    };
    const close = () => {
      this.clear();
      this.leave();
    };
    const way =
      action?.label &&
      h("button", { type: "button", class: "button text", onclick: act }, action.label);
    const buttons = h(
      "div",
      { class: "toast-buttons" },
      way,
      iconButton("close", t("close"), close),
    );
    const toast = h("div", { class: "toast" }, h("p", {}, text), buttons);
    this.action = action;
    this.element.replaceChildren(toast);
    this.watch(toast);
  }

  clear() {
    this.action = undefined;
    this.element.replaceChildren();
  }

  /** @param {FocusEvent} event */
  enter({ relatedTarget }) {
    const from = /** @type {HTMLElement | null} */ (relatedTarget);
    if (!from || !this.element.contains(from)) this.from = from;
  }

  /** Return the focus to where it was, unless the action has moved it. */
  leave() {
    if (document.activeElement === document.body) this.from?.focus({ preventScroll: true });
    this.from = null;
  }

  /** Clear the message if its action no longer applies. */
  check() {
    if (this.action?.holds?.() === false) this.clear();
  }

  /** @param {HTMLElement} toast */
  watch(toast) {
    let timer = setTimeout(() => toast.remove(), TOAST_MS);
    for (const name of ["pointerenter", "focusin"]) {
      toast.addEventListener(name, () => clearTimeout(timer));
    }
    for (const name of ["pointerleave", "focusout"]) {
      toast.addEventListener(name, () => {
        clearTimeout(timer);
        timer = setTimeout(() => toast.remove(), TOAST_MS);
      });
    }
  }
}
