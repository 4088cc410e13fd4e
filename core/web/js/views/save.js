/** Save a video: a link, or any text that holds one, and tags; two taps for what was shared. */

import { h, icon, iconButton } from "../dom.js";
import { explain, t } from "../i18n.js";
import { isPopup, sharedText } from "../routes.js";
import { TagField } from "./tags.js";

/** @typedef {{text: string, tags: string[], typed: string}} Draft */

export class SaveView {
  /** @param {import("../app.js").App} app @param {Draft} draft kept until it is saved */
  constructor(app, draft) {
    this.app = app;
    this.draft = draft;
    this.label = t("save video");
    if (!draft.text) draft.text = sharedText();
    this.fault = h("p", { class: "fault", role: "alert", id: "save-fault" });
    this.link = this.makeLink();
    this.tags = new TagField({
      tags: draft.tags,
      names: () => app.library.tagNames,
      onChange: () => this.note(),
    });
    this.tags.typed = draft.typed;
    this.button = h("button", { class: "button primary block" }, icon("check"), t("save"));
    this.element = this.makeElement();
  }

  makeLink() {
    const field = h("textarea", {
      rows: 2,
      maxlength: 4096,
      placeholder: t("link hint"),
      "aria-label": t("link"),
      "aria-describedby": "save-fault",
      inputmode: "url",
      autocapitalize: "none",
      spellcheck: "false",
      autofocus: !this.draft.text,
      oninput: () => this.note(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "Enter" || event.isComposing) return;
        event.preventDefault();
        this.submit();
      },
    });
    field.value = this.draft.text;
    return field;
  }

  makeElement() {
    const close = iconButton("close", t("close"), () => this.app.leave());
    const head = h("div", { class: "sheet-head" }, h("h2", {}, t("save video")), close);
    const paste = h(
      "button",
      { type: "button", class: "button small", onclick: () => this.paste() },
      icon("paste"),
      t("paste"),
    );
    const link = h("div", { class: "link-box" }, this.link, paste);
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.submit();
    };
    const foot = h("div", { class: "sheet-foot" }, this.button);
    const form = h("form", { class: "save-form", onsubmit: submit });
    form.append(link, this.fault, this.tags.element, foot);
    return h("div", { class: "sheet-inner" }, head, form);
  }

  note() {
    Object.assign(this.draft, {
      text: this.link.value,
      tags: this.tags ? [...this.tags.tags] : this.draft.tags,
      typed: this.tags ? this.tags.typed : this.draft.typed,
    });
    this.tell("");
  }

  /** @param {string} fault */
  tell(fault) {
    this.fault.textContent = fault;
    this.link.setAttribute("aria-invalid", String(Boolean(fault)));
  }

  async paste() {
    try {
      this.link.value = (await navigator.clipboard.readText()).slice(0, 4096);
      this.note();
      this.tags.field.focus();
    } catch {
      this.tell(t("paste failed"));
      this.link.focus();
    }
  }

  async submit() {
    this.tags.enter();
    this.note();
    if (!this.draft.text.trim()) {
      this.tell(t("error invalid-input url"));
      this.link.focus();
      return;
    }
    if (this.button.disabled) return;
    this.button.disabled = true;
    try {
      await this.app.actions.save(this.draft.text, this.draft.tags);
      Object.assign(this.draft, { text: "", tags: [], typed: "" });
      if (isPopup()) close(); // what a bookmarklet opened
      this.app.leave();
    } catch (error) {
      this.tell(explain(error));
      this.link.focus();
    } finally {
      this.button.disabled = false;
    }
  }

  /** @param {import("../routes.js").Route} route */
  shows(route) {
    return route.name === "save";
  }

  draw() {
    this.tags.draw();
  }

  /** Closed by the person, so what was typed is gone. */
  close() {
    Object.assign(this.draft, { text: "", tags: [], typed: "" });
  }
}
