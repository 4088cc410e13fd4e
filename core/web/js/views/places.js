/** The places next to the library: a side bar in a wide window, and the first part of *More*. */

import { button, h } from "../dom.js";
import { t } from "../i18n.js";
import { EVERYTHING } from "../videos/library_state.js";

/** @typedef {Pick<import("../app.js").App,
 *   "go" | "library" | "setLibrary">} PlacesApp */

const PLACES = /** @type {const} */ ([
  ["tag", "edit tags", "#tags"],
  ["log", "log", "#log"],
  ["upload", "import export", "#import"],
  ["trash", "trash", "#trash"],
]);

/** A button for each place. @param {Pick<PlacesApp, "go">} app */
export function placeButtons(app) {
  return PLACES.map(([sign, word, to]) =>
    button(sign, t(word), () => app.go(to), { class: "button place" }),
  );
}

export class SideBar {
  /** @param {PlacesApp} app */
  constructor(app) {
    this.app = app;
    const all = () => app.setLibrary(app.library.training(EVERYTHING));
    this.all = button("grid", t("all kinds"), all, { class: "button place" });
    const attributes = { class: "side", "aria-label": t("places") };
    this.element = h("nav", attributes, this.all, ...placeButtons(app));
  }

  draw() {
    if (this.app.library.filtered) this.all.removeAttribute("aria-current");
    else this.all.setAttribute("aria-current", "page");
  }
}
