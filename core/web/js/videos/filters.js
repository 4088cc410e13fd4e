/** What narrows the library: chips with counts; how many are left; the order; grid or list. */

import { arrange, h, icon, iconButton } from "../dom.js";
import { number, t } from "../i18n.js";
import { recall, remember } from "../memory.js";
import { Selection } from "../selection.js";
import { tagKey } from "../text.js";

const LAYOUT = "core-layout";
/** With more tags in sight there is a way to see all of them. */
const MANY_TAGS = 30;
const SORTS = /** @type {const} */ (["newest", "oldest", "title"]);

export class Filters {
  /** @param {import("../app.js").App} app */
  constructor(app) {
    this.app = app;
    this.chips = h("div", { class: "chips", role: "group", "aria-label": t("tags") });
    /** @type {Map<string, HTMLButtonElement>} */
    this.known = new Map();
    this.chosen = "";
    this.allText = h("span", { class: "wide-only" });
    this.all = this.makeAll();
    this.count = h("p", { class: "count", role: "status" });
    this.sort = this.makeSort();
    this.grid = iconButton("grid", t("as grid"), () => this.layOut("grid"));
    this.list = iconButton("list", t("as list"), () => this.layOut("list"));
    this.select = this.makeSelect();
    const order = h("div", { class: "order" }, this.count, this.select, this.sort, this.grid, this.list);
    this.element = h("div", {}, h("div", { class: "chip-row" }, this.chips, this.all), order);
    this.wide = matchMedia("(min-width: 720px)");
    this.wide.addEventListener("change", () => this.layOutAsChosen());
    this.layOutAsChosen();
  }

  layOutAsChosen() {
    this.layOut(recall("localStorage", LAYOUT) ?? "auto");
  }

  makeSort() {
    const options = SORTS.map((name) => h("option", { value: name }, t(name)));
    const select = h("select", { "aria-label": t("sort"), class: "sort" }, ...options);
    select.addEventListener("change", () => {
      const sort = /** @type {typeof SORTS[number]} */ (select.value);
      this.app.look(this.app.library.looking({ sort }));
    });
    return select;
  }

  makeSelect() {
    const { app } = this;
    const onclick = () => app.select(new Selection(undefined, !app.selection.on));
    const label = h("span", { class: "wide-only" }, t("select"));
    const given = { type: "button", class: "button quiet", "aria-label": t("select"), title: t("select videos") };
    return h("button", { ...given, onclick }, icon("select"), label);
  }

  makeAll() {
    const given = { type: "button", class: "button quiet", onclick: () => this.app.go("#tags") };
    return h("button", given, icon("tag"), this.allText);
  }

  /** @param {string} layout `auto` goes by the window's width */
  layOut(layout) {
    if (layout !== "auto") remember("localStorage", LAYOUT, layout);
    const grid = layout === "grid" || (layout === "auto" && this.wide.matches);
    document.documentElement.dataset.layout = grid ? "grid" : "list";
    const [way, other] = grid ? [this.list, this.grid] : [this.grid, this.list];
    const focused = document.activeElement === other;
    way.hidden = false;
    if (focused) way.focus();
    other.hidden = true;
  }

  draw() {
    const { library } = this.app;
    this.element.hidden = !library.loaded || library.videos.length === 0;
    const drawn = library.chips.map((chip) => this.drawChip(chip));
    this.known = new Map(library.chips.map(({ name }, at) => [tagKey(name), drawn[at]]));
    arrange(this.chips, drawn);
    this.drawAll();
    this.showChosen(library.chosen.join());
    this.select.setAttribute("aria-pressed", String(this.app.selection.on));
    const [n, all] = [library.shown.length, library.videos.length];
    const text = library.filtered ? t("n of all", { n, all }) : t("n videos", { n });
    if (this.count.textContent !== text) this.count.textContent = text;
  }

  /** What is chosen stands first; all is drawn before, to be laid out once. @param {string} chosen */
  showChosen(chosen) {
    if (chosen !== this.chosen) queueMicrotask(() => this.chips.scrollTo(0, 0));
    this.chosen = chosen;
  }

  drawAll() {
    const { library } = this.app;
    this.all.hidden = library.chips.length <= MANY_TAGS;
    if (this.all.hidden) return;
    const text = t("all tags", { n: library.counts.size });
    if (this.all.title === text) return;
    this.all.title = text;
    this.all.setAttribute("aria-label", text);
    this.allText.textContent = text;
  }

  /** @param {import("../state.js").Chip} chip */
  drawChip({ name, videos, chosen }) {
    const known = this.known.get(tagKey(name)) ?? this.makeChip();
    known.title = t("filter by", { name });
    known.setAttribute("aria-pressed", String(chosen));
    const [label, count] = known.children;
    if (label.textContent !== name) label.textContent = name;
    const text = number(videos);
    if (count.textContent !== text) count.textContent = text;
    return known;
  }

  makeChip() {
    const label = h("span", { class: "chip-name", dir: "auto" });
    const onclick = () => this.app.look(this.app.library.toggling(label.textContent ?? ""));
    const count = h("span", { class: "chip-count" });
    return h("button", { type: "button", class: "chip", onclick }, label, count);
  }
}
