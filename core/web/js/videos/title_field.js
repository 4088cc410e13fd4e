/** The field for the user's own title; an empty one restores YouTube's title. */

import { h } from "../dom.js";
import { explain, t } from "../i18n.js";

/** Core's limit; a browser counts some characters twice. */
const LONGEST = 300;

export class TitleField {
  /**
   * @param {{onSave(title: string | null): Promise<void>, onEnter(): void,
   *   onRefused(): void}} attributes `onRefused`: the field must be shown again
   */
  constructor({ onSave, onEnter, onRefused }) {
    this.onSave = onSave;
    this.onEnter = onEnter;
    this.onRefused = onRefused;
    this.title = "";
    /** Whether the user changed the text, and has not saved it. */
    this.changed = false;
    this.field = this.makeField();
    this.fault = h("p", { class: "fault", role: "alert", id: "title-fault" });
    const hint = h("p", { class: "soft", id: "title-hint" }, t("title hint"));
    const label = h("label", { for: "title-field" }, t("video title"));
    this.element = h("div", { class: "field" }, label, this.field, this.fault, hint);
  }

  makeField() {
    return h("textarea", {
      id: "title-field",
      rows: 2,
      maxlength: LONGEST,
      dir: "auto",
      "aria-describedby": "title-fault title-hint",
      enterkeyhint: "done",
      oninput: () => {
        this.changed = true;
        this.tell("");
      },
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.press(event),
    });
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.isComposing) return;
    if (event.key === "Enter") {
      event.preventDefault();
      if (!event.repeat) this.onEnter();
    } else if (event.key === "Escape" && this.changed) {
      event.preventDefault(); // the sheet stays open
      this.reset();
    }
  }

  reset() {
    this.changed = false;
    this.field.value = this.title;
    this.tell("");
  }

  /** @param {import("./video.js").Video} video */
  show(video) {
    this.title = video.title ?? "";
    if (!this.changed) this.field.value = this.title;
  }

  /** @param {string} fault */
  tell(fault) {
    this.fault.textContent = fault;
    this.field.setAttribute("aria-invalid", String(Boolean(fault)));
  }

  /** Closing the sheet saves the typed title, unless it was refused already. */
  close() {
    const refused = this.fault.textContent;
    if (this.field.value.trim() && !refused) this.save();
  }

  /** Show the title immediately. If Core refuses it, give the text back. */
  async save() {
    const title = this.field.value.trim().replace(/\s+/g, " ");
    const same = !this.changed || title === this.title;
    this.changed = false;
    if (same) return this.reset();
    try {
      await this.onSave(title || null);
    } catch (error) {
      this.onRefused();
      this.field.value = title;
      this.changed = true;
      this.tell(explain(error));
      this.field.focus();
    }
  }
}
