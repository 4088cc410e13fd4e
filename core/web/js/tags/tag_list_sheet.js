/** Every tag, by name, with its count; it can be renamed, merged, or removed from all videos. */

import { arrange, h } from "../dom.js";
import { t } from "../i18n.js";
import { nameKey, tagKey } from "../text.js";
import { message } from "../views/messages.js";
import { sheetHead } from "../views/sheet_head.js";
import { tagsByName } from "./tag_edits.js";
import { TagRow } from "./tag_row.js";

/** With more tags there is a search field. */
const MANY = 12;
const MAX_SHOWN = 500;

export class TagListSheet {
  /** @param {import("./tag_row.js").TagApp} app */
  constructor(app) {
    this.app = app;
    this.label = t("tags");
    /** @type {Map<string, TagRow>} */
    this.rows = new Map();
    const head = sheetHead(t("tags"), () => app.leave());
    this.field = h("input", {
      type: "search",
      class: "tag-filter",
      placeholder: t("find tag"),
      "aria-label": t("find tag"),
      oninput: () => this.draw(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.press(event),
    });
    this.offline = h("p", { class: "soft", role: "status" });
    this.list = h("ul", { "aria-label": t("tags"), tabindex: "-1" });
    this.below = h("div", {});
    this.element = h("div", { class: "sheet-inner tags" }, head, this.offline, this.field);
    this.element.append(this.list, this.below);
    this.ended = new AbortController();
    for (const name of ["online", "offline"]) {
      addEventListener(name, () => this.draw(), { signal: this.ended.signal });
    }
  }

  /** `Esc` empties the field first, and then closes. @param {KeyboardEvent} event */
  press(event) {
    if (event.key !== "Escape" || !this.field.value) return;
    event.preventDefault();
    this.field.value = "";
    this.draw();
  }

  draw() {
    const { library } = this.app;
    const found = tagsByName(library, this.field.value);
    this.offline.textContent = navigator.onLine ? "" : t("tags offline");
    this.field.hidden = library.counts.size <= MANY && !this.field.value;
    for (const key of this.rows.keys()) if (!library.counts.has(key)) this.rows.delete(key);
    const rows = found.slice(0, MAX_SHOWN).map((tag) => this.rowOf(tag));
    arrange(
      this.list,
      rows.map((row) => row.element),
    );
    this.list.hidden = !rows.length;
    this.drawBelow(found.length);
  }

  /** @param {number} found */
  drawBelow(found) {
    const parts = [];
    if (found > MAX_SHOWN) {
      parts.push(h("p", { class: "soft" }, t("more tags", { n: found - MAX_SHOWN })));
    } else if (!found && this.field.value) {
      parts.push(h("p", { class: "soft", role: "status" }, t("no such tag")));
    } else if (!found && this.app.library.loaded) {
      parts.push(message("tag", t("no tags"), t("no tags text")));
    }
    this.below.replaceChildren(...parts);
  }

  /** @param {import("./tag_row.js").Tag} tag */
  rowOf(tag) {
    const key = tagKey(tag.name);
    const row = this.rows.get(key) ?? new TagRow(this.app, tag, (name) => this.goOn(name));
    this.rows.set(key, row);
    row.show(tag);
    return row;
  }

  /** Move the focus once a tag is renamed or removed. @param {string} name */
  goOn(name) {
    if (!tagsByName(this.app.library, this.field.value).length) this.field.value = "";
    this.draw();
    const found = tagsByName(this.app.library, this.field.value);
    const next = found.find((tag) => tag.key >= nameKey(name)) ?? found.at(-1);
    const row = this.rows.get(tagKey(name)) ?? this.rows.get(tagKey(next?.name ?? ""));
    (row?.pencil ?? this.list).focus();
  }

  /** @param {import("../routes.js").Route} route */
  shows(route) {
    return route.name === "tags";
  }

  close() {
    this.ended.abort();
  }
}
