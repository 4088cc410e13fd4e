/** The saved searches as chips before the tags, and a chip that saves the current filters. */

import { arrange, h, icon, iconButton, press } from "../dom.js";
import { t } from "../i18n.js";
import { get } from "../storage/web_storage.js";
import { readFilters } from "../videos/filter_address.js";
import { SORT } from "../videos/orders.js";
import { SelectionGestures } from "../videos/selection_gestures.js";
import { isApplied, MAX_SEARCHES } from "./searches.js";

/** @typedef {Pick<import("../app.js").App, "go" | "library" | "say" | "setLibrary">} SearchApp */
/** @typedef {import("./searches.js").Search} Search */

export class SearchChips {
  /** @param {SearchApp} app */
  constructor(app) {
    this.app = app;
    const attributes = { class: "searches", role: "group", "aria-label": t("searches") };
    this.element = h("div", attributes);
    this.save = this.makeSave();
    /** @type {Map<number, HTMLElement>} */
    this.known = new Map();
    /** @type {Search | undefined} */
    this.applied = undefined;
    new SelectionGestures(this.element, {
      selecting: () => false,
      pick: () => {},
      open: (id) => app.go(`#search-${id}`),
    });
    this.element.addEventListener("click", (event) => this.click(event));
  }

  makeSave() {
    const onclick = () => {
      const { app } = this;
      if (app.library.searches.length < MAX_SEARCHES) app.go("#search");
      else app.say(t("many searches", { n: MAX_SEARCHES }));
    };
    const attributes = { type: "button", class: "chip tinted", onclick };
    return h("button", attributes, icon("add"), t("save search"));
  }

  /** Ignore the click of a long press, which has opened the sheet. @param {MouseEvent} event */
  click(event) {
    const chip = /** @type {HTMLElement} */ (event.target).closest(".chip[aria-pressed]");
    if (!chip || event.defaultPrevented) return;
    const id = Number(chip.parentElement?.dataset.id);
    const search = this.app.library.searches.find((one) => one.id === id);
    if (!search) return;
    press(chip);
    this.toggle(search);
  }

  /** Apply the search; if it is applied already, remove all filters. @param {Search} search */
  toggle(search) {
    const { library } = this.app;
    const remembered = get("localStorage", SORT);
    const query = isApplied(library, search, remembered) ? "" : search.query;
    this.app.setLibrary(library.looking(readFilters(query, remembered)).pruned());
  }

  /** The applied search comes first: a phone's row shows two or three. */
  draw() {
    const { library } = this.app;
    const remembered = get("localStorage", SORT);
    const applied = library.searches.find((one) => isApplied(library, one, remembered));
    const others = library.searches.filter((one) => one !== applied);
    const searches = applied ? [applied, ...others] : others;
    const chips = searches.map((one) => this.drawChip(one, one === applied));
    this.known = new Map(searches.map(({ id }, at) => [id, chips[at]]));
    this.applied = applied;
    this.element.hidden = !chips.length;
    this.save.hidden = !library.filtered || applied !== undefined;
    arrange(this.element, chips);
  }

  /** @param {Search} search @param {boolean} applied */
  drawChip({ id, name }, applied) {
    const known = this.known.get(id) ?? this.makeChip(id);
    const [chip, more] = known.children;
    chip.setAttribute("aria-pressed", String(applied));
    if (chip.textContent !== name) {
      const label = h("span", { class: "chip-name", dir: "auto" }, name);
      chip.replaceChildren(label);
      more.setAttribute("aria-label", t("more for", { name }));
      more.setAttribute("title", t("more for", { name }));
    }
    return known;
  }

  /** @param {number} id */
  makeChip(id) {
    const chip = h("button", { type: "button", class: "chip" });
    const more = iconButton("more", "", () => this.app.go(`#search-${id}`));
    return h("div", { class: "search-chip", "data-id": id }, chip, more);
  }
}
