/** The page of a signed-in user: header, side bar, library, and the button that saves a video. */

import { button } from "../dom.js";
import { t } from "../i18n.js";
import { LibraryView } from "../videos/library_view.js";
import { Header } from "./header.js";
import { SideBar } from "./places.js";

/** @typedef {import("../videos/library_view.js").LibraryApp & import("./header.js").HeaderApp} FrameApp */

export class Frame {
  /** @param {FrameApp} app */
  constructor(app) {
    const attributes = { class: "button primary floating narrow-only" };
    this.library = new LibraryView(app);
    this.header = new Header(app, () => this.library.focusFirst());
    this.side = new SideBar(app);
    this.add = button("add", t("save video"), () => app.go("/save"), attributes);
    this.elements = [this.header.element, this.side.element, this.library.element, this.add];
  }

  draw() {
    this.header.draw();
    this.library.draw();
    this.add.hidden = this.library.isEmpty; // which has its own button
    this.side.draw();
  }
}
