/** The library: what to narrow it by, the videos, and what is said when there are none. */

import { h } from "../dom.js";
import { explain, t } from "../i18n.js";
import { nameOf, readVideo } from "../videos.js";
import { cardOf, markCard, waitingCard } from "./cards.js";
import { Filters } from "./filters.js";
import { message, notice, skeletons } from "./messages.js";
import { Pages } from "./pages.js";
import { Picking } from "./picking.js";
import { SelectBar } from "./select_bar.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../videos.js").Video | import("../outbox.js").Change} Item */

export class LibraryView {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.filter = "";
    this.filters = new Filters(app);
    this.notices = h("div", { class: "notices" });
    this.pages = new Pages((/** @type {Item} */ item) => this.card(item));
    this.list = this.pages.element;
    this.bar = new SelectBar(app);
    new Picking(app, this.list);
    this.below = h("div", { class: "below" });
    this.element = h("main", { class: "library" });
    this.element.append(this.notices, this.filters.element, this.list, this.below);
    this.element.append(this.bar.element);
  }

  draw() {
    const { library } = this.app;
    const filter = JSON.stringify([library.query, library.chosen, library.sort]);
    if (filter !== this.filter && scrollY > 0) scrollTo({ top: 0, behavior: "instant" });
    this.filter = filter;
    this.drawNotices();
    const wasInBar = this.bar.focused;
    this.filters.draw();
    this.bar.draw();
    this.drawVideos();
    this.drawBelow();
    if (wasInBar && !this.app.selection.on) this.filters.select.focus();
  }

  drawVideos() {
    const { library, outbox } = this.app;
    const waiting = library.filtered ? [] : outbox.held.filter((one) => one.kind === "save");
    this.pages.draw([...waiting, ...library.shown]);
    this.mark();
  }

  /** @param {Item} item */
  card(item) {
    if ("kind" in item) return waitingCard(this.app, item);
    const card = cardOf(item);
    markCard(card, this.app.selection);
    return card;
  }

  /** Show whether something is selected; a focus stays on its card. */
  mark() {
    const { selection } = this.app;
    const was = this.list.classList.contains("selecting");
    if (was === selection.on) return;
    const card = this.list.contains(document.activeElement) && document.activeElement?.parentElement;
    this.list.classList.toggle("selecting", selection.on);
    if (card) focusOn(card.querySelector(this.stop));
  }

  /** What has the focus on a card. */
  get stop() {
    return this.app.selection.on ? ".card-check" : ".card-link";
  }

  drawNotices() {
    const { app } = this;
    const { outbox, fault, library } = app;
    const shown = [];
    if (fault && library.loaded) {
      const text = navigator.onLine ? explain(fault.kind ? fault : { kind: "offline" }) : t("offline");
      shown.push(notice("cloud", text, { label: t("retry"), act: () => app.catchUp() }));
    }
    if (outbox.held.length) {
      const why = outbox.trouble.kind === "offline" ? "" : explain(outbox.trouble);
      const text = `${t("n waiting", { n: outbox.held.length })} ${why}`;
      shown.push(notice("cloud", text, { label: t("send now"), act: () => app.catchUp() }));
    }
    for (const failure of outbox.failed) shown.push(this.failureNotice(failure));
    this.notices.replaceChildren(...shown);
  }

  /** @param {import("../outbox.js").Failure} failure */
  failureNotice(failure) {
    const { outbox } = this.app;
    const text = `${t("not taken", { what: subject(failure.change) })} ${explain(failure.error)}`;
    const act = () => {
      outbox.failed = outbox.failed.filter((one) => one !== failure);
      this.app.draw();
    };
    return notice("warning", text, { label: t("dismiss"), act });
  }

  drawBelow() {
    const { app } = this;
    const { library, outbox } = app;
    const parts = [];
    if (!library.loaded) {
      if (app.fault) parts.push(this.faultMessage());
      else parts.push(skeletons());
    } else if (!library.videos.length && !outbox.held.length) {
      const way = { label: t("save first"), act: () => app.go("/save") };
      parts.push(message("tag", t("empty title"), t("empty text"), way));
    } else if (!library.shown.length && !library.complete) {
      parts.push(app.fault ? this.faultMessage() : skeletons());
    } else if (!library.shown.length && library.filtered) {
      const act = () => app.look(library.looking({ query: "", chosen: [] }));
      parts.push(message("search", t("none title"), t("none text"), { label: t("show all"), act }));
    }
    this.below.replaceChildren(...parts);
  }

  faultMessage() {
    const { fault } = this.app;
    const act = () => this.app.catchUp();
    return message("cloud", t("fault title"), explain(fault), { label: t("retry"), act });
  }

  /** @returns {HTMLElement[]} */
  stops() {
    return [...this.list.querySelectorAll(this.stop)].map((one) => /** @type {any} */ (one));
  }

  /** Go to the video beside, above or below. @param {string} key @param {HTMLElement} from */
  moveFocus(key, from) {
    const stops = this.stops();
    const at = stops.indexOf(from);
    if (at < 0) {
      if (key !== "ArrowDown" || document.activeElement !== document.body) return false;
      stops[0]?.focus();
      return stops.length > 0;
    }
    const columns = getComputedStyle(/** @type {Element} */ (from.closest(".videos"))).gridTemplateColumns.split(" ").length;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    stops[at + steps[/** @type {keyof typeof steps} */ (key)]]?.focus();
    return true;
  }

  /**
   * Where the focus goes when these videos leave.
   * @param {readonly import("../videos.js").Video[]} videos
   */
  focusBeside(videos) {
    const gone = new Set(videos.map(({ id }) => String(id)));
    const stops = this.stops();
    const at = stops.findIndex((one) => one === document.activeElement);
    if (at < 0) return;
    const stays = (/** @type {HTMLElement} */ one) => !gone.has(one.parentElement?.dataset.id ?? "");
    (stops.slice(at).find(stays) ?? stops.slice(0, at).findLast(stays) ?? this.list).focus();
  }
}

/**
 * What a change is about: what was typed, or what it is done to.
 * @param {import("../outbox.js").Change} change
 */
function subject({ body, videos = [] }) {
  if (body.title || !videos.length) return body.title ?? body.url;
  const n = videos.length;
  return n === 1 ? nameOf(readVideo(videos[0])) : t("n videos", { n });
}

/** @param {Element | null} element */
function focusOn(element) {
  /** @type {HTMLElement | null} */ (element)?.focus({ preventScroll: true });
}
