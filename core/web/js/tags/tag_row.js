/**
 * A row of the tag list: its name, which shows its videos, its count, and the forms to rename or
 * remove it.
 */

import { h, iconButton } from "../dom.js";
import { explain, t } from "../i18n.js";
import { tagKey } from "../text.js";
import { carrying } from "./tag_edits.js";

/** @typedef {Pick<import("../app.js").App,
 *   "actions" | "leave" | "library" | "setLibrary" | "tags">} TagApp */

/** @typedef {{name: string, videos: number}} Tag */

export class TagRow {
  /** @param {TagApp} app @param {Tag} tag @param {(name: string) => void} onDone */
  constructor(app, tag, onDone) {
    this.app = app;
    this.tag = tag;
    this.onDone = onDone;
    this.element = h("li", { class: "tag-row" });
    this.fault = h("p", { class: "fault", role: "alert" });
    this.busy = false;
    this.rest();
  }

  /** Show the tag, its count and its buttons. */
  rest() {
    const { name, videos } = this.tag;
    this.resting = true;
    this.pencil = iconButton("edit", t("rename tag", { name }), () => this.askName());
    this.bin = iconButton("trash", t("strip tag", { name }), () => this.askToRemove());
    const count = h("span", { class: "tag-count" }, t("n videos", { n: videos }));
    const attributes = {
      type: "button",
      class: "tag-name",
      dir: "auto",
      title: t("filter by", { name }),
    };
    const label = h("button", { ...attributes, onclick: () => this.choose() }, name);
    this.element.replaceChildren(label, count, this.pencil, this.bin);
  }

  /** Filter by this tag only. */
  choose() {
    const { app, tag } = this;
    app.setLibrary(app.library.only(tag.name));
    app.leave();
  }

  /** @param {Tag} tag */
  show(tag) {
    const same = tag.name === this.tag.name && tag.videos === this.tag.videos;
    this.tag = tag;
    if (same || !this.resting) return;
    const at = [...this.element.children].indexOf(/** @type {Element} */ (document.activeElement));
    this.rest();
    /** @type {HTMLElement | undefined} */ (this.element.children[at])?.focus();
  }

  /** Close the form, unless its request is running. @param {"pencil" | "bin"} [button] */
  cancel(button = "pencil") {
    if (this.busy) return;
    this.rest();
    this[button]?.focus();
  }

  askName() {
    const { name } = this.tag;
    const field = h("input", {
      value: name,
      "aria-label": t("tag name"),
      enterkeyhint: "done",
      autocapitalize: "none",
      autocomplete: "off",
      oninput: () => look(),
    });
    const hint = h("p", { class: "soft", role: "status" });
    const save = h("button", { class: "button primary small" });
    const look = () => {
      const other = this.other(field.value);
      const n = other ? carrying(this.app.library, name, other) : 0;
      hint.textContent = other ? t("tag merges", { name: other, n }) : "";
      save.textContent = t(other ? "merge" : "save");
      this.tell("");
    };
    const rename = () => this.rename(field.value.trim());
    this.ask("pencil", rename, field, hint, this.fault, this.actions("pencil", save));
    look();
    field.select();
  }

  askToRemove() {
    const { name, videos } = this.tag;
    const question = t("strip question", { name, n: videos });
    const remove = h("button", { class: "button danger small" }, t("strip"));
    const actions = this.actions("bin", remove);
    const form = this.ask("bin", () => this.remove(), h("p", {}, question), this.fault, actions);
    form.setAttribute("aria-label", question);
    /** @type {HTMLElement | null} */ (actions.lastElementChild)?.focus();
  }

  /**
   * Show a form in place of the row; `Esc` closes the form, not the sheet.
   * @param {"pencil" | "bin"} button that opened the form
   * @param {() => void} act
   * @param {...HTMLElement} parts
   */
  ask(button, act, ...parts) {
    this.resting = false;
    this.tell("");
    const onsubmit = (/** @type {Event} */ event) => {
      event.preventDefault();
      act();
    };
    const onkeydown = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.preventDefault();
      this.cancel(button);
    };
    const form = h("form", { class: "tag-form", role: "group", onsubmit, onkeydown }, ...parts);
    this.element.replaceChildren(form);
    return form;
  }

  /** @param {"pencil" | "bin"} button @param {HTMLElement} action */
  actions(button, action) {
    const attributes = {
      type: "button",
      class: "button small",
      onclick: () => this.cancel(button),
    };
    return h("div", { class: "form-actions" }, action, h("button", attributes, t("cancel")));
  }

  /** The other tag with this name, if there is one. @param {string} text */
  other(text) {
    const key = tagKey(text);
    return key === tagKey(this.tag.name) ? undefined : this.app.library.counts.get(key)?.name;
  }

  /** @param {string} to */
  rename(to) {
    const { name } = this.tag;
    if (to === name) return this.cancel();
    this.attempt(() => this.app.tags.rename(name, to), to);
  }

  remove() {
    const { name } = this.tag;
    this.attempt(() => this.app.tags.remove(name), name);
  }

  /** @param {() => Promise<void>} work @param {string} name of the tag to focus */
  async attempt(work, name) {
    if (this.busy) return;
    this.wait(true);
    try {
      await work();
      this.rest();
      this.onDone(name);
    } catch (error) {
      const why = explain(error);
      if (this.element.isConnected) this.tell(why);
      else this.app.actions.tellLate(name, why);
    } finally {
      this.wait(false);
    }
  }

  /** @param {boolean} busy */
  wait(busy) {
    this.busy = busy;
    this.element.setAttribute("aria-busy", String(busy));
  }

  /** @param {string} fault */
  tell(fault) {
    this.fault.textContent = fault;
  }
}
