/** What the keyboard does. */

import { h, iconButton } from "../dom.js";
import { t } from "../i18n.js";

/** @type {[string, import("../i18n.js").Word][]} */
const KEYS = [
  ["/", "key search"],
  ["a", "key add"],
  [t("arrows"), "key arrows"],
  [t("Enter"), "key play"],
  ["e", "key edit"],
  [t("Del"), "key delete"],
  [t("Esc"), "key close"],
  ["?", "key help"],
];

export class HelpView {
  /** @param {import("../app.js").App} app */
  constructor(app) {
    this.label = t("keys");
    const close = iconButton("close", t("close"), () => app.leave());
    const head = h("div", { class: "sheet-head" }, h("h2", {}, t("keys")), close);
    const rows = KEYS.flatMap(([key, word]) => [
      h("dt", {}, h("kbd", {}, key)),
      h("dd", {}, t(word)),
    ]);
    this.element = h("div", { class: "sheet-inner" }, head, h("dl", { class: "keys" }, ...rows));
  }

  /** @param {import("../routes.js").Route} route */
  shows(route) {
    return route.name === "help";
  }
}
