/** The top of a sheet: what it is, and the way out. */

import { h, iconButton } from "../dom.js";
import { t } from "../i18n.js";

/** @param {string | Text} title @param {() => void} onClose */
export function sheetHead(title, onClose) {
  const close = iconButton("close", t("close"), onClose);
  return h("div", { class: "sheet-head" }, h("h2", {}, title), close);
}
