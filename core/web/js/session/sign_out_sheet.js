/** Sign out while changes are not synced: discard them, or stay. */

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { notice } from "../views/messages.js";
import { sheetHead } from "../views/sheet_head.js";

/** @typedef {Pick<import("../app.js").App,
 *   "leave" | "outbox" | "session">} SignOutApp */

export class SignOutSheet {
  /** @param {SignOutApp} app */
  constructor(app) {
    this.app = app;
    this.label = t("sign out");
    this.place = h("div", { role: "status" });
    this.element = h(
      "div",
      { class: "sheet-inner" },
      sheetHead(this.label, () => app.leave()),
      this.place,
    );
    this.shown = -1;
  }

  /** The number follows the outbox. Opening the address alone signs no user out. */
  draw() {
    const { app } = this;
    const n = app.outbox.unsynced;
    if (n === this.shown) return;
    this.shown = n;
    const stay = { label: t("cancel"), act: () => app.leave() };
    const leave = {
      label: t(n ? "discard and sign out" : "sign out"),
      act: () => app.session.leave(t("signed out")),
      danger: n > 0,
    };
    const question = n ? t("leave question", { n }) : "";
    this.place.replaceChildren(notice("warning", question, stay, leave));
  }

  /** @param {import("../routes.js").Route} route */
  shows(route) {
    return route.name === "leave";
  }
}
