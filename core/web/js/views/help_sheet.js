/** Behind the three dots: the places, the bookmarklet, keyboard shortcuts, sign-out. */

import { button, h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { canInstall, install, isInstalled, watchInstall } from "../install.js";
import { AccountSection } from "../session/account_section.js";
import { placeButtons } from "./places.js";
import { sheetHead } from "./sheet_head.js";

/** @param {"Ctrl+A" | "Ctrl+Z"} word */
function keyWithCtrl(word) {
  return /Mac/.test(navigator.platform) ? `⌘ ${word.slice(-1)}` : t(word);
}

/** @type {[string, import("../i18n.js").Word][]} */
const KEYS = [
  ["/", "key search"],
  ["a", "key add"],
  [t("arrows"), "key arrows"],
  [t("Enter"), "key play"],
  ["j, k", "key next"],
  ["d", "key done"],
  ["n", "key note"],
  ["e", "key edit"],
  [t("Del"), "key delete"],
  [`x, ${t("Space")}`, "key select"],
  [t("Shift+click"), "key range"],
  [keyWithCtrl("Ctrl+A"), "key all"],
  [keyWithCtrl("Ctrl+Z"), "key undo"],
  [t("Esc"), "key close"],
  ["?", "key help"],
];

export class HelpSheet {
  /** @param {Pick<import("../app.js").App, "go" | "leave" | "session">} app */
  constructor(app) {
    this.label = t("more");
    const head = sheetHead(t("more"), () => app.leave());
    const rows = KEYS.flatMap(([key, word]) => [
      h("dt", {}, h("kbd", {}, key)),
      h("dd", {}, t(word)),
    ]);
    const keys = section("keys", h("dl", { class: "keys" }, ...rows));
    const places = h("nav", { class: "places", "aria-label": t("places") }, ...placeButtons(app));
    const account = new AccountSection(app);
    this.install = section("install", h("p", { class: "soft" }, t("install hint")));
    this.install.append(button("download", t("install now"), install));
    watchInstall(() => this.draw());
    const parts = [head, places, this.install, fromPhone(), bookmarklet(), keys, account.element];
    this.element = h("div", { class: "sheet-inner" }, ...parts);
  }

  draw() {
    this.install.hidden = !canInstall();
  }

  /** @param {import("../routes.js").Route} route */
  shows(route) {
    return route.name === "help";
  }

  close() {
    watchInstall(() => {});
  }
}

/**
 * A section with a heading.
 * @param {import("../i18n.js").Word} title
 * @param {...HTMLElement} parts
 */
function section(title, ...parts) {
  return h("section", { class: `about about-${title}` }, h("h2", {}, t(title)), ...parts);
}

/** How to save from YouTube's app; iOS can't share with web apps, but with a Shortcut. */
function fromPhone() {
  const apple = /iPhone|iPad|iPod/.test(navigator.userAgent);
  if (apple) {
    const address = h("code", {}, `${location.origin}/save?url=`);
    const recipe = h("p", { class: "soft" }, t("phone shortcut"), " ", address);
    const parts = isInstalled() ? [] : [h("p", { class: "soft" }, t("phone apple"))];
    return section("phone", ...parts, recipe);
  }
  const word = isInstalled() ? "phone installed" : "phone android";
  return section("phone", h("p", { class: "soft" }, t(word)));
}

/** A bookmarklet that saves the current page; it is dragged to the bookmarks, and does nothing here. */
function bookmarklet() {
  const save = JSON.stringify(`${location.origin}/save?close=1&`);
  const query = "new URLSearchParams({url:location.href,title:document.title})";
  const href = `javascript:void open(${save}+${query},"core","width=480,height=640")`;
  const onclick = (/** @type {Event} */ event) => event.preventDefault();
  const link = h("a", { class: "button", href, onclick }, icon("add"), t("bookmarklet"));
  const text = h("p", { class: "soft" }, t("bookmarklet hint"));
  return section("bookmark", text, link);
}
