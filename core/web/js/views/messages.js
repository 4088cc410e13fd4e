/** What the page says: over the whole screen, in a line, or for a moment. */

import { h, icon, iconButton } from "../dom.js";
import { t } from "../i18n.js";

/** @typedef {{label: string, act(): void}} Way */

const MOMENT_MS = 8_000;
const MOST_TOASTS = 3;

/**
 * @param {Parameters<typeof icon>[0]} name
 * @param {string} title
 * @param {string} text
 * @param {Way} [way]
 */
export function message(name, title, text, way) {
  const button =
    way && h("button", { type: "button", class: "button primary", onclick: way.act }, way.label);
  const sign = h("span", { class: "message-icon" }, icon(name));
  return h("div", { class: "message" }, sign, h("h2", {}, title), h("p", {}, text), button);
}

/**
 * @param {Parameters<typeof icon>[0]} name
 * @param {string} text
 * @param {...Way} ways
 */
export function notice(name, text, ...ways) {
  const buttons = ways.map(({ label, act }) =>
    h("button", { type: "button", class: "button small", onclick: act }, label),
  );
  const end = h("div", { class: "notice-ways" }, ...buttons);
  return h("div", { class: "notice" }, icon(name), h("p", {}, text), end);
}

/**
 * What stands there until something is read.
 * @param {string} row what each of them is like
 * @param {number} n
 * @param {Record<string, string>} given
 */
export function skeletons(row, n, given) {
  const one = () =>
    h("div", { class: `${row} skeleton` }, h("span", { class: "picture" }), h("span", { class: "line" }));
  return h("div", { role: "status", ...given }, ...Array.from({ length: n }, one));
}

/** Messages that go by themselves, unless somebody is about to use them. */
export class Toasts {
  constructor() {
    this.element = h("div", { class: "toasts", role: "status", "aria-live": "polite" });
  }

  /** Whether somebody may want to press what is said. */
  get hasWay() {
    return Boolean(this.element.querySelector(".text"));
  }

  /** @param {string} text @param {Way} [way] */
  say(text, way) {
    const act = () => {
      toast.remove();
      way?.act();
    };
    const toast = h(
      "div",
      { class: "toast" },
      h("p", {}, text),
      way && h("button", { type: "button", class: "button text", onclick: act }, way.label),
      iconButton("close", t("close"), () => toast.remove()),
    );
    this.makeRoom();
    this.element.append(toast);
    this.watch(toast);
  }

  /** What can still be pressed stays for its moment; the rest has been read. */
  makeRoom() {
    for (const toast of [...this.element.children]) {
      if (!toast.querySelector(".text") || this.element.children.length >= MOST_TOASTS) toast.remove();
    }
  }

  /** @param {HTMLElement} toast */
  watch(toast) {
    let timer = setTimeout(() => toast.remove(), MOMENT_MS);
    for (const name of ["pointerenter", "focusin"]) {
      toast.addEventListener(name, () => clearTimeout(timer));
    }
    for (const name of ["pointerleave", "focusout"]) {
      toast.addEventListener(name, () => {
        clearTimeout(timer);
        timer = setTimeout(() => toast.remove(), MOMENT_MS);
      });
    }
  }
}
