/** The title of a video, and a way to write another in its place. */

import { h, icon, iconButton } from "../dom.js";
import { explain, t } from "../i18n.js";
import { nameOf } from "../videos.js";

/** What Core takes; a browser counts some characters twice. */
const LONGEST = 300;

export class TitleField {
  /** @param {{onSave(title: string | null): Promise<void>}} given */
  constructor({ onSave }) {
    this.onSave = onSave;
    this.title = "";
    this.heading = h("h2", { class: "video-title", dir: "auto" });
    this.pencil = iconButton("edit", t("edit title"), () => this.begin(this.title));
    this.shown = h("div", { class: "title-shown" }, this.heading, this.pencil);
    this.field = this.makeField();
    this.fault = h("p", { class: "fault", role: "alert", id: "title-fault" });
    this.form = this.makeForm();
    this.element = h("div", {}, this.shown, this.form);
  }

  makeField() {
    return h("textarea", {
      rows: 2,
      maxlength: LONGEST,
      dir: "auto",
      "aria-label": t("video title"),
      "aria-describedby": "title-fault title-hint",
      enterkeyhint: "done",
      oninput: () => this.tell(""),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.press(event),
    });
  }

  makeForm() {
    const hint = h("p", { class: "soft", id: "title-hint" }, t("title hint"));
    const save = h("button", { class: "button primary small" }, icon("check"), t("save"));
    const given = { type: "button", class: "button small", onclick: () => this.end() };
    const ways = h("div", { class: "ways" }, save, h("button", given, t("cancel")));
    const onsubmit = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.save();
    };
    const parts = [this.field, this.fault, hint, ways];
    return h("form", { class: "title-form", hidden: true, onsubmit }, ...parts);
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const held = event.repeat || event.isComposing;
    if (held || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault(); // the sheet stays open
    if (event.key === "Enter") this.save();
    else this.end();
  }

  /** @param {import("../videos.js").Video} video */
  show(video) {
    this.title = video.title ?? "";
    this.heading.textContent = nameOf(video);
  }

  /** @param {string} text @param {string} [fault] what was wrong with it */
  begin(text, fault = "") {
    this.turn(true);
    this.field.value = text;
    this.tell(fault);
    this.field.focus();
    if (!fault) this.field.select();
  }

  end() {
    this.turn(false);
    this.pencil.focus();
  }

  /** @param {boolean} writing */
  turn(writing) {
    this.shown.hidden = writing;
    this.form.hidden = !writing;
  }

  /** @param {string} fault */
  tell(fault) {
    this.fault.textContent = fault;
    this.field.setAttribute("aria-invalid", String(Boolean(fault)));
  }

  /** Who closes the sheet means what is written there, but for what they know to be refused. */
  close() {
    const refused = this.fault.textContent;
    if (!this.form.hidden && this.field.value.trim() && !refused) this.save();
  }

  /** Show it at once; what Core refuses comes back, to be written otherwise. */
  async save() {
    const title = this.field.value.trim().replace(/\s+/g, " ");
    this.end();
    if (title === this.title) return;
    try {
      await this.onSave(title || null);
    } catch (error) {
      this.begin(title, explain(error));
    }
  }
}
