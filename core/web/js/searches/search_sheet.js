/** Saves the current filters as a search; renames, updates and deletes a saved search. */

import { changingSearch, deletingSearch, savingAgain, savingSearch } from "../changes/search.js";
import { button, h } from "../dom.js";
import { explain, t } from "../i18n.js";
import { get } from "../storage/web_storage.js";
import { label } from "../training/workout_form.js";
import { readFilters } from "../videos/filter_address.js";
import { SORT } from "../videos/orders.js";
import { message } from "../views/messages.js";
import { sheetHead } from "../views/sheet_head.js";
import { filtersToSave, isApplied, isTaken, LONGEST_NAME, suggestName } from "./searches.js";

/** @typedef {Pick<import("../app.js").App, "actions" | "leave" | "library" | "say" | "undo">} SheetApp */

export class SearchSheet {
  /** @param {SheetApp} app @param {import("../routes.js").Route} route without an id: a new one */
  constructor(app, { id }) {
    this.app = app;
    this.id = id;
    this.label = t(id ? "search saved before" : "save search");
    this.element = h("div", { class: "sheet-inner" });
    this.fault = h("p", { class: "fault", role: "alert" });
    this.field = h("input", {
      maxlength: LONGEST_NAME,
      dir: "auto",
      enterkeyhint: "done",
      autocomplete: "off",
      autofocus: true,
      oninput: () => this.tell(""),
    });
    this.drawn = "";
  }

  get search() {
    return this.app.library.searches.find(({ id }) => id === this.id);
  }

  /** The filters that are saved, or that *Save* saves. */
  get query() {
    return this.search?.query ?? filtersToSave(this.app.library, get("localStorage", SORT));
  }

  /** Typed text stays, unless the saved search appears or disappears. */
  draw() {
    const { search, app } = this;
    const there = this.id ? (search ? "there" : "missing") : "new";
    if (there === this.drawn) return;
    this.drawn = there;
    this.field.value = search?.name ?? suggestName(app.library);
    const head = sheetHead(this.label, () => app.leave());
    this.element.replaceChildren(head, there === "missing" ? this.makeMissing() : this.makeForm());
    this.field.select();
  }

  makeMissing() {
    const action = { label: t("to library"), act: () => this.app.leave() };
    return message("search", t("missing search"), t("missing video more"), action);
  }

  makeForm() {
    const onsubmit = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.finish();
    };
    const save = h("button", { class: "button primary" }, t("save"));
    const bin = this.id
      ? button("trash", t("delete"), () => this.delete(), { class: "button danger" })
      : null;
    const actions = h("div", { class: "form-actions" }, save, bin);
    const name = label(t("search name"), this.field);
    const filters = h("p", { class: "soft", dir: "auto" }, describe(this.query));
    const parts = [name, this.fault, filters, this.makeUpdate(), actions];
    return h("form", { class: "training-form", novalidate: true, onsubmit }, ...parts);
  }

  /** The button that replaces the saved filters with the current ones, if they differ. */
  makeUpdate() {
    const { search, app } = this;
    const { library } = app;
    if (!search || !library.filtered || isApplied(library, search, get("localStorage", SORT)))
      return null;
    const attributes = { class: "button small" };
    return button("repeat", t("replace filters"), () => this.replace(), attributes);
  }

  /** Replace the saved filters with the current ones. */
  replace() {
    const { app, search } = this;
    app.leave();
    if (!search) return;
    const query = filtersToSave(app.library, get("localStorage", SORT));
    this.send(changingSearch(search, { query }));
    const back = () => this.send(changingSearch(search, { query: search.query }));
    app.undo.offer(t("search updated"), back, () => this.search?.query === query);
  }

  finish() {
    const { app, search, id } = this;
    const name = this.field.value.trim();
    if (!name) return this.tell(t("no search name"));
    if (isTaken(app.library.searches, name, id)) return this.tell(t("search name taken"));
    if (!search) this.send(savingSearch(name, this.query));
    else if (name !== search.name) this.send(changingSearch(search, { name }));
    app.leave();
  }

  delete() {
    const { app, search } = this;
    app.leave();
    if (!search) return;
    this.send(deletingSearch(search));
    const again = () => this.send(savingAgain(search));
    app.undo.offer(t("search deleted"), again, () => !this.search);
  }

  /** A refusal is shown as a toast. @param {import("../changes/outbox.js").Change} change */
  async send(change) {
    const { app } = this;
    await app.actions.send(change).catch((error) => app.say(explain(error)));
  }

  /** @param {string} fault */
  tell(fault) {
    this.fault.textContent = fault;
    this.field.setAttribute("aria-invalid", String(Boolean(fault)));
    if (fault) this.field.focus();
  }

  /** @param {import("../routes.js").Route} route */
  shows({ name, id }) {
    return name === "search" && id === this.id;
  }
}

/** Name the filters; an order is named if it is saved with them. @param {string} query */
function describe(query) {
  const { chosen, any, excluded, kinds, max, rest, query: words, sort } = readFilters(query);
  return [
    ...chosen,
    any && t("any"),
    ...excluded.map((name) => t("not tag", { name })),
    kinds !== "all" && t(kinds),
    max && t("at most", { n: max }),
    rest && t("not for", { n: rest }),
    words,
    /sort=/.test(query) && t(sort),
  ]
    .filter(Boolean)
    .join(" · ");
}
