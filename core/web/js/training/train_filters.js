/** Filters for a workout: minutes, days of rest, kinds of videos, excluded tags; and a suggestion. */

import { h, press } from "../dom.js";
import { t } from "../i18n.js";
import { tagsByName } from "../tags/tag_edits.js";
import { MINUTES, RESTS } from "./due.js";

/** @typedef {Pick<import("../app.js").App, "go" | "library" | "setLibrary">} TrainApp */

export class TrainFilters {
  /** @param {TrainApp} app */
  constructor(app) {
    this.app = app;
    const today = this.makeLink("what today", "#today", "chip tinted");
    const log = this.makeLink("log", "#log", "chip to-log");
    this.max = this.makeChoice("length", MINUTES, "at most");
    this.rest = this.makeChoice("last done", RESTS, "not for");
    this.kinds = makeSelect(t("kind"), [
      ["all", t("all kinds")],
      ["untagged", t("untagged")],
      ["unavailable", t("unavailable")],
    ]);
    this.max.addEventListener("change", () => this.train({ max: Number(this.max.value) }));
    this.rest.addEventListener("change", () => this.train({ rest: Number(this.rest.value) }));
    this.kinds.addEventListener("change", () => this.chooseKind());
    this.any = this.makeAny();
    this.without = makeSelect(t("without"), [["", t("without")]]);
    /** @type {import("../videos/library_state.js").LibraryState["counts"] | undefined} */
    this.counts = undefined;
    /** @type {string | undefined} */
    this.names = undefined;
    this.without.addEventListener("change", () =>
      this.app.setLibrary(this.app.library.excluding(this.without.value)),
    );
    const boxes = [this.max, this.rest, this.kinds, this.without].map((one) =>
      h("span", { class: "chip-box" }, one),
    );
    const attributes = { class: "train", role: "group", "aria-label": t("training") };
    this.element = h("div", attributes, today, ...boxes, this.any, log);
  }

  /** @param {import("../i18n.js").Word} word @param {string} to @param {string} name */
  makeLink(word, to, name) {
    const onclick = () => this.app.go(to);
    return h("button", { type: "button", class: name, onclick }, t(word));
  }

  /**
   * @param {import("../i18n.js").Word} name
   * @param {readonly number[]} values
   * @param {import("../i18n.js").Word} word
   */
  makeChoice(name, values, word) {
    const options = values.map((n) => /** @type {[string, string]} */ ([`${n}`, t(word, { n })]));
    return makeSelect(t(name), [["0", t(name)], ...options]);
  }

  makeAny() {
    const onclick = () => {
      const { library } = this.app;
      press(this.any);
      this.app.setLibrary(library.looking({ any: !library.any }));
    };
    const attributes = { type: "button", class: "chip", title: t("any more"), onclick };
    return h("button", attributes, t("any"));
  }

  /** @param {{max?: number, rest?: number}} limits */
  train(limits) {
    this.app.setLibrary(this.app.library.training(limits));
  }

  chooseKind() {
    const kinds = /** @type {import("../videos/library_state.js").Kinds} */ (this.kinds.value);
    this.app.setLibrary(this.app.library.looking({ kinds }));
  }

  /** @param {boolean} whole whether to draw the tags of the last select too */
  draw(whole) {
    const { max, rest, kinds, any, chosen } = this.app.library;
    choose(this.max, String(max), "0", t("at most", { n: max }));
    choose(this.rest, String(rest), "0", t("not for", { n: rest }));
    choose(this.kinds, kinds, "all");
    this.any.hidden = !chosen.length;
    this.any.setAttribute("aria-pressed", String(any));
    if (whole) this.drawWithout();
  }

  /** Every tag can be excluded. */
  drawWithout() {
    const { library } = this.app;
    if (this.counts !== library.counts) {
      this.counts = library.counts;
      const names = tagsByName(library).map(({ name }) => name);
      if (names.join() !== this.names) this.offerWithout(names);
    }
    this.without.value = "";
  }

  /** A thousand tags take a moment, so they are redrawn only when they change. @param {string[]} names */
  offerWithout(names) {
    this.names = names.join();
    this.without.length = 1; // its own name stays
    this.without.append(...names.map((name) => h("option", {}, name)));
  }
}

/** @param {string} label @param {[string, string][]} options */
function makeSelect(label, options) {
  const made = options.map(([value, text]) => h("option", { value }, text));
  return h("select", { class: "chip", "aria-label": label }, ...made);
}

/**
 * @param {HTMLSelectElement} select
 * @param {string} value
 * @param {string} none
 * @param {string} [text] of a value that the list does not offer
 */
function choose(select, value, none, text = value) {
  if (select.value !== value) select.value = value;
  if (select.value !== value) select.append(h("option", { value, selected: true }, text)); // from the address
  select.classList.toggle("on", value !== none);
}
