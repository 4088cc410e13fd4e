/** A long list of cards: those far from what is looked at are not drawn, and keep their room. */

import { arrange, h } from "../dom.js";

/** Whole rows of one, two, three or four columns. */
const PAGE = 24;
const NEAR = "1500px";

/** @template T what a card is drawn of */
export class VirtualList {
  /** @param {(item: T) => Element} cardOf */
  constructor(cardOf) {
    this.cardOf = cardOf;
    /** @type {readonly T[]} */
    this.items = [];
    /** @type {Set<Element>} the pages near what is looked at */
    this.near = new Set();
    this.element = h("div", { class: "pages", id: "videos", tabindex: "-1" });
    this.watcher = new IntersectionObserver((seen) => this.notice(seen), { rootMargin: NEAR });
  }

  /** @param {readonly T[]} items */
  draw(items) {
    this.items = items;
    const pages = this.element.children;
    const count = Math.ceil(items.length / PAGE);
    while (pages.length > count) this.remove(pages[pages.length - 1]);
    while (pages.length < count) this.add();
    for (const [at, page] of [...pages].entries()) this.drawPage(page, at);
    this.element.hidden = count === 0;
  }

  add() {
    const page = h("ul", { class: "videos" });
    this.element.append(page);
    this.watcher.observe(page);
  }

  /** @param {Element} page */
  remove(page) {
    this.watcher.unobserve(page);
    this.near.delete(page);
    page.remove();
  }

  /** Draw what comes near, and empty what is far. @param {IntersectionObserverEntry[]} seen */
  notice(seen) {
    const pages = [...this.element.children];
    for (const { target, isIntersecting, boundingClientRect } of seen) {
      if (target.firstChild) this.keepRoom(target, boundingClientRect.height);
      if (isIntersecting) this.near.add(target);
      else this.near.delete(target);
      this.drawPage(target, pages.indexOf(target));
    }
  }

  /** @param {Element} page @param {number} height in pixels */
  keepRoom(page, height) {
    const style = /** @type {HTMLElement} */ (page).style;
    style.minHeight = `${height}px`;
    if (!page.previousSibling) this.element.style.setProperty("--page-height", `${height}px`);
  }

  /** The first page is always there; and where the focus is, it stays. @param {Element} page */
  drawPage(page, at = 0) {
    const drawn = at === 0 || this.near.has(page) || page.contains(document.activeElement);
    const items = drawn ? this.items.slice(at * PAGE, (at + 1) * PAGE) : [];
    if (drawn) /** @type {HTMLElement} */ (page).style.minHeight = "";
    arrange(page, items.map(this.cardOf));
  }
}
