/** The head of a sheet: its title, and a button to close it. */

import { h, iconButton } from "../dom.js";
import { t } from "../i18n.js";

/** @param {string | Text} title @param {() => void} onClose */
export function sheetHead(title, onClose) {
  const close = iconButton("close", t("close"), onClose);
  return h("div", { class: "sheet-head" }, h("h2", {}, title), close);
}
