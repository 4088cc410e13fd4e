/** A field for tags: the chosen ones, which can be removed, and suggestions. */

import { arrangeByKey, button, h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { fold, splitTags, tagKey } from "../text.js";

const MAX_OFFERED = 12;
/** A comma, also the Chinese and the Japanese one. */
const COMMA = /[,，、]/;
const COMMAS = /[，、]/g;

export class TagField {
  /**
   * @param {{tags: readonly string[], names(): readonly string[], count(name: string): number,
   *   onChange(change: {add_tags?: string[], remove_tags?: string[]}): void}} attributes
   */
  constructor({ tags, names, count, onChange }) {
    this.tags = tags;
    this.names = names;
    this.count = count;
    this.onChange = onChange;
    /** The text of refused tags, until the user changes it. */
    this.refused = "";
    this.field = this.makeField();
    this.chosen = h("span", { class: "chosen" });
    this.offered = h("div", { class: "offered", role: "group", "aria-label": t("recent tags") });
    this.create = button("add", h("span", { dir: "auto" }), () => this.enterAndGoOn(), {
      class: "chip",
    });
    const box = h("label", { class: "tag-box", for: this.field.id }, this.field); // else it would label the first button
    box.prepend(this.chosen);
    this.element = h("div", { class: "tag-field" }, box, this.offered, this.create);
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

  /** The text that is not entered yet. */
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

  /** Add the typed text as tags. */
  enter() {
    const names = splitTags(this.typed.replace(COMMAS, ","));
    this.typed = "";
    if (names.length) this.add(names);
  }

  enterAndGoOn() {
    this.enter();
    this.field.focus();
  }

  /** Closing the sheet enters the typed tags, unless they were refused already. */
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

  /** Put refused tags back into the field, to be corrected. @param {string[]} [names] */
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
    this.drawCreate();
  }

  /** A button creates a new tag too, since a phone's keyboard may show no comma. */
  drawCreate() {
    const name = this.typed.replace(/\s+/g, " ").trim();
    const known = [...this.tags, ...this.names()].some((one) => tagKey(one) === tagKey(name));
    this.create.hidden = !name || known;
    const label = t("create tag", { name });
    if (this.create.title === label) return;
    this.create.title = label;
    this.create.setAttribute("aria-label", label);
    this.create.lastChild?.replaceWith(h("span", { class: "chip-name", dir: "auto" }, label));
  }

  /**
   * When the focused element is removed, its neighbour gets the focus; the field only for keyboard
   * users, since a phone would open its keyboard.
   * @param {HTMLElement} place
   * @param {readonly string[]} names
   * @param {(name: string) => HTMLElement} make
   */
  arrange(place, names, make) {
    const at = [...place.children].indexOf(/** @type {Element} */ (document.activeElement));
    const keyboard = at >= 0 && place.children[at].matches(":focus-visible");
    arrangeByKey(place, names, make);
    if (at < 0 || place.contains(document.activeElement)) return;
    const next = place.children[at] ?? place.lastElementChild ?? (keyboard ? this.field : null);
    /** @type {HTMLElement | null} */ (next)?.focus();
  }

  /**
   * Tags that are not chosen yet: those used last. For a typed text, first those that begin with
   * it, then those that contain it, each the most frequent first.
   */
  offers() {
    const keys = new Set(this.tags.map(tagKey));
    const wanted = fold(this.typed.trim());
    const free = this.names().filter((name) => !keys.has(tagKey(name)));
    if (!wanted) return free.slice(0, MAX_OFFERED);
    const fitting = free
      .filter((name) => fold(name).includes(wanted))
      .sort((a, b) => this.count(b) - this.count(a));
    const begins = fitting.filter((name) => fold(name).startsWith(wanted));
    return [...begins, ...fitting.filter((name) => !begins.includes(name))].slice(0, MAX_OFFERED);
  }

  /** @param {string} name */
  makeChosen(name) {
    const label = t("remove tag", { name });
    const attributes = {
      type: "button",
      class: "pill removable",
      title: label,
      "aria-label": label,
    };
    return h(
      "button",
      { ...attributes, onclick: () => this.remove(name) },
      tagName(name),
      icon("close"),
    );
  }

  /** @param {string} name */
  makeOffer(name) {
    const label = t("use tag", { name });
    const onclick = () => {
      this.typed = "";
      this.add([name]);
    };
    const attributes = { type: "button", class: "chip", "aria-label": label, onclick };
    return h("button", attributes, tagName(name));
  }
}

/** @param {string} name */
function tagName(name) {
  return h("span", { class: "chip-name", dir: "auto" }, name);
}
