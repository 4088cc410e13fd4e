/** The trash: the last deleted video first, with its days left, and a button to restore it. */

import { SignedOut } from "../api.js";
import { arrange, arrangeByKey, button, h, icon } from "../dom.js";
import { day, explain, t } from "../i18n.js";
import { message, skeletons } from "../views/messages.js";
import { sheetHead } from "../views/sheet_head.js";
import { picture } from "./cards.js";
import { daysLeft, readTrashed, TRASH_DAYS, trashOf } from "./trash.js";
import { nameOf } from "./video.js";

/** @typedef {Pick<import("../app.js").App,
 *   "actions" | "api" | "catchUp" | "leave" | "library" | "outbox">} TrashApp */

/** @typedef {import("./trash.js").Trashed} Trashed */

const PAGE = 30;

export class TrashSheet {
  /** @param {TrashApp} app */
  constructor(app) {
    this.app = app;
    this.label = t("trash");
    /** @type {Trashed[]} */
    this.known = [];
    this.read = false;
    this.reading = false;
    /** @type {any} */
    this.fault = null;
    this.pages = 1;
    this.waited = 0;
    /** @type {Map<number, {of: string | null, row: HTMLElement}>} */
    this.rows = new Map();
    const head = sheetHead(t("trash"), () => app.leave());
    this.all = h("button", {
      type: "button",
      class: "button small",
      onclick: () => this.restoreAll(),
    });
    const text = h("p", { class: "soft" }, t("trash stays", { n: TRASH_DAYS }));
    this.top = h("div", { class: "trash-top" }, text, this.all);
    this.list = h("ul", { tabindex: "-1", "aria-label": t("trash") });
    this.below = h("div", { tabindex: "-1" });
    this.end = h("div", {});
    this.element = h("div", { class: "sheet-inner trash" }, head, this.top);
    this.element.append(this.list, this.below, this.end);
    this.ended = new AbortController();
    addEventListener("online", () => this.load(), { signal: this.ended.signal });
    this.watch();
    this.load();
  }

  /** Draw another page when the end comes into sight. */
  watch() {
    this.seen = new IntersectionObserver(([entry]) => {
      if (!entry.isIntersecting || this.pages * PAGE >= this.trash.length) return;
      this.pages += 1;
      this.draw();
      this.seen?.unobserve(this.end); // so that it fires again
      this.seen?.observe(this.end);
    });
    this.seen.observe(this.end);
  }

  /** Send waiting changes, so that deletions are included, then read. */
  async load() {
    if (this.reading) return;
    const { api } = this.app;
    this.reading = true;
    this.fault = null;
    try {
      await this.app.catchUp();
      this.known = (await api.readTrash()).map(readTrashed);
      this.read = true;
    } catch (error) {
      if (!(error instanceof SignedOut)) this.fault = error;
    }
    this.reading = false;
    this.draw();
  }

  get trash() {
    const { outbox, library } = this.app;
    return trashOf(this.known, outbox.unsent, library);
  }

  draw() {
    const { trash } = this;
    const waiting = trash.filter((one) => one.deleted_at === null).length;
    if (waiting < this.waited && this.read) this.load(); // they are sent, so the trash has them
    this.waited = waiting;
    arrange(
      this.list,
      trash.slice(0, this.pages * PAGE).map((one) => this.rowOf(one)),
    );
    this.list.hidden = this.top.hidden = !trash.length;
    this.all.hidden = trash.length < 2;
    this.all.replaceChildren(icon("restore"), t("restore all", { n: trash.length }));
    this.drawBelow(trash.length === 0);
  }

  /** @param {boolean} empty */
  drawBelow(empty) {
    const { fault } = this;
    const keys = [];
    if (fault)
      keys.push(fault.kind === "offline" && !navigator.onLine ? "offline" : explain(fault));
    else if (!this.read) keys.push("loading");
    else if (empty) keys.push("empty");
    arrangeByKey(this.below, keys, (key) => this.makeBelow(key));
  }

  /** @param {string} key the message, or else why the trash can't be read */
  makeBelow(key) {
    if (key === "loading") return skeletons("trash-row", 4, { "aria-label": t("trash loading") });
    if (key === "empty")
      return message("trash", t("trash empty"), t("trash stays", { n: TRASH_DAYS }));
    const act = () => {
      this.load();
      this.below.focus();
    };
    const action = { label: t("retry"), act };
    if (key === "offline") return message("cloud", t("offline title"), t("trash offline"), action);
    return message("cloud", t("fault title"), key, action);
  }

  /** @param {Trashed} trashed */
  rowOf(trashed) {
    const { video, deleted_at } = trashed;
    const known = this.rows.get(video.id);
    if (known?.of === deleted_at) return known.row;
    const row = this.makeRow(trashed);
    this.rows.set(video.id, { of: deleted_at, row });
    return row;
  }

  /** @param {Trashed} trashed */
  makeRow({ video, deleted_at }) {
    const below = deleted_at
      ? [t("deleted on", { day: day(deleted_at) }), left(deleted_at)]
      : [t("waiting save")];
    const label = t("restore name", { name: nameOf(video) });
    const named = { class: "button small", "aria-label": label };
    const restore = button("restore", t("restore"), () => this.restore(video), named);
    const name = h("span", { class: "card-title", dir: "auto" }, nameOf(video));
    const parts = below.flatMap((part, at) => [at > 0 && " · ", h("span", {}, part)]);
    const body = h("div", {}, name, h("span", { class: "card-sub" }, ...parts));
    return h("li", { class: "trash-row" }, picture(video), body, restore);
  }

  /** @param {import("./video.js").Video} video */
  restore(video) {
    const { row } = this.rows.get(video.id) ?? {};
    const neighbour = row?.nextElementSibling ?? row?.previousElementSibling;
    this.bringBack([video]);
    const next = neighbour?.querySelector("button") ?? this.element.querySelector("button");
    next?.focus();
  }

  restoreAll() {
    this.bringBack(this.trash.map((one) => one.video));
    this.element.querySelector("button")?.focus();
  }

  /** @param {import("./video.js").Video[]} videos */
  async bringBack(videos) {
    if (!(await this.app.actions.restore(videos))) this.load();
  }

  /** @param {import("../routes.js").Route} route */
  shows(route) {
    return route.name === "trash";
  }

  close() {
    this.ended.abort();
    this.seen?.disconnect();
  }
}

/** @param {string} deleted_at */
function left(deleted_at) {
  const n = daysLeft(deleted_at, Date.now());
  return n ? t("days left", { n }) : t("last hours");
}
