/** The library: notices, filters, videos, and messages when there are none. */

import { kindOf } from "../changes/changes.js";
import { afterPaint, arrangeByKey, h, scrollToTop } from "../dom.js";
import { explain, notTaken, t } from "../i18n.js";
import { briefly } from "../text.js";
import { doneText } from "../training/ago.js";
import { backFrom, forgetAway } from "../training/away.js";
import { message, notice, skeletons } from "../views/messages.js";
import { cardOf, markCard } from "./cards.js";
import { Filters } from "./filters.js";
import { EVERYTHING } from "./library_state.js";
import { SelectBar } from "./select_bar.js";
import { SelectionGestures } from "./selection_gestures.js";
import { isWaiting, nameOf } from "./video.js";
import { VirtualList } from "./virtual_list.js";
import { WaitingCards } from "./waiting_cards.js";

/** @typedef {Pick<import("../app.js").App,
 *   "actions" | "catchUp" | "draw" | "fault" | "feed" | "go" | "library" | "outbox" | "say" | "select" | "selection" | "setLibrary" | "shell" | "training">} LibraryApp */

/** @typedef {import("../changes/outbox.js").Change} Change */
/** @typedef {import("./video.js").Video} Video */

/** Below this number the cards show enough; a line that comes and goes would move the list. */
const MANY_TITLES = 3;
/** Skeletons, until the library is read; and new ones below its filters, so that nothing shifts. */
const [LOADING, LOADED] = ["loading", "loaded"];

export class LibraryView {
  /** @param {LibraryApp} app */
  constructor(app) {
    this.app = app;
    this.filter = "";
    /** @type {unknown[]} the inputs of the drawn cards */
    this.drawn = [];
    this.filters = new Filters(app);
    this.notices = h("div", { class: "notices", role: "status" });
    this.waiting = new WaitingCards(app);
    this.pages = new VirtualList((/** @type {Video} */ video) => this.card(video));
    this.list = this.pages.element;
    this.bar = new SelectBar(app);
    new SelectionGestures(this.list, {
      selecting: () => app.selection.on,
      pick: (id, range) => app.actions.pick(id, range),
      open: (id) => app.go(`#card-${id}`),
    });
    this.fetching = h("p", { class: "soft" });
    this.below = h("div", {});
    /** The message below the filters that is drawn, if any. */
    this.message = "";
    this.element = h("main", { class: "library", tabindex: "-1" });
    this.element.append(this.notices, this.filters.element, this.fetching, this.list, this.below);
    this.element.append(this.bar.element);
  }

  get isEmpty() {
    const { library } = this.app;
    return library.loaded && !library.videos.length;
  }

  get focused() {
    return this.element.contains(document.activeElement);
  }

  draw() {
    const { library } = this.app;
    const { focused } = this;
    const card = focusedCard();
    const { filters } = library;
    const isNew = filters !== this.filter;
    if (isNew && scrollY > 0) scrollToTop();
    this.filter = filters;
    this.drawNotices();
    const wasInBar = this.bar.focused;
    this.filters.draw();
    this.drawFetching();
    this.bar.draw();
    const isEarly = this.message === LOADING && library.loaded && !this.isEmpty;
    if (isEarly) afterPaint(() => this.draw());
    else this.drawVideos(isNew);
    this.drawBelow(isEarly);
    if (wasInBar && !this.app.selection.on) this.filters.select.focus();
    if (!focused || this.focused) return; // else the focused element was removed or redrawn
    focusOn(this.stopOf(card));
  }

  drawFetching() {
    const n = this.app.feed.waits.fetching;
    this.fetching.hidden = n < MANY_TITLES;
    this.fetching.textContent = t("fetching titles", { n });
  }

  /** @param {boolean} isNew whether other filters show them */
  drawVideos(isNew) {
    const { library, selection } = this.app;
    const drawn = [library.shown, selection, library.today];
    const isSame = drawn.every((one, at) => one === this.drawn[at]);
    if (!isSame) this.pages.draw(library.shown, isNew);
    this.drawn = drawn;
    this.filters.drawRestLater();

    this.mark();
  }

  /** @param {Video} video */
  card(video) {
    if (isWaiting(video)) return this.waiting.card(video);
    const card = cardOf(video, this.app.library.today);
    markCard(card, this.app.selection);
    return card;
  }

  /** Show selection mode; the focus stays on its card. */
  mark() {
    const { selection } = this.app;
    const was = this.element.classList.contains("selecting");
    if (was === selection.on) return;
    const card =
      this.list.contains(document.activeElement) && document.activeElement?.parentElement;
    this.element.classList.toggle("selecting", selection.on);
    if (card) focusOn(card.querySelector(this.stop));
  }

  /** The element of a video that takes the focus, or else the library. @param {string | null | undefined} id */
  stopOf(id) {
    const stop = this.list.querySelector(`[data-id="${id}"] ${this.stop}`);
    return /** @type {HTMLElement | null} */ (stop) ?? this.element;
  }

  /** The selector of the element that takes the focus on a card. */
  get stop() {
    return this.app.selection.on ? ".card-check" : ".card-link";
  }

  drawNotices() {
    const { app } = this;
    const { outbox, fault, library } = app;
    /** @type {Map<string, () => HTMLElement>} */
    const shown = new Map();
    const texts = [];
    if (fault && library.loaded) {
      texts.push(
        navigator.onLine ? explain(fault.kind ? fault : { kind: "offline" }) : t("offline"),
      );
    }
    const [first] = outbox.held;
    if (first) {
      texts.push(t("n waiting", { n: outbox.held.length }));
      if (outbox.trouble.kind !== "offline") texts.push(explain(outbox.trouble));
    }
    if (texts.length) {
      const text = [...new Set(texts)].join(" ");
      const actions = outbox.resting
        ? []
        : [{ label: t(first ? "send now" : "retry"), act: () => app.catchUp() }];
      const hasCard = (/** @type {number} */ n) => library.shown.some(({ id }) => id === -n);
      const stuck = outbox.stuck.find(({ number = 0 }) => !hasCard(number))?.number;
      if (stuck) actions.push({ label: t("discard"), act: () => app.actions.discard(stuck) });
      shown.set(`${text} ${actions.length} ${stuck}`, () => notice("cloud", text, ...actions));
    }
    const back = backFrom(outbox.userId, library);
    if (back) shown.set(`away ${back.video.id} ${back.minutes}`, () => this.question(back));
    for (const change of outbox.failed) {
      shown.set(JSON.stringify([change.number, change.body, change.typed]), () =>
        this.failureNotice(change),
      );
    }
    arrangeByKey(this.notices, [...shown.keys()], (key) => /** @type {any} */ (shown.get(key))());
    this.notices.classList.toggle("sending", outbox.sending);
  }

  /** Ask after a visit to YouTube. @param {NonNullable<ReturnType<typeof backFrom>>} back */
  question({ video, minutes }) {
    const { app } = this;
    const answer = (/** @type {boolean} */ did) => {
      forgetAway();
      if (did) app.training.log(video, minutes);
      app.draw();
    };
    const yes = { label: doneText(minutes), act: () => answer(true) };
    const text = `${t("did it")} ${briefly(nameOf(video))}`;
    return notice("check", text, yes, { label: t("no"), act: () => answer(false) });
  }

  /** @param {Change} change that Core refused */
  failureNotice(change) {
    const { app } = this;
    const { number = 0, body, fault, typed } = change;
    const what = briefly(kindOf(change).label(change));
    const text = typed === undefined ? notTaken(what, explain(fault)) : t("not sent", { what });
    const dismiss = { label: t("dismiss"), act: () => app.outbox.forget(number) };
    if (!kindOf(change).isNew) return notice("warning", text, dismiss);
    const act = () => {
      app.shell.write({ text: body.url, tags: body.tags, typed: typed ?? "", replaces: number });
      app.go("/save");
    };
    return notice("warning", text, { label: t("change"), act }, dismiss);
  }

  /** @param {boolean} isEarly whether the filters are painted before the videos: both in one frame take long */
  drawBelow(isEarly) {
    this.message = isEarly ? LOADED : this.messageBelow();
    if (isEarly) this.renewBelow();
    const keys = this.message ? [this.message] : [];
    arrangeByKey(this.below, keys, (key) => this.makeBelow(key));
  }

  /** The filters come above it: an element that moves is a layout shift, a new one is not. */
  renewBelow() {
    const below = h("div");
    this.below.replaceWith(below);
    this.below = below;
  }

  /** The message, or else why the library can't be read. */
  messageBelow() {
    const { library, fault } = this.app;
    if (!library.loaded) return fault ? explain(fault) : LOADING;
    if (this.isEmpty) return "empty";
    return library.filtered && !library.shown.length ? "none" : "";
  }

  /** @param {string} key of `messageBelow` */
  makeBelow(key) {
    const { app } = this;
    if (key === LOADING || key === LOADED)
      return skeletons("card", 8, { class: "videos", "aria-label": t("loading") });
    if (key === "empty") {
      const save = { label: t("save first"), act: () => app.go("/save") };
      const bring = { label: t("import short"), act: () => app.go("#import") };
      return message("tag", t("empty title"), t("empty text"), save, bring);
    }
    if (key === "none") {
      const act = () => app.setLibrary(app.library.training(EVERYTHING));
      return message("search", t("none title"), t("none text"), { label: t("show all"), act });
    }
    return message("cloud", t("fault title"), key, { label: t("retry"), act: () => app.catchUp() });
  }

  /** @returns {HTMLElement[]} */
  stops() {
    return [...this.list.querySelectorAll(this.stop)].map((one) => /** @type {any} */ (one));
  }

  /** Move the focus to the video to the left, right, above or below. @param {string} key @param {HTMLElement} from */
  moveFocus(key, from) {
    const stops = this.stops();
    const at = stops.indexOf(from);
    if (at < 0) {
      if (key !== "ArrowDown" || document.activeElement !== document.body) return false;
      stops[0]?.focus();
      return stops.length > 0;
    }
    const columns = getComputedStyle(
      /** @type {Element} */ (from.closest(".videos")),
    ).gridTemplateColumns.split(" ").length;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    stops[at + steps[/** @type {keyof typeof steps} */ (key)]]?.focus();
    return true;
  }

  focusFirst() {
    (this.stops()[0] ?? this.element).focus();
  }

  /**
   * The element that takes the focus when these videos are removed.
   * @param {readonly Video[]} videos
   */
  neighbourOf(videos) {
    const gone = new Set(videos.map(({ id }) => String(id)));
    const stops = this.stops();
    const stays = (/** @type {HTMLElement} */ one) =>
      !gone.has(one.parentElement?.dataset.id ?? "");
    const at = stops.findIndex((one) => !stays(one));
    return (
      stops.slice(Math.max(0, at)).find(stays) ?? stops.slice(0, at).findLast(stays) ?? this.element
    );
  }
}

/** The id of the video that has the focus. */
export function focusedCard() {
  return document.activeElement?.closest("[data-id]")?.getAttribute("data-id");
}

/** @param {Element | null} element */
function focusOn(element) {
  /** @type {HTMLElement | null} */ (element)?.focus({ preventScroll: true });
}
