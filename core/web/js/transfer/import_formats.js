/** What can be imported, and the choice of a format that Core did not recognise. */

import { button, h } from "../dom.js";
import { t } from "../i18n.js";

/** @typedef {import("./imports.js").Import} Import */

/** Tools, each with the word that explains how to get its file. */
const SOURCES = /** @type {const} */ ([
  ["YouTube", "way youtube"],
  ["Chrome, Edge, Firefox, Safari", "way browsers"],
  ["Raindrop", "way raindrop"],
  ["Pocket", "way pocket"],
  ["Instapaper", "way instapaper"],
  ["Readwise Reader, Matter, mymind", "way readwise"],
  ["linkding, Shaarli, LinkAce", "way linkding"],
  ["Karakeep, Linkwarden, wallabag", "way karakeep"],
  ["Omnivore", "way omnivore"],
  ["Pinboard", "way pinboard"],
  ["FreeTube", "way freetube"],
  ["NewPipe", "way newpipe"],
  ["Grayjay", "way grayjay"],
  ["Invidious, Piped, LibreTube", "way invidious"],
  ["yt-dlp", "way yt-dlp"],
]);

/** The values of `format` (docs/api.md), by their words. */
const FORMATS = /** @type {const} */ ([
  ["text", "format text"],
  ["csv", "format csv"],
  ["json", "format json"],
  ["html", "format html"],
  ["takeout", "format takeout"],
]);

const UNSEEN = new Set(["unknown-format", "nothing-to-import", "unreadable-json"]);

/** Every tool, and how to get its file. */
export function sources() {
  const rows = SOURCES.map(([tool, way]) => [tool, t(way)]);
  rows.push([t("other texts"), t("way notes")]);
  const list = rows.flatMap(([tool, way]) => [h("dt", {}, tool), h("dd", { class: "soft" }, way)]);
  return h("details", {}, h("summary", {}, t("import sources")), h("dl", {}, ...list));
}

/**
 * Let the user choose the format, if not everything was imported. The format that was read is selected,
 * or else the one that the name of the file ends with.
 * @param {Import} ended
 * @param {(file: File, format: string) => void} again
 */
export function formatChoice({ file, fault, found }, again) {
  const code = /** @type {any} */ (fault)?.code ?? found?.error_code;
  if (!file || !(UNSEEN.has(code) || found?.failed_count)) return [];
  const read = found?.format ?? file.name.split(".").pop();
  const options = FORMATS.map(([value, word]) =>
    h("option", { value, selected: value === read }, t(word)),
  );
  const select = h("select", { "aria-label": t("format") }, ...options);
  const act = () => again(file, select.value);
  return [
    h("p", { class: "soft" }, t("format hint")),
    h("div", { class: "data-buttons" }, select, button("upload", t("import again"), act)),
  ];
}
