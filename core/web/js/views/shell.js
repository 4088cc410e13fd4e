/** What is always there: the bar on top, the library, what opens over it, and short messages. */

import { button, h } from "../dom.js";
import { t } from "../i18n.js";
import { Imports } from "../imports.js";
import { recallJson, remember, unlearn } from "../memory.js";
import { isLibrary } from "../routes.js";
import { Header } from "./header.js";
import { focusedCard, LibraryView } from "./library.js";
import { Toasts } from "./messages.js";
import { SignInView } from "./sign_in.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../routes.js").Route} Route */
/** @typedef {import("../sheets/save.js").Draft} Draft */
/** @typedef {{element: HTMLElement, label: string, draft?: Draft, draw?(): void, close?(): void,
 *   shows?(route: Route): boolean}} Sheet */

const DRAFTS = "core-drafts";
const TWO_TAPS_MS = 400;

/** @type {typeof import("../sheets/sheets.js").makeSheet | undefined} */
let makeSheet;
/** @type {Promise<void> | undefined} */
let loading;

function loadSheets() {
  loading ??= import("../sheets/sheets.js").then(
    (sheets) => {
      makeSheet = sheets.makeSheet;
    },
    (error) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}
loadSheets().catch(() => {}); // whoever opens one tries again

export class Shell {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.header = new Header(app);
    this.library = new LibraryView(app);
    this.signIn = new SignInView(app);
    this.toasts = new Toasts();
    this.imports = new Imports(app, this);
    this.add = this.makeAdd();
    /** @type {Sheet | null} */
    this.sheet = null;
    this.opened_ms = 0;
    this.dialog = this.makeDialog();
    /** @type {Draft[]} what was typed, and its sheet closed; the last one is offered next */
    this.drafts = [];
    this.element = h("div", { class: "page", onclick: (/** @type {MouseEvent} */ event) => this.follow(event) });
    /** @type {HTMLElement | null} where the focus goes when the sheet is closed */
    this.next = null;
    /** @type {string | null | undefined} the video from which the sheet was opened */
    this.from = null;
  }

  /** A video opens as everything does, so that closing it leads back. @param {MouseEvent} event */
  follow(event) {
    const link = /** @type {HTMLElement} */ (event.target).closest("a.card-link");
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!link || elsewhere || event.defaultPrevented) return;
    event.preventDefault();
    this.app.go(link.getAttribute("href") ?? "/");
  }

  makeAdd() {
    const given = { class: "button primary floating narrow-only" };
    return button("add", t("save video"), () => this.app.go("/save"), given);
  }

  /**
   * A click closes it that begins and ends beside the sheet: text is selected beyond its edge. The
   * second of two clicks belongs to what opened it.
   */
  makeDialog() {
    let beside = false;
    const dialog = h("dialog", {
      class: "sheet",
      oncancel: (/** @type {Event} */ event) => {
        event.preventDefault();
        this.app.leave();
      },
      onpointerdown: (/** @type {Event} */ event) => (beside = event.target === dialog),
      onclick: (/** @type {MouseEvent} */ event) => {
        if (beside && event.target === dialog && event.detail < 2) this.app.leave();
      },
    });
    dialog.addEventListener("click", (event) => this.guard(event), { capture: true });
    return dialog;
  }

  /** The second of two taps does nothing in what the first has opened. @param {MouseEvent} event */
  guard(event) {
    const { pointerType } = /** @type {PointerEvent} */ (event);
    if (pointerType !== "touch" || event.timeStamp - this.opened_ms > TWO_TAPS_MS) return;
    event.preventDefault();
    event.stopPropagation();
  }

  draw() {
    const { app } = this;
    this.header.draw();
    this.signIn.draw();
    if (app.phase !== "library") {
      this.show(this.signIn.element);
    } else {
      this.library.draw();
      this.add.hidden = this.library.isEmpty; // which has a way of its own
      this.show(this.header.element, this.library.element, this.add);
      this.drawSheet();
    }
  }

  drawSheet() {
    this.sheet?.draw?.();
    this.dialog.setAttribute("aria-label", this.sheet?.label ?? "");
    document.title = this.sheet ? `${this.sheet.label} – Core` : "Core";
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

  /** @param {Route} route */
  open(route) {
    if (this.sheet?.shows?.(route)) return;
    if (!isLibrary(route) && !makeSheet) return this.openLater();
    const sheet = makeSheet?.(this.app, route);
    if (!sheet && !this.sheet) return;
    this.sheet?.close?.();
    this.sheet = sheet ?? null;
    this.keepDrafts();
    this.element.append(this.toasts.element);
    if (!sheet) {
      this.dialog.close();
      this.dialog.replaceChildren();
      this.drawSheet();
      this.refocus();
      return;
    }
    this.dialog.replaceChildren(sheet.element);
    if (this.toasts.hasWay) this.dialog.append(this.toasts.element);
    this.dialog.dataset.sheet = route.name;
    if (!this.dialog.open) this.from = focusedCard();
    this.opened_ms = performance.now();
    if (!this.dialog.open) this.dialog.showModal();
    this.drawSheet();
  }

  /** Somebody is quicker than the network. */
  openLater() {
    loadSheets().then(
      () => this.app.route(),
      () => this.say(t("error offline")),
    );
  }

  /** What had the focus before may be gone. */
  refocus() {
    const place = this.next ?? this.library.stopOf(this.from);
    if (document.activeElement === document.body) place.focus({ preventScroll: true });
    this.next = null;
  }

  /** What is written in the save sheet is written on in the next. @param {Draft} draft */
  write(draft) {
    if (draft.text || draft.tags.length || draft.typed) this.drafts.push(draft);
  }

  /** @param {string} text @param {{label: string, act(): void}} [way] */
  say(text, way) {
    if (this.sheet) this.dialog.append(this.toasts.element); // outside of it nobody could press Undo
    this.toasts.say(text, way);
  }

  focusSearch() {
    this.header.search.focus();
    this.header.search.select();
  }

  /** @param {string} key @param {HTMLElement} from */
  moveFocus(key, from) {
    return this.library.moveFocus(key, from);
  }

  /** @param {readonly import("../videos.js").Video[]} videos */
  focusBeside(videos) {
    const next = this.library.beside(videos);
    if (this.sheet) this.next = next;
    else if (this.library.list.contains(document.activeElement)) next.focus();
  }

  /**
   * This tab keeps what its person types for them alone, unless it is on its way.
   * @param {boolean} [reopens] whether the sheet is to be opened again, and not by its address
   */
  keepDrafts(reopens = false) {
    const { erased, person, waiting } = this.app.outbox;
    if (!person) return;
    const open = this.sheet?.draft;
    const drafts = [...this.drafts, ...(open ? [open] : [])];
    const kept = drafts.filter(({ text }) => !waiting.some((change) => change.body?.url === text));
    if (erased || !kept.length) unlearn("sessionStorage", DRAFTS);
    else remember("sessionStorage", DRAFTS, JSON.stringify({ person, reopens: reopens && Boolean(open), drafts: kept }));
  }

  close() {
    this.keepDrafts(true);
    if (this.app.outbox.erased) this.imports.forget();
    else this.sheet?.close?.();
    document.title = "Core";
    this.signIn.close();
    this.header.close();
  }

  /**
   * Take up what this person typed before; what another typed is gone.
   * @param {string} person empty: nobody yet
   * @returns {boolean} whether its sheet is to be opened
   */
  takeDrafts(person) {
    if (!person) return false;
    const kept = recallJson("sessionStorage", DRAFTS);
    unlearn("sessionStorage", DRAFTS);
    if (kept?.person !== person) return false;
    this.drafts = kept.drafts;
    return kept.reopens;
  }
}
