/** What is always there: the bar on top, the library, what opens over it, and short messages. */

import { h, icon, iconButton } from "../dom.js";
import { t } from "../i18n.js";
import { Imports } from "../imports.js";
import { LibraryView } from "./library.js";
import { Toasts } from "./messages.js";
import { HelpView } from "./help.js";
import { SaveView } from "./save.js";
import { SelectedTagsView } from "./selected_tags.js";
import { SignInView } from "./sign_in.js";
import { TagListView } from "./tag_list.js";
import { TrashView } from "./trash.js";
import { VideoView } from "./video.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../routes.js").Route} Route */
/** @typedef {{element: HTMLElement, label: string, draft?: import("./save.js").Draft, draw?(): void, close?(): void,
 *   shows?(route: Route): boolean}} Sheet */

const SEARCH_MS = 250;
const DRAFT = "core-draft";

export class Shell {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.search = this.makeSearch();
    this.person = h("div", { class: "person" });
    this.library = new LibraryView(app);
    this.signIn = new SignInView(app);
    this.toasts = new Toasts();
    this.imports = new Imports(app);
    this.header = this.makeHeader();
    this.add = this.makeAdd();
    /** @type {Sheet | null} */
    this.sheet = null;
    this.dialog = this.makeDialog();
    /** @type {import("./save.js").Draft | undefined} what was typed before a sign-in */
    this.draft = undefined;
    this.element = h("div", { class: "page" });
    this.showsPerson = "";
  }

  makeSearch() {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const field = h("input", {
      type: "search",
      class: "search-field",
      placeholder: t("search hint"),
      "aria-label": t("search"),
      enterkeyhint: "search",
      maxlength: 200,
      oninput: () => {
        clearTimeout(timer);
        timer = setTimeout(() => this.look(field.value), SEARCH_MS);
      },
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "Escape") return;
        field.value = "";
        this.look("");
        field.blur();
      },
    });
    return field;
  }

  /** @param {string} query */
  look(query) {
    if (query !== this.app.library.query) this.app.look(this.app.library.looking({ query }));
  }

  makeHeader() {
    const mark = h("img", { class: "mark", src: iconUrl(), alt: "", width: 32, height: 32 });
    const name = h("h1", { class: "brand" }, mark, t("library"));
    const search = h("search", { class: "search" }, icon("search"), this.search);
    const save = h(
      "button",
      { type: "button", class: "button primary wide-only", onclick: () => this.app.go("/save") },
      icon("add"),
      t("save video"),
    );
    const help = iconButton("more", t("more"), () => this.app.go("#help"));
    const actions = h("div", { class: "actions" }, save, help, this.person);
    return h("header", { class: "bar" }, h("div", { class: "bar-inner" }, name, search, actions));
  }

  makeAdd() {
    const given = { type: "button", class: "button primary floating narrow-only" };
    return h(
      "button",
      { ...given, onclick: () => this.app.go("/save") },
      icon("add"),
      t("save video"),
    );
  }

  makeDialog() {
    const dialog = h("dialog", {
      class: "sheet",
      oncancel: (/** @type {Event} */ event) => {
        event.preventDefault();
        this.app.leave();
      },
      onclick: (/** @type {Event} */ event) => event.target === dialog && this.app.leave(),
    });
    return dialog;
  }

  draw() {
    const { app } = this;
    this.drawPerson();
    this.signIn.draw();
    if (app.phase !== "library") {
      this.show(this.signIn.element);
    } else {
      if (this.search.value !== app.library.query && document.activeElement !== this.search) {
        this.search.value = app.library.query;
      }
      this.library.draw();
      this.show(this.header, this.library.element, this.add);
      this.sheet?.draw?.();
    }
  }

  /** @param {HTMLElement[]} parts */
  show(...parts) {
    const wanted = [...parts, this.dialog];
    if (!this.dialog.contains(this.toasts.element)) wanted.push(this.toasts.element);
    const same = wanted.every((one, at) => this.element.children[at] === one);
    if (!same || this.element.children.length !== wanted.length) {
      this.element.replaceChildren(...wanted);
    }
  }

  drawPerson() {
    const id = this.app.auth.person?.id ?? "";
    if (id === this.showsPerson) return;
    this.showsPerson = id;
    this.app.auth.showPerson(this.person);
  }

  /** @param {Route} route */
  open(route) {
    if (this.sheet?.shows?.(route)) return;
    const sheet = this.makeSheet(route);
    if (!sheet && !this.sheet) return;
    this.sheet?.close?.();
    this.sheet = sheet;
    this.element.append(this.toasts.element);
    if (!sheet) {
      this.dialog.close();
      this.dialog.replaceChildren();
      return;
    }
    this.dialog.replaceChildren(sheet.element);
    this.dialog.setAttribute("aria-label", sheet.label);
    this.dialog.dataset.sheet = route.name;
    if (!this.dialog.open) this.dialog.showModal();
    sheet.draw?.();
  }

  /** @param {Route} route @returns {Sheet | null} */
  makeSheet(route) {
    if (route.name === "save") return new SaveView(this.app, this.takeTyped());
    if (route.name === "video") return new VideoView(this.app, route);
    if (route.name === "help") return new HelpView(this.app);
    if (route.name === "tags") return new TagListView(this.app);
    if (route.name === "selected") return new SelectedTagsView(this.app);
    if (route.name === "trash") return new TrashView(this.app);
    return null;
  }

  /** Once: the next draft begins empty. */
  takeTyped() {
    const { draft } = this;
    this.draft = undefined;
    return draft;
  }

  /** @param {string} text @param {{label: string, act(): void}} [way] */
  say(text, way) {
    if (this.sheet) this.dialog.append(this.toasts.element); // outside of it nobody could press Undo
    this.toasts.say(text, way);
  }

  focusSearch() {
    this.search.focus();
    this.search.select();
  }

  /** @param {string} key @param {HTMLElement} from */
  moveFocus(key, from) {
    return this.library.moveFocus(key, from);
  }

  /** @param {readonly import("../videos.js").Video[]} videos */
  focusBeside(videos) {
    this.library.focusBeside(videos);
  }

  /** Its person leaves; what they typed is kept for them alone, unless it is on its way. */
  close() {
    const { person, waiting } = this.app.outbox;
    const { draft } = this.sheet ?? {};
    if (person && draft?.text && !waiting.some((change) => change.body?.url === draft.text)) {
      sessionStorage.setItem(DRAFT, JSON.stringify({ person, ...draft }));
    }
    this.sheet?.close?.();
    this.signIn.close();
    this.app.auth.hidePerson(this.person);
  }

  /** Take up what this person typed before; what another typed is gone. @param {string} person */
  takeDraft(person) {
    const kept = JSON.parse(sessionStorage.getItem(DRAFT) ?? "null");
    sessionStorage.removeItem(DRAFT);
    if (kept?.person !== person) return false;
    this.draft = { text: kept.text, tags: kept.tags, typed: kept.typed };
    return true;
  }
}

/** The icon's address, whose folder names the version. */
function iconUrl() {
  return new URL("../../icons/icon-192.png", import.meta.url).pathname;
}
