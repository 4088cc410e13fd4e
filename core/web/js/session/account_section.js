/** The end of *More*: sign out, or delete everything. */

import { button, h } from "../dom.js";
import { explain, t } from "../i18n.js";

/** @typedef {Pick<import("../app.js").App, "session">} AccountApp */

export class AccountSection {
  /** @param {AccountApp} app */
  constructor(app) {
    this.app = app;
    const danger = { class: "button danger" };
    this.erasing = button("warning", t("erase"), () => this.askToErase(), danger);
    this.question = h("div", { class: "told" });
    this.undone = h("p", { role: "status" });
    const signOut = button("leave", t("sign out"), () => app.session.signOut());
    const actions = h("div", { class: "data-buttons" }, signOut, this.erasing);
    this.element = h("section", { class: "about" }, actions, this.question, this.undone);
  }

  askToErase() {
    const attributes = { type: "button", class: "button", onclick: () => this.cancel() };
    const cancel = h("button", attributes, t("cancel"));
    const act = () => this.erase(cancel, erase);
    const erase = button("warning", t("erase now"), act, { class: "button danger" });
    const actions = h("div", { class: "data-buttons" }, cancel, erase);
    this.question.replaceChildren(h("p", {}, t("erase question")), actions);
    cancel.focus();
    erase.scrollIntoView({ block: "nearest" });
  }

  cancel() {
    this.question.replaceChildren();
    this.tell("");
    this.erasing.focus();
  }

  /** The buttons are disabled during the request; a failure can be retried. @param {HTMLButtonElement[]} actions */
  async erase(...actions) {
    for (const action of actions) action.disabled = true;
    this.tell("");
    try {
      await this.app.session.erase();
    } catch (error) {
      this.tell(explain(error));
    }
    for (const action of actions) action.disabled = false;
  }

  /** @param {string} fault */
  tell(fault) {
    this.undone.textContent = fault;
    this.undone.className = fault && "fault";
  }
}
