/** The top of a sheet: what it is, and the way out. */

import { h, iconButton } from "../dom.js";
import { t } from "../i18n.js";

/** @param {import("../app.js").App} app @param {string | Text} title */
export function sheetHead(app, title) {
  const close = iconButton("close", t("close"), () => app.leave());
  return h("div", { class: "sheet-head" }, h("h2", {}, title), close);
}
