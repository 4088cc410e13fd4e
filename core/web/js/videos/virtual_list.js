/** A virtual list: cards far from the viewport are not drawn, and keep their height. */

import { arrange, h } from "../dom.js";

/** Cards of a page: whole rows of one, two, three or four columns, and at least a screen. */
const PAGE = 12;
/** Pages that are added or removed together: each element costs time when a sheet opens over it. */
const STRETCH = 24;
const NEAR = "1000px";
/** No card is smaller, in square pixels with its gap. */
const SMALLEST_CARD = 40_000;

/** @template T the data of a card */
export class VirtualList {
  /** @param {(item: T) => Element} cardOf */
  constructor(cardOf) {
    this.cardOf = cardOf;
    /** @type {readonly T[]} */
    this.items = [];
    /** @type {Set<Element>} the stretches and pages near the viewport */
    this.near = new Set();
    /** @type {Map<number, string>} the heights of pages that were drawn */
    this.room = new Map();
    this.isNew = false;
    /** How many cards the last notice added. */
    this.added = 0;
    this.element = h("div", { class: "pages", id: "videos", tabindex: "-1" });
    this.watcher = new IntersectionObserver((seen) => this.notice(seen), { rootMargin: NEAR });
  }

  /**
   * @param {readonly T[]} items
   * @param {boolean} [isNew] other items, from the top: a screen of them is drawn first,
   *   as it is when none were drawn before
   */
  draw(items, isNew = false) {
    this.items = items;
    this.isNew = (isNew || !this.room.size) && !this.element.contains(document.activeElement);
    const count = Math.ceil(items.length / PAGE);
    const stretches = this.element.children;
    this.fill(this.element, Math.ceil(count / STRETCH), () => h("div", { class: "stretch" }));
    for (const [at, stretch] of [...stretches].entries()) this.drawStretch(stretch, at);
    this.element.hidden = count === 0;
    this.isNew = false;
  }

  /**
   * Make `count` children, each of them observed.
   * @param {Element} place
   * @param {number} count
   * @param {(at: number) => Element} make
   */
  fill(place, count, make) {
    while (place.lastElementChild && place.children.length > count)
      this.remove(place.lastElementChild);
    while (place.children.length < count) {
      const made = make(place.children.length);
      place.append(made);
      this.watcher.observe(made);
    }
  }

  /** @param {Element} block a stretch or a page */
  remove(block) {
    for (const page of block.querySelectorAll(".videos")) this.forget(page);
    this.forget(block);
    block.remove();
  }

  /** @param {Element} block */
  forget(block) {
    this.watcher.unobserve(block);
    this.near.delete(block);
  }

  /**
   * Draw blocks near the viewport, and empty the others. A frame draws one page, from the top; the
   * observer notices the others again in the next one.
   * @param {IntersectionObserverEntry[]} seen
   */
  notice(seen) {
    this.added = 0;
    for (const { target, isIntersecting, boundingClientRect } of latest(seen)) {
      const { parentElement } = target;
      if (!parentElement) continue; // removed with its stretch
      if (this.added && isIntersecting && target.childElementCount < PAGE) {
        this.observeAgain(target);
        continue;
      }
      if (isIntersecting) this.near.add(target);
      else this.near.delete(target);
      const { height } = boundingClientRect;
      const at = placeOf(target);
      if (target.firstChild) style(target).minHeight = `${height}px`;
      if (parentElement === this.element) this.drawStretch(target, at);
      else this.noticePage(target, placeOf(parentElement) * STRETCH + at, height);
    }
  }

  /** @param {Element} page @param {number} at @param {number} height in pixels */
  noticePage(page, at, height) {
    if (page.firstChild) this.room.set(at, `${height}px`);
    if (page.firstChild && at === 0) this.element.style.setProperty("--page-height", `${height}px`);
    this.drawPage(page, at);
  }

  /** @param {Element} page */
  observeAgain(page) {
    this.watcher.unobserve(page);
    this.watcher.observe(page);
  }

  /** The first block and the focused one are always drawn. @param {Element} block @param {number} at */
  isDrawn(block, at) {
    return at === 0 || this.near.has(block) || block.contains(document.activeElement);
  }

  /** @param {Element} stretch */
  drawStretch(stretch, at = 0) {
    const first = at * STRETCH;
    const count = Math.min(STRETCH, Math.ceil(this.items.length / PAGE) - first);
    style(stretch).setProperty("--pages", `${count}`);
    const drawn = this.isDrawn(stretch, at);
    if (drawn) style(stretch).minHeight = "";
    this.fill(stretch, drawn ? count : 0, (n) => this.makePage(first + n));
    for (const [n, page] of [...stretch.children].entries()) this.drawPage(page, first + n);
  }

  /** @param {number} at */
  makePage(at) {
    const page = h("ul", { class: "videos" });
    page.style.minHeight = this.room.get(at) ?? "";
    return page;
  }

  /** @param {Element} page */
  drawPage(page, at = 0) {
    const drawn = this.isDrawn(page, at);
    if (drawn) style(page).minHeight = "";
    if (drawn && this.isNew) return this.drawSoon(page, at);
    const items = drawn ? this.items.slice(at * PAGE, (at + 1) * PAGE) : [];
    const had = page.childElementCount;
    const wasPart = had && had < items.length;
    if (wasPart) this.observeAgain(page); // its height changes
    arrange(page, items.map(this.cardOf));
    this.added += Math.max(0, items.length - had);
  }

  /**
   * Draw a screen of the first page. Other old cards stay until the watcher notices their pages, after
   * that is painted.
   * @param {Element} page
   * @param {number} at
   */
  drawSoon(page, at) {
    this.observeAgain(page);
    if (at) return;
    const cards = this.items.slice(0, this.screenful).map(this.cardOf);
    const old = [...page.children].filter((one) => !cards.includes(one));
    const isPart = this.items.length > cards.length;
    arrange(page, [...cards, ...old.slice(isPart ? old.length + cards.length - PAGE : PAGE)]);
  }

  /** How many cards fill a screen. No style or layout is computed for it. */
  get screenful() {
    return Math.min(PAGE, Math.ceil((screen.width * screen.height) / SMALLEST_CARD));
  }
}

/** The last entry of each block, from the top. @param {IntersectionObserverEntry[]} seen */
function latest(seen) {
  const top = (/** @type {IntersectionObserverEntry} */ one) => one.boundingClientRect.top;
  const last = new Map(seen.map((one) => [one.target, one]));
  return [...last.values()].sort((a, b) => top(a) - top(b));
}

/** @param {Element} block */
function style(block) {
  return /** @type {HTMLElement} */ (block).style;
}

/** @param {Element} block */
function placeOf(block) {
  return [...(block.parentElement?.children ?? [])].indexOf(block);
}
