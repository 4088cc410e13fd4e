/** The notes of one video: a tap on a time seeks, on a segment repeats it, on a text edits it. */

import { arrangeByKey, h, icon } from "../dom.js";
import { clock, t } from "../i18n.js";
import { NoteForm } from "./note_form.js";

/** @typedef {import("./entries.js").Note} Note */
/** @typedef {import("../player/player.js").Player} Player */

export class NotesList {
  /**
   * @param {import("./actions.js").TrainingActions} actions
   * @param {() => Player | null} player
   * @param {{onDelete(): void, onFinish(): void}} attributes `onDelete` moves the focus
   */
  constructor(actions, player, { onDelete, onFinish }) {
    this.actions = actions;
    this.player = player;
    this.onDelete = onDelete;
    this.onFinish = onFinish;
    /** @type {readonly Note[]} */
    this.notes = [];
    /** @type {NoteForm | null} of the note that is edited */
    this.form = null;
    this.edited = 0;
    this.element = h("ul", { class: "notes", "aria-label": t("notes") });
  }

  /** @param {readonly Note[]} notes in order */
  draw(notes) {
    this.notes = notes;
    this.element.hidden = !notes.length;
    if (!notes.some((note) => this.loops(note))) this.player()?.loop(null); // changed or deleted
    const byKey = new Map(notes.map((note) => [this.keyOf(note), note]));
    arrangeByKey(this.element, [...byKey.keys()], (key) =>
      this.makeRow(/** @type {Note} */ (byKey.get(key))),
    );
  }

  /** A row is redrawn when its key changes. @param {Note} note */
  keyOf(note) {
    const { id, at_s, end_s, text } = note;
    if (id === this.edited) return `edit ${id}`;
    return JSON.stringify([id, at_s, end_s, text, !this.player(), this.loops(note)]);
  }

  /** @param {Note} note */
  makeRow(note) {
    if (note.id === this.edited && this.form) return h("li", {}, this.form.element);
    const text = h("span", { class: note.text ? "" : "soft", dir: "auto" }, note.text || t("mark"));
    const onclick = () => this.edit(note);
    const edit = h("button", { type: "button", class: "note-text", onclick }, text);
    edit.title = t("edit note");
    return h("li", { class: "note" }, note.at_s !== null && this.makeMoment(note), edit);
  }

  /** @param {Note} note */
  makeMoment(note) {
    const at_s = note.at_s ?? 0;
    const text = note.end_s === null ? clock(at_s) : `${clock(at_s)}–${clock(note.end_s)}`;
    if (!this.player()) return h("span", { class: "note-time" }, text);
    const attributes = { type: "button", class: "chip note-time" };
    if (note.end_s === null) {
      const onclick = () => {
        this.player()?.seek(at_s);
        this.redraw(); // it may end a repetition
      };
      const title = t("play from", { at: text });
      return h("button", { ...attributes, onclick, title }, icon("play"), text);
    }
    const on = this.loops(note);
    const onclick = () => this.loop(note);
    const more = { onclick, title: t("repeat", { at: text }), "aria-pressed": String(on) };
    return h("button", { ...attributes, ...more }, icon("repeat"), text);
  }

  /** Whether the player repeats its segment. @param {Note} note */
  loops({ at_s, end_s }) {
    const { segment } = this.player()?.playback ?? {};
    return Boolean(segment && segment.from === at_s && segment.to === end_s);
  }

  /** Repeat the segment, or stop. @param {Note} note */
  loop(note) {
    const player = this.player();
    if (!player) return;
    const on = this.loops(note);
    const [from, to] = [note.at_s ?? 0, note.end_s ?? 0];
    player.loop(on ? null : { from, to });
    this.redraw();
    /** @type {HTMLElement | null} */ (
      this.element.querySelector(`[aria-pressed="${!on}"]`)
    )?.focus();
  }

  /** @param {Note} note */
  edit(note) {
    this.finish();
    this.edited = note.id;
    this.form = new NoteForm(note, {
      now: () => this.player()?.currentTime() ?? null,
      onSave: (fields) => {
        this.actions.changeNote(note, fields);
        this.notes = this.notes.map((one) => (one.id === note.id ? { ...one, ...fields } : one));
      },
      onDelete: () => {
        this.close();
        this.actions.deleteNote(note);
        this.onDelete();
      },
      onFinish: () => {
        this.close();
        const at = this.notes.findIndex(({ id }) => id === note.id);
        /** @type {HTMLElement | undefined} */ (
          this.element.querySelectorAll(".note-text")[at]
        )?.focus();
        this.onFinish();
      },
    });
    this.redraw();
    this.form.text.focus();
  }

  close() {
    this.edited = 0;
    this.form = null;
    this.redraw();
  }

  /** Save the typed note. */
  finish() {
    this.form?.keep();
    if (this.form) this.close();
  }

  redraw() {
    this.draw(this.notes);
  }
}
