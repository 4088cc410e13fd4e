/** Save a video: a link, or any text that holds one, and tags; two taps for what was shared. */

import { button, h, icon } from "../dom.js";
import { explain, t } from "../i18n.js";
import { hideShared, isPopup, sharedText } from "../routes.js";
import { fitLink } from "../text.js";
import { sheetHead } from "./head.js";
import { TagField } from "./tags.js";

/** @typedef {{text: string, tags: string[], typed: string, mends?: number}} Draft what a person is
 *   writing; `mends`: the change in whose place, since that was refused */

/**
 * What was shared just now, or else what is to be mended, or what its sheet was closed over, or a
 * sign-in came between.
 * @param {import("../app.js").App} app
 * @returns {Draft}
 */
export function draftOf(app) {
  const shared = { text: sharedText(), tags: [], typed: "" };
  hideShared();
  return shared.text ? shared : (app.shell.drafts.pop() ?? shared);
}

/** How long a bookmarklet's window shows that it is saved. */
const SEEN_MS = 1_500;

export class SaveView {
  /** @param {import("../app.js").App} app @param {Draft} draft */
  constructor(app, draft) {
    this.app = app;
    this.mends = draft.mends;
    this.sending = false;
    this.label = t("save video");
    this.fault = h("p", { class: "fault", role: "alert", id: "save-fault" });
    this.link = this.makeLink(draft.text);
    this.box = h("div", { class: "link-box" });
    this.tags = new TagField({
      tags: draft.tags,
      names: () => app.library.tagNames,
      onChange: () => this.tell(""),
    });
    this.tags.typed = draft.typed;
    this.button = h("button", { class: "button primary block" });
    this.element = this.makeElement();
    this.wait(false);
    this.next.autofocus = true;
  }

  /** @param {string} text */
  makeLink(text) {
    const field = h("textarea", {
      rows: 2,
      dir: "auto",
      placeholder: t("link hint"),
      "aria-label": t("link"),
      "aria-describedby": "save-fault",
      inputmode: "url",
      autocapitalize: "none",
      spellcheck: "false",
      oninput: () => this.tell(""),
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "Enter" || event.isComposing) return;
        event.preventDefault();
        this.submit();
      },
    });
    field.value = text;
    return field;
  }

  makeElement() {
    const head = sheetHead(this.app, t("save video"));
    const paste = button("paste", t("paste"), () => this.paste(), { class: "button small" });
    this.box.append(this.link, paste);
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.submit();
    };
    const foot = h("div", { class: "sheet-foot" }, this.button);
    const form = h("form", { class: "save-form", onsubmit: submit });
    form.append(this.box, this.fault, this.tags.element, foot);
    return h("div", { class: "sheet-inner" }, head, form);
  }

  /** Where it goes on: a phone would bring up its keyboard for a tag. */
  get next() {
    if (!this.link.value) return this.link;
    return matchMedia("(hover: hover)").matches ? this.tags.field : this.button;
  }

  /** @returns {Draft} */
  get draft() {
    const { mends, tags } = this;
    return { text: fitLink(this.link.value), tags: [...tags.tags], typed: tags.typed, mends };
  }

  /** @param {string} fault @param {HTMLElement} [field] the one that has to be changed */
  tell(fault, field) {
    this.fault.textContent = fault;
    for (const one of [this.link, this.tags.field]) {
      one.setAttribute("aria-invalid", String(one === field));
    }
    field?.focus();
  }

  async paste() {
    try {
      const text = fitLink(await navigator.clipboard.readText());
      if (!text) return this.tell(t("paste empty"));
      this.link.value = text;
      this.tell("");
      this.next.focus();
    } catch {
      this.tell(t("paste failed"));
      this.link.focus();
    }
  }

  async submit() {
    this.tags.enter();
    this.tell("");
    const { text, tags } = this.draft;
    if (!text) return this.tell(t("error invalid-input url"), this.link);
    if (this.sending) return;
    this.wait(true);
    if (this.mends) this.app.outbox.forget(this.mends); // this goes in its place
    this.mends = undefined;
    try {
      const sent = await this.app.actions.save(text, tags, () => this.element.isConnected);
      this.end(sent);
    } catch (error) {
      this.wait(false);
      this.refuse(error);
    }
  }

  /** What is on its way can't be changed meanwhile. @param {boolean} sending */
  wait(sending) {
    this.sending = sending;
    this.box.inert = this.tags.element.inert = sending;
    this.button.disabled = sending;
    this.button.setAttribute("aria-busy", String(sending));
    this.button.replaceChildren(sending ? "" : icon("check"), t(sending ? "saving" : "save"));
  }

  /**
   * It is saved, or kept; whoever has closed this sheet is elsewhere, and stays there. A window
   * that a bookmarklet opened goes once that was seen; what has to wait stays in sight.
   * @param {boolean} sent
   */
  end(sent) {
    if (!this.element.isConnected) return;
    if (isPopup() && sent) setTimeout(() => close(), SEEN_MS);
    this.app.leave();
  }

  /** @param {any} error */
  refuse(error) {
    const ofTags = error.pointer?.startsWith("#/tags");
    this.tell(explain(error), ofTags ? this.tags.field : this.link);
  }

  /** @param {import("../routes.js").Route} route */
  shows(route) {
    return route.name === "save";
  }

  draw() {
    this.tags.draw();
  }

  /** What is not on its way stays for the next time. */
  close() {
    const { app, draft, mends } = this;
    if (this.sending) return;
    if (mends) app.outbox.amend(mends, { url: draft.text, tags: draft.tags }, draft.typed);
    else app.shell.write(draft);
  }
}
