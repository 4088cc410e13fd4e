/** The log: this week, then each day with its workouts, which can be changed. */

import { arrangeByKey, h } from "../dom.js";
import { t } from "../i18n.js";
import { nameOf } from "../videos/video.js";
import { message } from "../views/messages.js";
import { sheetHead } from "../views/sheet_head.js";
import { dayName, longDay, weekdayOf } from "./ago.js";
import { weekOf } from "./days.js";
import { byDay } from "./entries.js";
import { WorkoutForm } from "./workout_form.js";

/** @typedef {Pick<import("../app.js").App, "go" | "leave" | "library" | "training">} LogApp */
/** @typedef {import("./entries.js").Workout} Workout */

/** Days that are shown at first, and with each *more*. */
const PAGE = 30;

export class LogSheet {
  /** @param {LogApp} app */
  constructor(app) {
    this.app = app;
    this.label = t("log");
    this.days = PAGE;
    this.edited = 0;
    /** @type {WorkoutForm | null} */
    this.form = null;
    this.week = h("div", { class: "week" });
    this.list = h("div", { class: "log" });
    this.more = h("button", { type: "button", class: "button block" }, t("more days"));
    this.more.addEventListener("click", () => this.showMore());
    const head = sheetHead(this.label, () => app.leave());
    this.element = h("div", { class: "sheet-inner" }, head, this.week, this.list, this.more);
  }

  draw() {
    const { workouts, today } = this.app.library;
    const edited = this.app.training.entry(this.edited);
    if (edited) this.form?.show(edited);
    else this.close();
    const days = byDay(workouts);
    const shown = days.slice(0, this.days);
    this.drawWeek(workouts, today);
    const keyed = new Map(shown.map((one) => [this.keyOf(one, today), one]));
    const keys = keyed.size ? [...keyed.keys()] : ["none"];
    const focused = /** @type {any} */ (document.activeElement);
    arrangeByKey(this.list, keys, (key) => {
      const found = keyed.get(key);
      return found ? this.makeDay(...found) : message("log", t("log empty"), t("log empty text"));
    });
    this.more.hidden = days.length <= shown.length;
    // Its day was drawn again.
    if (focused !== document.activeElement) (this.rowOf(focused.dataset.entry) ?? focused).focus();
  }

  /** @param {readonly Workout[]} workouts @param {string} today */
  drawWeek(workouts, today) {
    const week = weekOf(today);
    const entries = workouts.filter(({ day }) => day >= week[0] && day <= week[6]);
    this.week.hidden = !workouts.length;
    const minutes = entries.reduce((sum, one) => sum + (one.minutes ?? 0), 0);
    const sum = [t("n workouts", { n: entries.length }), minutes && t("n min", { n: minutes })];
    const dots = week.map((day) => this.makeDot(day, entries, today));
    this.week.replaceChildren(
      h("p", {}, `${t("this week")}: ${sum.filter(Boolean).join(" · ")}`),
      h("ul", { class: "dots" }, ...dots),
    );
  }

  /** @param {string} day @param {readonly Workout[]} entries @param {string} today */
  makeDot(day, entries, today) {
    const n = entries.filter((one) => one.day === day).length;
    const label = `${longDay(day)}: ${t("n workouts", { n })}`;
    const attributes = { class: n ? "dot full" : "dot", role: "img", "aria-label": label };
    const name = h("span", { class: "dot-name", "aria-hidden": "true" }, weekdayOf(day));
    return h("li", { "aria-current": day === today && "date" }, h("span", attributes), name);
  }

  /** A day is redrawn when its key changes. @param {[string, Workout[]]} one @param {string} today */
  keyOf([day, entries], today) {
    if (entries.some(({ id }) => id === this.edited)) {
      const others = entries.map((one) => (one.id === this.edited ? "edit" : JSON.stringify(one)));
      return `${day} ${today} ${this.edited} ${others}`;
    }
    return JSON.stringify([day, today, entries]);
  }

  /** @param {string} day @param {Workout[]} entries */
  makeDay(day, entries) {
    const rows = entries.map((one) => this.makeRow(one));
    const head = h("h3", {}, dayName(day, this.app.library.today));
    return h("section", { class: "log-day" }, head, h("ul", {}, ...rows));
  }

  /** @param {Workout} one */
  makeRow(one) {
    if (one.id === this.edited && this.form) return h("li", {}, this.form.element);
    const parts = [one.minutes && t("n min", { n: one.minutes }), one.effort && t(one.effort)];
    const line = [...parts, one.comment].filter(Boolean).join(" · ");
    const button = h(
      "button",
      { type: "button", class: "log-row", "data-entry": one.id, onclick: () => this.edit(one) },
      h("span", { class: "log-name", dir: "auto" }, nameOf(/** @type {any} */ (one))),
      line && h("span", { class: "soft", dir: "auto" }, line),
    );
    button.title = t("edit");
    return h("li", {}, button);
  }

  /** @param {Workout} one */
  edit(one) {
    this.form?.save();
    const { library, training } = this.app;
    this.edited = one.id;
    this.form = new WorkoutForm(one, {
      today: library.today,
      name: nameOf(/** @type {any} */ (one)),
      onChange: (fields) => {
        const row = training.entry(one.id);
        if (row) training.changeEntry(row, fields);
      },
      onDelete: () => this.delete(one.id),
      onFinish: () => {
        this.close();
        this.draw();
        this.rowOf(one.id)?.focus();
      },
    });
    this.draw();
    this.form.efforts[0].focus();
  }

  /** @param {number} id */
  delete(id) {
    this.close();
    const { workouts } = this.app.library;
    const at = workouts.findIndex((one) => one.id === id);
    const next = workouts[at + 1] ?? workouts[at - 1];
    if (workouts[at]) this.app.training.deleteEntry(workouts[at]);
    this.draw();
    (this.rowOf(next?.id) ?? this.element.querySelector("button"))?.focus();
  }

  /** @param {number | undefined} id @returns {HTMLElement | null} */
  rowOf(id) {
    return this.list.querySelector(`[data-entry="${id}"]`);
  }

  showMore() {
    this.days += PAGE;
    this.draw();
  }

  keep() {
    this.form?.save();
  }

  /** Save the typed values. */
  close() {
    if (this.app.training.entry(this.edited)) this.form?.save();
    this.edited = 0;
    this.form = null;
  }

  /** @param {import("../routes.js").Route} route */
  shows(route) {
    return route.name === "log";
  }
}
