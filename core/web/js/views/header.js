/** The bar on top: the search, the way to save, and who is here. */

import { button, h, icon, iconButton, mark } from "../dom.js";
import { t } from "../i18n.js";

const SEARCH_MS = 250;

export class Header {
  /** @param {import("../app.js").App} app */
  constructor(app) {
    this.app = app;
    /** @type {ReturnType<typeof setTimeout> | undefined} until what is typed is looked for */
    this.timer = undefined;
    this.search = this.makeSearch();
    this.person = h("div", { class: "person" });
    this.showsPerson = "";
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
        if (event.key === "Enter" && matchMedia("(pointer: coarse)").matches) field.blur();
        if (event.key !== "Escape") return;
        field.value = "";
        this.look();
        field.blur();
      },
    });
    return field;
  }

  /** Look for what is typed, now. */
  look() {
    clearTimeout(this.timer);
    this.timer = undefined;
    const query = this.search.value;
    if (query !== this.app.library.query) this.app.look(this.app.library.looking({ query }));
  }

  makeElement() {
    const name = h("h1", { class: "brand" }, mark(32, { class: "mark" }), t("library"));
    const search = h("search", { class: "search" }, icon("search"), this.search);
    const given = { class: "button primary wide-only" };
    const save = button("add", t("save video"), () => this.app.go("/save"), given);
    const help = iconButton("more", t("more"), () => this.app.go("#help"));
    const actions = h("div", { class: "actions" }, save, help, this.person);
    const inner = h("div", { class: "bar-inner" }, name, search, actions);
    return h("header", { class: "bar" }, this.makeSkip(), inner);
  }

  makeSkip() {
    const onclick = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.app.shell.library.focusFirst();
    };
    return h("a", { class: "skip button primary", href: "#videos", onclick }, t("skip"));
  }

  draw() {
    const { query } = this.app.library;
    const typing = this.timer !== undefined || document.activeElement === this.search;
    if (this.search.value !== query && !typing) this.search.value = query;
    const id = this.app.auth.person?.id ?? "";
    if (id === this.showsPerson) return;
    this.showsPerson = id;
    this.app.auth.showPerson(this.person);
  }

  /** What its person looked for is nobody else's: a field that is taken away says so once more. */
  close() {
    clearTimeout(this.timer);
    this.look = () => {};
    this.app.auth.hidePerson(this.person);
  }
}
