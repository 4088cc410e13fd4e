/** Behind the three dots: the person's data, the bookmark, what the keyboard does. */

import { h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { DataView } from "./data.js";
import { sheetHead } from "./head.js";

/** @type {[string, import("../i18n.js").Word][]} */
const KEYS = [
  ["/", "key search"],
  ["a", "key add"],
  [t("arrows"), "key arrows"],
  [t("Enter"), "key play"],
  ["e", "key edit"],
  [t("Del"), "key delete"],
  [`x, ${t("Space")}`, "key select"],
  [t("Shift+click"), "key range"],
  [t("Ctrl+A"), "key all"],
  [t("Esc"), "key close"],
  ["?", "key help"],
];

export class HelpView {
  /** @param {import("../app.js").App} app */
  constructor(app) {
    this.label = t("more");
    const head = sheetHead(app, t("more"));
    const rows = KEYS.flatMap(([key, word]) => [
      h("dt", {}, h("kbd", {}, key)),
      h("dd", {}, t(word)),
    ]);
    const keys = section("keys", h("dl", { class: "keys" }, ...rows));
    this.data = new DataView(app);
    const { element, end } = this.data;
    const parts = [head, element, fromPhone(), bookmarklet(), keys, end];
    this.element = h("div", { class: "sheet-inner" }, ...parts);
  }

  draw() {
    this.data.draw();
  }

  /** @param {import("../routes.js").Route} route */
  shows(route) {
    return route.name === "help";
  }
}

/**
 * Something to know, under its own head.
 * @param {import("../i18n.js").Word} title
 * @param {...HTMLElement} parts
 */
function section(title, ...parts) {
  return h("section", { class: `about about-${title}` }, h("h2", {}, t(title)), ...parts);
}

/** How a phone's YouTube comes to save here; iOS shares with no web apps. */
function fromPhone() {
  const apple = /iPhone|iPad|iPod/.test(navigator.userAgent);
  return section("phone", h("p", { class: "soft" }, t(apple ? "phone apple" : "phone android")));
}

/** A bookmark that saves the page one is at; it is dragged to the bookmarks, and does nothing here. */
function bookmarklet() {
  const save = JSON.stringify(`${location.origin}/save?close=1&`);
  const query = "new URLSearchParams({url:location.href,title:document.title})";
  const href = `javascript:void open(${save}+${query},"core","width=480,height=640")`;
  const onclick = (/** @type {Event} */ event) => event.preventDefault();
  const link = h("a", { class: "button", href, onclick }, icon("add"), t("bookmarklet"));
  const text = h("p", { class: "soft" }, t("bookmarklet hint"));
  return section("bookmark", text, link);
}
