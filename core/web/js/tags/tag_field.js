/** A field for tags: those that it has, each with a way to take it off, and those to choose from. */

import { arrangeByKey, h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { fold, splitTags, tagKey } from "../text.js";

const MAX_OFFERED = 12;
/** A comma, also of Chinese and of Japanese. */
const COMMA = /[,，、]/;
const COMMAS = /[，、]/g;

export class TagField {
  /**
   * @param {{tags: readonly string[], names(): readonly string[],
   *   onChange(change: {add_tags?: string[], remove_tags?: string[]}): void}} given
   */
  constructor({ tags, names, onChange }) {
    this.tags = tags;
    this.names = names;
    this.onChange = onChange;
    /** What was not taken, and is not written otherwise yet. */
    this.refused = "";
    this.field = this.makeField();
    this.chosen = h("span", { class: "chosen" });
    this.offered = h("div", { class: "offered", role: "group", "aria-label": t("recent tags") });
    const box = h("label", { class: "tag-box", for: this.field.id }, this.field); // not the first button's
    box.prepend(this.chosen);
    this.element = h("div", { class: "tag-field" }, box, this.offered);
    this.draw();
  }

  makeField() {
    return h("input", {
      type: "text",
      dir: "auto",
      placeholder: t("add tag"),
      "aria-label": t("add tag"),
      id: "tag-field",
      enterkeyhint: "done",
      autocapitalize: "none",
      autocomplete: "off",
      oninput: () => this.type(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.press(event),
    });
  }

  /** What is typed and not yet entered. */
  get typed() {
    return this.field.value;
  }

  set typed(text) {
    this.field.value = text;
  }

  type() {
    this.refused = "";
    if (COMMA.test(this.typed)) this.enter();
    else this.draw();
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && this.typed.trim()) {
      event.preventDefault();
      this.enter();
    } else if (event.key === "Backspace" && !event.repeat && !this.typed && this.tags.length) {
      this.remove(this.tags[this.tags.length - 1]);
    }
  }

  /** Take what is typed as tags. */
  enter() {
    const names = splitTags(this.typed.replace(COMMAS, ","));
    this.typed = "";
    if (names.length) this.add(names);
  }

  /** Who closes the sheet means what is written there, but for what they know to be refused. */
  close() {
    if (this.typed !== this.refused) this.enter();
  }

  /** @param {string[]} names */
  add(names) {
    this.refused = "";
    const keys = new Set(this.tags.map(tagKey));
    const add_tags = names.filter((name) => !keys.has(tagKey(name)));
    this.tags = [...this.tags, ...add_tags];
    this.draw();
    if (add_tags.length) this.onChange({ add_tags });
  }

  /** @param {string} name */
  remove(name) {
    this.refused = "";
    this.tags = this.tags.filter((one) => one !== name);
    this.draw();
    this.onChange({ remove_tags: [name] });
  }

  /** What was not taken can be written otherwise. @param {string[]} [names] */
  giveBack(names = []) {
    this.refused = names.join(", ");
    this.typed ||= this.refused;
    this.draw();
  }

  /** @param {readonly string[]} tags */
  show(tags) {
    if (tags.join() === this.tags.join()) return;
    this.tags = tags;
    this.draw();
  }

  draw() {
    this.arrange(this.chosen, this.tags, (name) => this.makeChosen(name));
    this.arrange(this.offered, this.offers(), (name) => this.makeOffer(name));
    this.offered.hidden = this.offered.children.length === 0;
  }

  /**
   * When what has the focus goes, it moves to its neighbour; to the field only from the keyboard,
   * since a phone brings up its own with it.
   * @param {HTMLElement} place
   * @param {readonly string[]} names
   * @param {(name: string) => HTMLElement} make
   */
  arrange(place, names, make) {
    const at = [...place.children].indexOf(/** @type {Element} */ (document.activeElement));
    const keyboard = at >= 0 && place.children[at].matches(":focus-visible");
    arrangeByKey(place, names, make);
    if (at < 0 || place.contains(document.activeElement)) return;
    const beside = place.children[at] ?? place.lastElementChild ?? (keyboard ? this.field : null);
    /** @type {HTMLElement | null} */ (beside)?.focus();
  }

  /** Tags that it does not have yet, and that begin or go on like what is typed. */
  offers() {
    const keys = new Set(this.tags.map(tagKey));
    const wanted = fold(this.typed.trim());
    const free = this.names().filter((name) => !keys.has(tagKey(name)));
    const begins = free.filter((name) => fold(name).startsWith(wanted));
    const holds = wanted ? free.filter((name) => fold(name).indexOf(wanted) > 0) : [];
    return [...begins, ...holds].slice(0, MAX_OFFERED);
  }

  /** @param {string} name */
  makeChosen(name) {
    const label = t("remove tag", { name });
    const given = { type: "button", class: "pill removable", title: label, "aria-label": label };
    return h("button", { ...given, onclick: () => this.remove(name) }, tagName(name), icon("close"));
  }

  /** @param {string} name */
  makeOffer(name) {
    const label = t("use tag", { name });
    const onclick = () => {
      this.typed = "";
      this.add([name]);
    };
    const given = { type: "button", class: "chip", "aria-label": label, onclick };
    return h("button", given, tagName(name));
  }
}

/** @param {string} name */
function tagName(name) {
  return h("span", { class: "chip-name", dir: "auto" }, name);
}
