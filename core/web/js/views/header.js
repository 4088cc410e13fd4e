/** The header: the search, the save button, and the user button. */

import { button, h, icon, iconButton, mark } from "../dom.js";
import { t } from "../i18n.js";

/** @typedef {Pick<import("../app.js").App,
 *   "auth" | "fault" | "go" | "library" | "session" | "setLibrary">} HeaderApp */

const SEARCH_MS = 250;

export class Header {
  /** @param {HeaderApp} app @param {() => void} onSkip to the first video */
  constructor(app, onSkip) {
    this.app = app;
    this.onSkip = onSkip;
    /** @type {ReturnType<typeof setTimeout> | undefined} the debounce of the search */
    this.timer = undefined;
    this.search = this.makeSearch();
    /** The query of the library when the field last had it. */
    this.query = "";
    this.userButton = h("div", { class: "person" });
    /** For when Clerk's user button can't be loaded, as offline. */
    this.leave = iconButton("leave", t("sign out"), () => app.session.signOut());
    this.shownUserId = "";
    this.element = this.makeElement();
  }

  makeSearch() {
    const field = h("input", {
      type: "search",
      class: "search-field",
      dir: "auto",
      placeholder: t("search hint"),
      "aria-label": t("search"),
      enterkeyhint: "search",
      maxlength: 200,
      oninput: () => {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.look(), SEARCH_MS);
      },
      onchange: () => this.look(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === "ArrowDown" && !event.isComposing) {
          event.preventDefault();
          this.onSkip();
        }
        if (event.key === "Enter" && matchMedia("(pointer: coarse)").matches) field.blur();
        if (event.key !== "Escape") return;
        field.value = "";
        field.blur(); // before the library changes, since it forces a layout
        this.look();
      },
    });
    return field;
  }

  /** Search for the typed text now. */
  look() {
    clearTimeout(this.timer);
    const query = this.search.value;
    const { library } = this.app;
    this.query = query;
    if (query !== library.query) this.app.setLibrary(library.looking({ query }), "typed");
  }

  makeElement() {
    const name = h("h1", { class: "brand" }, mark(32, { class: "mark" }), t("library"));
    const search = h("search", { class: "search" }, icon("search"), this.search);
    const attributes = { class: "button primary wide-only" };
    const save = button("add", t("save video"), () => this.app.go("/save"), attributes);
    const help = iconButton("more", t("more"), () => this.app.go("#help"));
    const actions = h("div", { class: "actions" }, save, help, this.leave, this.userButton);
    const inner = h("div", { class: "bar-inner" }, name, search, actions);
    return h("header", { class: "bar" }, this.makeSkip(), inner);
  }

  makeSkip() {
    const onclick = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.onSkip();
    };
    return h("a", { class: "skip button primary", href: "#videos", onclick }, t("skip"));
  }

  draw() {
    const { query } = this.app.library;
    if (query !== this.query) this.show(query);
    this.leave.hidden = this.app.auth.ready || !this.app.fault;
    this.userButton.hidden = !this.leave.hidden;
    const { userId } = this.app.auth;
    if (userId === this.shownUserId) return;
    this.shownUserId = userId;
    this.app.auth.showUserButton(this.userButton);
  }

  /** Back, or a saved search, has changed the query: drop what is typed. @param {string} query */
  show(query) {
    clearTimeout(this.timer);
    this.query = query;
    this.search.value = query;
  }

  /** Drop the query of this user: a removed field still fires `change`. */
  close() {
    clearTimeout(this.timer);
    this.look = () => {};
    this.app.auth.hideUserButton(this.userButton);
  }
}
