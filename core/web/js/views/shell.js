/** The whole page: the sign-in or the library, the open sheet, and toasts. */

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { isLibrary } from "../routes.js";
import { SignInView } from "../session/sign_in_view.js";
import { getJson, remove, set } from "../storage/web_storage.js";
import { forgetAway } from "../training/away.js";
import { Imports } from "../transfer/imports.js";
import { focusedCard } from "../videos/library_view.js";
import { Frame } from "./frame.js";
import { Toasts } from "./messages.js";
import { loadSheets, preloadSheets, sheets } from "./sheet_loader.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../routes.js").Route} Route */
/** @typedef {import("../videos/save_sheet.js").Draft} Draft */
/** @typedef {{element: HTMLElement, label: string, draft?: Draft, draw?(): void, close?(): void, keep?(): void,
 *   shows?(route: Route): boolean, shortcut?(key: string): boolean}} Sheet */

/** Its field `person` is the stored name of the user's id. */
const DRAFTS = "core-drafts";
const TWO_TAPS_MS = 400;

export class Shell {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.signIn = new SignInView(app, () => app.session.begin());
    this.toasts = new Toasts();
    this.imports = new Imports(app, this);
    /** @type {Frame | undefined} */
    this.madeFrame = undefined;
    /** @type {Sheet | null} */
    this.sheet = null;
    this.opened_ms = 0;
    this.pressed = false;
    /** Whether a click has begun since a sheet or the bar of a selection was opened or closed. */
    this.clicked = true;
    this.dialog = this.makeDialog();
    /** @type {Draft[]} input of closed sheets; the last one is offered next */
    this.drafts = [];
    this.element = h("div", {
      class: "page",
      onclick: (/** @type {MouseEvent} */ event) => this.follow(event),
    });
    this.element.addEventListener("click", (event) => this.guard(event), { capture: true });
    /** @type {HTMLElement | null} where the focus goes when the sheet is closed */
    this.next = null;
    /** @type {string | null | undefined} the video from which the sheet was opened */
    this.from = null;
  }

  /** Open a video by `go`, so that closing it goes back in the history. @param {MouseEvent} event */
  follow(event) {
    const link = /** @type {HTMLElement} */ (event.target).closest("a.card-link");
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!link || elsewhere || event.defaultPrevented) return;
    event.preventDefault();
    this.app.go(link.getAttribute("href") ?? "/");
  }

  /** Made when it is first needed: the sign-in page opens sooner without it. */
  get frame() {
    this.madeFrame ??= new Frame(this.app);
    return this.madeFrame;
  }

  /**
   * A click that begins and ends outside the sheet closes it: a text selection may only end there.
   * The second click of a double click is part of opening it.
   */
  makeDialog() {
    let outside = false;
    const dialog = h("dialog", {
      class: "sheet",
      oncancel: (/** @type {Event} */ event) => {
        event.preventDefault();
        this.app.leave();
      },
      onpointerdown: (/** @type {Event} */ event) => {
        outside = event.target === dialog;
        this.pressed = true;
      },
      onclick: (/** @type {MouseEvent} */ event) => {
        if (outside && event.target === dialog && event.detail < 2) this.app.leave();
      },
    });
    return dialog;
  }

  /**
   * Ignore the end of the long press that opened the sheet, and the second click of a double click
   * that opened or closed it or the bar of a selection.
   * @param {MouseEvent} event
   */
  guard(event) {
    const { pointerType, detail, target, timeStamp } = /** @type {PointerEvent} */ (event);
    const late = this.pressed && timeStamp - this.opened_ms > TWO_TAPS_MS;
    const inSheet = this.dialog.contains(/** @type {Node} */ (target));
    this.clicked ||= detail < 2;
    if (this.clicked && (pointerType !== "touch" || !inSheet || late)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  draw() {
    const { app } = this;
    this.signIn.draw();
    this.toasts.check();
    if (app.phase !== "library") {
      this.show(this.signIn.element);
    } else {
      this.frame.draw();
      this.show(...this.frame.elements);
      if (app.library.loaded) preloadSheets();
      this.drawSheet();
    }
  }

  /** The focus stays in the sheet, even if its element was removed. @param {boolean} [focused] */
  drawSheet(focused = this.dialog.contains(document.activeElement)) {
    this.sheet?.draw?.();
    if (focused && this.sheet && document.activeElement === document.body)
      this.dialog.querySelector("button")?.focus({ preventScroll: true });
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
    if (!isLibrary(route) && !sheets.makeSheet) return this.openLater();
    const sheet = sheets.makeSheet?.(this.app, route);
    if (!sheet && !this.sheet) return;
    this.sheet?.close?.();
    this.sheet = sheet ?? null;
    this.clicked = false;
    this.keepDrafts();
    this.toasts.check();
    this.element.append(this.toasts.element);
    if (!sheet) {
      this.dialog.close();
      this.dialog.replaceChildren();
      this.drawSheet();
      this.refocus();
      return;
    }
    const focused = this.dialog.contains(document.activeElement);
    this.dialog.replaceChildren(sheet.element);
    if (this.toasts.hasWay) this.dialog.append(this.toasts.element);
    this.dialog.dataset.sheet = route.name;
    if (!this.dialog.open) this.from = focusedCard();
    this.opened_ms = performance.now();
    this.pressed = false;
    if (!this.dialog.open) this.dialog.showModal();
    this.drawSheet(focused);
  }

  /** Open the sheet once the sheets are loaded. */
  openLater() {
    loadSheets().then(
      () => this.app.route(),
      () => this.tellNotLoaded(),
    );
  }

  /**
   * With a network the failure is permanent: a newer version has replaced the files, or the browser
   * caches the failure. A reload opens the sheet by its address.
   */
  async tellNotLoaded() {
    const reached = await fetch("/config.json").then(
      ({ ok }) => ok,
      () => false,
    );
    const again = { label: t("retry"), act: () => location.reload() };
    if (reached) this.say(t("not loaded"), again);
    else this.say(t("error offline"));
  }

  /** Restore the focus; the element that had it may be gone. */
  refocus() {
    const place = this.next ?? this.frame.library.stopOf(this.from);
    if (document.activeElement === document.body) place.focus({ preventScroll: true });
    this.next = null;
  }

  /**
   * Keep the input of a save sheet for the next one.
   * @param {Draft} draft
   * @returns {boolean} whether there is any
   */
  write(draft) {
    const isWritten = Boolean(draft.text || draft.tags.length || draft.typed);
    if (isWritten) this.drafts.push(draft);
    return isWritten;
  }

  /** @param {Draft} draft */
  discard(draft) {
    this.drafts = this.drafts.filter((one) => one !== draft);
    this.keepDrafts();
  }

  /** @param {string} text @param {Partial<import("./messages.js").Action>} [action] */
  say(text, action) {
    if (this.sheet) this.dialog.append(this.toasts.element); // a modal dialog blocks clicks outside
    this.toasts.say(text, action);
  }

  focusSearch() {
    const { search } = this.frame.header;
    search.focus();
    search.select();
  }

  /** A key in the open sheet. @param {string} key @returns {boolean} whether it was handled */
  shortcut(key) {
    return this.sheet?.shortcut?.(key) ?? false;
  }

  /** @param {string} key @param {HTMLElement} from */
  moveFocus(key, from) {
    return this.frame.library.moveFocus(key, from);
  }

  /** @param {readonly import("../videos/video.js").Video[]} videos */
  focusNeighbour(videos) {
    const { library } = this.frame;
    const next = library.neighbourOf(videos);
    if (this.sheet) this.next = next;
    else if (library.list.contains(document.activeElement)) next.focus();
  }

  /**
   * Store the drafts of this user in this tab, without those that are being sent.
   * @param {boolean} [reopens] whether to reopen the sheet, even if the address does not
   */
  keepDrafts(reopens = false) {
    const { removed, userId, waiting } = this.app.outbox;
    if (!userId) return;
    if (!removed) this.sheet?.keep?.();
    const open = this.sheet?.draft;
    const drafts = [...this.drafts, ...(open ? [open] : [])];
    const kept = drafts.filter(({ text }) => !waiting.some((change) => change.body?.url === text));
    if (removed || !kept.length) remove("sessionStorage", DRAFTS);
    else
      set(
        "sessionStorage",
        DRAFTS,
        JSON.stringify({ person: userId, reopens: reopens && Boolean(open), drafts: kept }),
      );
  }

  close() {
    this.keepDrafts(true);
    if (this.app.outbox.removed) this.forget();
    else this.sheet?.close?.();
    document.title = "Core";
    this.signIn.close();
    this.madeFrame?.header.close();
  }

  /** Remove the data of all users from this tab. */
  forget() {
    remove("sessionStorage", DRAFTS);
    forgetAway();
    this.imports.forget();
  }

  /**
   * Restore the drafts of this user, and remove those of another.
   * @param {string} userId empty: no user yet
   * @returns {boolean} whether to open the save sheet
   */
  takeDrafts(userId) {
    if (!userId) return false;
    const kept = getJson("sessionStorage", DRAFTS);
    remove("sessionStorage", DRAFTS);
    if (kept?.person !== userId) return false;
    this.drafts = kept.drafts;
    return kept.reopens;
  }
}
