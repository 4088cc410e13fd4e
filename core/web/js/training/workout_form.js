/** The details of a workout: how hard it was, when, how long, and a comment. Each is saved when it changes. */

import { button, h } from "../dom.js";
import { t } from "../i18n.js";
import { daysBefore } from "./days.js";
import { EFFORTS, MAX_MINUTES } from "./entries.js";

/** @typedef {import("./entries.js").Workout} Workout */

/** As in the service: there were no videos before. */
const FIRST_DAY = "2005-01-01";

export class WorkoutForm {
  /**
   * @param {Workout} row
   * @param {{today: string, name?: string, onChange(fields: import("../changes/workout.js").Fields): void,
   *   onDelete?: () => void, onFinish(): void}} attributes
   */
  constructor(row, { today, name, onChange, onDelete, onFinish }) {
    this.onChange = onChange;
    this.onFinish = onFinish;
    this.efforts = EFFORTS.map((effort) => this.makeEffort(effort));
    this.day = this.makeField("date", {
      min: FIRST_DAY,
      max: daysBefore(today, -1),
      required: true,
    });
    this.minutes = this.makeField("number", { min: 1, max: MAX_MINUTES, inputmode: "numeric" });
    this.comment = h("textarea", { rows: 1, maxlength: 500, dir: "auto" });
    this.comment.addEventListener("change", () => this.save());
    this.fault = h("p", { class: "fault", role: "alert" });
    this.element = this.makeElement(name, onDelete);
    this.row = row;
    this.show(row, true);
  }

  /** @param {string | undefined} name of its video @param {(() => void) | undefined} onDelete */
  makeElement(name, onDelete) {
    const onsubmit = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.finish();
    };
    const efforts = h("div", { class: "efforts", role: "group", "aria-label": t("effort") });
    efforts.append(...this.efforts);
    const times = h(
      "div",
      { class: "times" },
      label(t("date"), this.day),
      label(t("minutes"), this.minutes),
    );
    const finish = h("button", { class: "button primary" }, t("finish"));
    const bin = onDelete && button("trash", t("delete"), onDelete, { class: "button danger" });
    const actions = h("div", { class: "form-actions" }, finish, bin);
    const head = name && h("p", { class: "log-name", dir: "auto" }, name);
    const parts = [head, efforts, times, this.fault, label(t("comment"), this.comment), actions];
    return h("form", { class: "training-form", novalidate: true, onsubmit }, ...parts);
  }

  /** @param {Workout["effort"] & string} effort */
  makeEffort(effort) {
    const onclick = (/** @type {MouseEvent} */ { detail }) => {
      if (detail > 1) return; // a double click, maybe on *Done*, which the form has moved
      this.change({ effort: this.row.effort === effort ? null : effort });
    };
    return h("button", { type: "button", class: "chip", onclick }, t(effort));
  }

  /** @param {"date" | "number"} type @param {Record<string, any>} limits */
  makeField(type, limits) {
    return h("input", { type, ...limits, onchange: () => this.save() });
  }

  /** Typed values stay, unless the row changed them. @param {Workout} row @param {boolean} [first] */
  show(row, first = false) {
    const old = this.row;
    this.row = row;
    for (const [at, effort] of EFFORTS.entries())
      this.efforts[at].setAttribute("aria-pressed", String(row.effort === effort));
    if (first || old.day !== row.day) this.day.value = row.day;
    if (first || old.minutes !== row.minutes) this.minutes.value = String(row.minutes ?? "");
    if (first || old.comment !== row.comment) this.comment.value = row.comment ?? "";
  }

  /** Save the valid changes. @returns whether all input is valid */
  save() {
    const { row, day, minutes } = this;
    const wrong = [day, minutes].find((field) => !field.validity.valid);
    this.fault.textContent = wrong ? t(wrong === day ? "no day" : "no minutes") : "";
    for (const field of [day, minutes]) field.setAttribute("aria-invalid", String(field === wrong));
    const written = {
      day: day.value,
      minutes: minutes.value ? Number(minutes.value) : null,
      comment: this.comment.value.trim() || null,
    };
    const names = /** @type {(keyof typeof written)[]} */ (Object.keys(written));
    const changed = names.filter(
      (name) => written[name] !== row[name] && this[name].validity.valid,
    );
    if (changed.length)
      this.change(Object.fromEntries(changed.map((name) => [name, written[name]])));
    return !wrong;
  }

  /** Show the change before the page draws it, so that it is sent once. @param {import("../changes/workout.js").Fields} fields */
  change(fields) {
    this.show({ ...this.row, ...fields });
    this.onChange(fields);
  }

  finish() {
    if (this.save()) this.onFinish();
    else this.fault.scrollIntoView({ block: "nearest" });
  }
}

/** @param {string} text @param {HTMLElement} field */
export function label(text, field) {
  return h("label", {}, h("span", {}, text), field);
}
