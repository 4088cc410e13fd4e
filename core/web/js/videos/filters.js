/** The filters: chips with counts, the number of shown videos, the order, grid or list. */

import { afterPaint, arrange, h, icon, iconButton, press } from "../dom.js";
import { number, t } from "../i18n.js";
import { SearchChips } from "../searches/search_chips.js";
import { get, set } from "../storage/web_storage.js";
import { tagKey } from "../text.js";
import { briefAgo } from "../training/ago.js";
import { TrainFilters } from "../training/train_filters.js";
import { SORT, SORTS } from "./orders.js";
import { Selection } from "./selection.js";

/** @typedef {Pick<import("../app.js").App,
 *   "go" | "library" | "say" | "select" | "selection" | "setLibrary">} FiltersApp */

const LAYOUT = "core-layout";
/** With more chips there is a button for all tags. The first draw has at most these: they fill a laptop's screen. */
const MANY_TAGS = 30;
/** No chip is narrower, in pixels. */
const NARROWEST_CHIP = 40;

export class Filters {
  /** @param {FiltersApp} app */
  constructor(app) {
    this.app = app;
    this.chips = h("div", { class: "chips", role: "group", "aria-label": t("tags") });
    /** @type {Map<string, HTMLButtonElement>} */
    this.known = new Map();
    this.chosen = "";
    this.scrolled = false;
    const onscroll = () => {
      this.scrolled = this.chips.scrollLeft > 0 || this.chips.scrollTop > 0;
    };
    this.chips.addEventListener("scroll", onscroll, { passive: true });
    this.chips.addEventListener("click", (event) => this.guard(event), { capture: true });
    /** @type {Element | null} the chip of the last click */
    this.clicked = null;
    /** @type {unknown[]} what is drawn */
    this.drawn = [];
    /** Whether the first chips are painted; then the others follow. */
    this.painted = false;
    /** Whether all chips are painted; then the tags of a select follow. */
    this.allPainted = false;
    this.allText = h("span", { class: "wide-only" });
    this.all = this.makeAll();
    this.count = h("p", { class: "count", role: "status" });
    this.sort = this.makeSort();
    this.grid = iconButton("grid", t("as grid"), () => this.layOut("grid"));
    this.list = iconButton("list", t("as list"), () => this.layOut("list"));
    this.select = this.makeSelect();
    this.play = this.makePlay();
    const order = h(
      "div",
      { class: "order" },
      this.count,
      this.play,
      this.select,
      this.sort,
      this.grid,
      this.list,
    );
    this.train = new TrainFilters(app);
    this.searches = new SearchChips(app);
    const tags = h("div", { class: "chip-row" }, this.chips, this.all);
    this.element = h("div", {}, h("div", { class: "chip-row" }, this.train.element), tags, order);
    this.wide = matchMedia("(min-width: 720px)");
    this.wide.addEventListener("change", () => this.layOutAsChosen());
    this.layOutAsChosen();
  }

  /**
   * A chosen chip moves to the front: ignore the second click of a double click, which hits another.
   * @param {MouseEvent} event
   */
  guard(event) {
    const chip = /** @type {Element} */ (event.target).closest("button");
    const isAgain = event.detail > 1 && chip !== this.clicked;
    if (isAgain && this.clicked?.ariaPressed === "true") event.stopPropagation();
    else this.clicked = chip;
  }

  layOutAsChosen() {
    this.layOut(get("localStorage", LAYOUT) ?? "auto");
  }

  makeSort() {
    const options = SORTS.map((name) => h("option", { value: name }, t(name)));
    const select = h("select", { "aria-label": t("sort"), class: "sort" }, ...options);
    select.addEventListener("change", () => {
      const sort = /** @type {import("./orders.js").Sort} */ (select.value);
      set("localStorage", SORT, sort);
      this.app.setLibrary(this.app.library.looking({ sort }), "follows");
    });
    return select;
  }

  makeSelect() {
    const { app } = this;
    const onclick = () => app.select(new Selection(undefined, !app.selection.on));
    const label = h("span", { class: "wide-only" }, t("select"));
    const attributes = {
      type: "button",
      class: "button quiet",
      "aria-label": t("select"),
      title: t("select videos"),
    };
    return h("button", { ...attributes, onclick }, icon("select"), label);
  }

  makePlay() {
    const label = h("span", { class: "wide-only" }, t("play"));
    const attributes = { type: "button", class: "button quiet", "aria-label": t("play these") };
    const onclick = () => this.app.go("#play");
    return h("button", { ...attributes, title: t("play these"), onclick }, icon("play"), label);
  }

  makeAll() {
    const attributes = {
      type: "button",
      class: "button quiet",
      onclick: () => this.app.go("#tags"),
    };
    return h("button", attributes, icon("tag"), this.allText);
  }

  /** @param {string} layout `auto` depends on the window's width */
  layOut(layout) {
    if (layout !== "auto") set("localStorage", LAYOUT, layout);
    const grid = layout === "grid" || (layout === "auto" && this.wide.matches);
    document.documentElement.dataset.layout = grid ? "grid" : "list";
    const [shown, other] = grid ? [this.list, this.grid] : [this.grid, this.list];
    const focused = document.activeElement === other;
    shown.hidden = false;
    if (focused) shown.focus();
    other.hidden = true;
  }

  draw() {
    const { library, selection } = this.app;
    if (this.drawn[0] === library && this.drawn[1] === selection.on) return;
    this.drawn = [library, selection.on];
    this.element.hidden = !library.loaded || library.videos.length === 0;
    this.train.draw(this.allPainted);
    if (this.sort.value !== library.sort) this.sort.value = library.sort;
    const chips = this.painted ? library.chips : library.chips.slice(0, this.screenful);
    const drawn = chips.map((chip) => this.drawChip(chip));
    this.known = new Map(chips.map(({ name }, at) => [tagKey(name), drawn[at]]));
    this.searches.draw();
    const front = library.chosen.length + library.excluded.length;
    const { applied, element, save } = this.searches;
    const [chosen, others] = [drawn.slice(0, front), drawn.slice(front)];
    const first = applied ? [element, ...chosen] : [...chosen, save, element];
    arrange(
      this.chips,
      [...first, ...others].filter(({ hidden }) => !hidden),
    );
    this.drawAll();
    this.showChosen([applied?.id, ...library.chosen, ...library.excluded].join());
    this.select.setAttribute("aria-pressed", String(selection.on));
    const n = library.usable.length;
    this.play.hidden = !n;
    this.select.hidden = !n && !selection.on;
    this.drawCount();
  }

  drawCount() {
    const { library } = this.app;
    const [n, all] = [library.shown.length, library.videos.length];
    const text = library.filtered ? t("n of all", { n, all }) : t("n videos", { n });
    if (this.count.textContent !== text) this.count.textContent = text;
  }

  /** How many chips fill the screen; a phone has one row of them. No layout is computed for it. */
  get screenful() {
    const wraps = matchMedia("(hover: hover)").matches;
    return wraps ? MANY_TAGS : Math.min(MANY_TAGS, Math.ceil(screen.width / NARROWEST_CHIP));
  }

  /** Draw the rest after the other cards of the list, which are drawn after the first paint. */
  drawRestLater() {
    if (this.painted || this.element.hidden) return;
    afterPaint(() => afterPaint(() => this.drawRest()));
  }

  drawRest() {
    if (this.painted) return; // the library changed before the paint
    this.painted = true;
    this.drawn = [];
    this.draw();
    afterPaint(() => {
      this.allPainted = true;
      this.train.draw(true);
    });
  }

  /** Scroll to the chosen chips, which come first; after drawing, so that layout runs once. @param {string} chosen */
  showChosen(chosen) {
    if (chosen === this.chosen) return;
    this.chosen = chosen;
    if (this.scrolled) queueMicrotask(() => this.chips.scrollTo(0, 0));
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

  /** @param {import("./chips.js").Chip} chip */
  drawChip({ name, videos, chosen, excluded = false, done_on }) {
    const known = this.known.get(tagKey(name)) ?? this.makeChip();
    const [label, count] = known.children;
    const shown = excluded ? t("not tag", { name }) : name;
    if (label.textContent !== shown) {
      label.textContent = shown;
      known.title = t(excluded ? "no longer without" : "filter by", { name });
      known.dataset.tag = name;
    }
    known.setAttribute("aria-pressed", String(chosen));
    const ago = done_on === undefined ? "" : briefAgo(done_on, this.app.library.today);
    const text = excluded ? "" : ago ? `· ${ago}` : number(videos);
    if (count.textContent !== text) count.textContent = text;
    return known;
  }

  makeChip() {
    const label = h("span", { class: "chip-name", dir: "auto" });
    const onclick = () => {
      press(made);
      this.app.setLibrary(this.app.library.toggling(made.dataset.tag ?? ""));
    };
    const count = h("span", { class: "chip-count" });
    const made = h("button", { type: "button", class: "chip", onclick }, label, count);
    return made;
  }
}
