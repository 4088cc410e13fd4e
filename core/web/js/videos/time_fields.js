/** The fields for start and end of a video; an empty one is YouTube's own start or end. */

import { h } from "../dom.js";
import { clock, explain, t } from "../i18n.js";
import { readClock } from "../text.js";

/** @typedef {{start_s?: number | null, end_s?: number | null}} Times */

export class TimeFields {
  /**
   * @param {{onSave(times: Times): Promise<void>, onRefused(): void,
   *   now(): number | null}} attributes `now`: the position of the player, if known
   */
  constructor({ onSave, onRefused, now }) {
    this.onSave = onSave;
    this.onRefused = onRefused;
    this.now = now;
    /** @type {import("./video.js").Video | undefined} */
    this.video = undefined;
    this.start = this.makeField("start");
    this.end = this.makeField("end");
    this.fault = h("p", { class: "fault", role: "alert", id: "time-fault" });
    const fields = h("div", { class: "times" }, this.start.element, this.end.element);
    this.element = h("div", { class: "field" }, fields, this.fault);
  }

  /** @param {"start" | "end"} name */
  makeField(name) {
    const field = h("input", {
      id: `${name}-field`,
      inputmode: "decimal", // which has a point on every phone, and a colon on none
      autocomplete: "off",
      placeholder: "0:00",
      "aria-describedby": "time-fault",
      oninput: () => this.tell(""),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.press(event),
    });
    const onclick = () => {
      field.value = clock(Math.floor(this.now() ?? 0));
      this.tell("");
    };
    const label = t(name === "start" ? "start now" : "end now");
    const attributes = { type: "button", class: "button small", "aria-label": label };
    const now = h("button", { ...attributes, onclick }, t("now"));
    const row = h("div", { class: "time-row" }, field, now);
    const element = h("div", {}, h("label", { for: field.id }, t(name)), row);
    return { element, field, now };
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.key !== "Escape" || event.isComposing || !this.changes) return;
    event.preventDefault(); // the sheet stays open
    this.reset();
  }

  /** The changed times; undefined: a field has no valid time. @returns {Times | undefined} */
  get written() {
    const [start, end] = [readClock(this.start.field.value), readClock(this.end.field.value)];
    if (start === undefined || end === undefined) return undefined;
    const { video } = this;
    if (!video) return {};
    /** @type {Times} */
    const times = {};
    if ((start ?? 0) !== (video.start_s ?? 0)) times.start_s = start;
    if (end !== (video.end_s ?? null)) times.end_s = end;
    return times;
  }

  /** Whether there is unsaved input. */
  get changes() {
    const { written } = this;
    return !written || Object.keys(written).length > 0;
  }

  reset() {
    const { video } = this;
    this.start.field.value = video?.start_s ? clock(video.start_s) : "";
    this.end.field.value = video?.end_s ? clock(video.end_s) : "";
    this.tell("");
  }

  /** @param {import("./video.js").Video} video */
  show(video) {
    const typed = this.video && this.changes;
    this.video = video;
    if (!typed) this.reset();
    for (const { now } of [this.start, this.end]) now.hidden = this.now() === null;
  }

  /** @param {string} fault @param {readonly {field: HTMLInputElement}[]} [wrong] the fields with it */
  tell(fault, wrong = fault ? [this.start, this.end] : []) {
    this.fault.textContent = fault;
    for (const one of [this.start, this.end])
      one.field.setAttribute("aria-invalid", String(wrong.includes(one)));
  }

  /** Show what is wrong with the times. @returns whether they can be saved */
  check() {
    const { written } = this;
    const unread = [this.start, this.end].filter((one) => readClock(one.field.value) === undefined);
    if (!written) this.tell(t("no time"), unread);
    else {
      const { start_s, end_s } = { ...this.video, ...written };
      const early = end_s != null && end_s <= (start_s ?? 0);
      this.tell(early ? t("end too early") : "");
    }
    if (!this.fault.textContent) return true;
    (unread[0] ?? this.start).field.focus();
    return false;
  }

  /** Invalid times are dropped: the user has seen the message, or closed the sheet. */
  async save() {
    const { written } = this;
    if (!written || !this.changes || !this.check()) return;
    try {
      await this.onSave(written);
      this.reset();
    } catch (error) {
      this.onRefused();
      this.tell(explain(error));
    }
  }
}
