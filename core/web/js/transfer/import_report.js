/** How an import ended. */

import { h } from "../dom.js";
import { explain, messageOf, t } from "../i18n.js";

const MAX_SHOWN = 100;

/** @typedef {import("./imports.js").Import} Import */
/** @typedef {{line: number, text: string, reason: string, codes?: string[], count?: number}} Report */

/** @param {Import} ended */
export function outcome({ found, fault }) {
  if (fault) return [h("p", { class: "fault" }, explain(fault))];
  const { state, error, error_code, imported, merged } = found;
  return [
    h("p", {}, t("n imported", { n: imported })),
    ...(merged ? [h("p", {}, t("n merged", { n: merged }))] : []),
    ...(state === "failed" ? [h("p", { class: "fault" }, messageOf(error_code, error))] : []),
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

/** The changes of rows, by kind, and the skipped files of an archive. @param {Import} ended */
export function changes({ found }) {
  /** @type {Report[]} */
  const reports = found?.changed ?? [];
  const kinds = reports.filter(({ count }) => count).map(kind);
  const files = reports.filter(({ count, line }) => !count && !line).map(skipped);
  return [
    ...(kinds.length ? [h("p", {}, t("changed")), h("ul", { class: "report" }, ...kinds)] : []),
    ...(files.length ? [h("p", {}, t("skipped")), h("ul", { class: "report" }, ...files)] : []),
  ];
}

/** @param {Report} report */
function kind({ count, reason, codes }) {
  return h("li", {}, t("n rows", { n: count ?? 0, what: messageOf(codes?.[0], reason) }));
}

/** @param {Report} report */
function skipped({ text, reason, codes }) {
  return h("li", { dir: "auto" }, `${text} – ${messageOf(codes?.[0], reason)}`);
}

/** @param {Report} failed */
function row({ line, text, reason, codes }) {
  return h("li", { dir: "auto" }, `${line}: ${text} – ${messageOf(codes?.[0], reason)}`);
}
