/** The form of a note: its text, its time, and the end of its segment. */

import { button, h } from "../dom.js";
import { clock, t } from "../i18n.js";
import { readClock } from "../text.js";
import { label } from "./workout_form.js";

/** @typedef {import("./entries.js").Note} Note */
/** @typedef {Pick<Note, "at_s" | "end_s" | "text">} Fields */

/** Users mark a moment a little late. */
const LATE_S = 5;

export class NoteForm {
  /**
   * @param {Fields} note the stored one; a new one is saved with *Finish*
   * @param {{now(): number | null, onSave(fields: Fields): void, onDelete?: () => void,
   *   onFinish(): void}} attributes `now`: the position of the player, if known
   */
  constructor(note, { now, onSave, onDelete, onFinish }) {
    this.now = now;
    this.onSave = onSave;
    this.onFinish = onFinish;
    this.note = note;
    const texts = { rows: 2, maxlength: 1000, dir: "auto", placeholder: t("note hint") };
    this.text = h("textarea", { ...texts, "aria-label": t("note") });
    this.at = this.makeTime();
    this.end = this.makeTime();
    this.here = timeButton(t("until here"), () => this.endHere());
    this.until = label(t("until"), this.end);
    this.fault = h("p", { class: "fault", role: "alert" });
    this.element = this.makeElement(onDelete);
    this.reset();
  }

  makeTime() {
    const oninput = () => (this.fault.textContent = "");
    return h("input", { inputmode: "decimal", autocomplete: "off", placeholder: "0:00", oninput });
  }

  /** @param {(() => void) | undefined} onDelete */
  makeElement(onDelete) {
    const onsubmit = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.finish();
    };
    const early = timeButton(t("earlier"), () => this.move());
    early.setAttribute("aria-label", t("earlier more"));
    const times = h(
      "div",
      { class: "times" },
      h("div", { class: "time-row" }, label(t("at"), this.at), early),
      h("div", { class: "time-row" }, this.until, this.here),
    );
    const finish = h("button", { class: "button primary" }, t("finish"));
    const bin = onDelete && button("trash", t("delete"), onDelete, { class: "button danger" });
    const actions = h("div", { class: "form-actions" }, finish, bin);
    const parts = [this.text, times, actions, this.fault]; // last, so that no button moves
    const onkeydown = (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.finish();
    };
    return h("form", { class: "training-form", onsubmit, onkeydown }, ...parts);
  }

  reset() {
    const { at_s, end_s, text } = this.note;
    this.text.value = text;
    this.at.value = at_s === null ? "" : clock(at_s);
    this.end.value = end_s === null ? "" : clock(end_s);
    this.here.hidden = this.now() === null;
    this.until.hidden = !this.end.value && !this.here.hidden; // until the button fills it
  }

  /** Move the time a little earlier, and save. */
  move() {
    const at_s = readClock(this.at.value);
    if (at_s == null) return;
    this.at.value = clock(Math.max(0, at_s - LATE_S));
    this.save();
  }

  /** End the segment at the player's position. */
  endHere() {
    this.end.value = clock(Math.floor(this.now() ?? 0));
    this.until.hidden = false;
    this.save();
  }

  /** The typed values; undefined: a time is invalid, or the end is not after the start. @returns {Fields | undefined} */
  get written() {
    const [at_s, end_s] = [readClock(this.at.value), readClock(this.end.value)];
    if (at_s === undefined || end_s === undefined) return undefined;
    if (end_s !== null && (at_s === null || end_s <= at_s)) return undefined;
    return { at_s, end_s, text: this.text.value.trim() };
  }

  check() {
    const { written } = this;
    this.fault.textContent = written ? "" : t("no segment");
    return written;
  }

  /** Save changes. @returns whether the input is valid */
  save() {
    const written = this.check();
    return Boolean(written && this.store(written));
  }

  /** The form is closed: invalid times are dropped, but no text. */
  keep() {
    const { at_s, end_s } = this.note;
    this.store(this.written ?? { at_s, end_s, text: this.text.value.trim() });
  }

  /** @param {Fields} written */
  store(written) {
    const { at_s, end_s, text } = this.note;
    if (!written.text && written.at_s === null) return !text; // nothing to keep
    if (JSON.stringify(written) === JSON.stringify({ at_s, end_s, text })) return true;
    this.note = written;
    this.onSave(written);
    return true;
  }

  finish() {
    if (this.save()) this.onFinish();
    else this.fault.scrollIntoView({ block: "nearest" });
  }
}

/**
 * A button that leaves the focus in the text, so that the user can type on.
 * @param {string} text
 * @param {() => void} onclick
 */
function timeButton(text, onclick) {
  const onmousedown = (/** @type {Event} */ event) => event.preventDefault();
  return h("button", { type: "button", class: "button small", onclick, onmousedown }, text);
}
