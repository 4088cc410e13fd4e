/** How an import ended. */

import { h } from "../dom.js";
import { explain, retell, t } from "../i18n.js";

const MAX_SHOWN = 100;

/** @typedef {import("../imports.js").Import} Import */

/** @param {Import} ended */
export function outcome({ found, fault }) {
  if (fault) return [h("p", { class: "fault" }, explain(fault))];
  const { state, error, imported, merged } = found;
  return [
    h("p", {}, t("n imported", { n: imported })),
    ...(merged ? [h("p", {}, t("n merged", { n: merged }))] : []),
    ...(state === "failed" ? [h("p", { class: "fault" }, retell(error))] : []),
  ];
}

/** What was not imported, row by row. @param {Import} ended */
export function failures({ found }) {
  if (!found?.failed.length) return [];
  const rows = found.failed.slice(0, MAX_SHOWN).map(row);
  const n = found.failed_count - rows.length;
  return [
    h("p", {}, t("not imported", { n: found.failed_count })),
    h("ul", { class: "report" }, ...rows),
    ...(n ? [h("p", {}, t("more rows", { n }))] : []),
  ];
}

/** @param {{line: number, text: string, reason: string}} failed */
function row({ line, text, reason }) {
  return h("li", { dir: "auto" }, `${line}: ${text} – ${retell(reason)}`);
}
