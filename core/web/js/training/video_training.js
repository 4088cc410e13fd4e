/** Training with one video: *Done*, a mark at the current time, notes, the question after YouTube. */

import { afterPaint, arrange, button, h } from "../dom.js";
import { clock, t } from "../i18n.js";
import { doneText } from "./ago.js";
import { backFrom, forgetAway } from "./away.js";
import { minutesDone } from "./due.js";
import { notesOf } from "./entries.js";
import { NoteForm } from "./note_form.js";
import { NotesList } from "./notes_list.js";
import { WorkoutForm } from "./workout_form.js";

/** @typedef {Pick<import("../app.js").App, "library" | "outbox" | "say" | "training">} TrainingApp */
/** @typedef {import("../videos/video.js").Video} Video */

export class VideoTraining {
  /**
   * @param {TrainingApp} app
   * @param {() => import("../player/player.js").Player | null} player
   * @param {() => void} onFinish the user has finished a form
   */
  constructor(app, player, onFinish) {
    this.app = app;
    this.onFinish = onFinish;
    this.player = player;
    /** @type {Video | undefined} */
    this.video = undefined;
    /** The id of the workout that was logged here; 0: none yet. */
    this.logged = 0;
    /** Whether *Done* is pressed and not yet logged. */
    this.isDue = false;
    /** @type {WorkoutForm | null} */
    this.details = null;
    /** @type {NoteForm | null} of a new note */
    this.form = null;
    this.done = button("check", t("done"), () => this.logSoon(), { class: "button primary" });
    this.doneText = this.done.lastChild;
    this.mark = button("add", t("note"), () => this.addNote());
    this.markText = this.mark.lastChild;
    this.buttons = h("div", { class: "training-bar" }, this.done, this.mark);
    this.panel = h("div", { class: "training-panel" });
    this.element = h("div", { class: "training" }, this.buttons, this.panel);
    this.notes = new NotesList(app.training, player, {
      onDelete: () => this.mark.focus({ preventScroll: true }),
      onFinish,
    });
  }

  /** Show another video, or the changed one. @param {Video} video */
  show(video) {
    if (video.id !== this.video?.id) this.begin();
    this.video = video;
    this.draw();
  }

  begin() {
    this.finish();
    this.logged = 0;
    this.fill(false);
  }

  draw() {
    const { app, video } = this;
    if (!video) return;
    const row = app.training.entry(this.logged);
    if (this.logged && !row) this.endDetails();
    if (row) this.details?.show(row);
    const parts = [t("done"), row?.minutes && t("n min", { n: row.minutes })];
    say(this.doneText, row ? parts.filter(Boolean).join(" · ") : t("done"));
    this.done.setAttribute("aria-pressed", String(Boolean(row)));
    this.notes.draw(notesOf(app.library.notes, video.id));
    this.drawMark();
    this.drawPanel();
  }

  /** The player has moved. */
  drawMark() {
    const at_s = this.moment;
    say(this.markText, at_s === null ? t("note") : clock(at_s));
    const label = at_s === null ? t("add note") : t("add mark", { at: clock(at_s) });
    if (this.mark.getAttribute("aria-label") !== label) this.mark.setAttribute("aria-label", label);
  }

  /** The player's position in whole seconds; null: unknown. */
  get moment() {
    const seconds = this.player()?.currentTime() ?? null;
    return seconds === null ? null : Math.floor(seconds);
  }

  drawPanel() {
    const open = this.form?.element ?? this.details?.element ?? this.question();
    arrange(this.panel, open ? [open] : []);
  }

  /** Ask after a visit to YouTube. */
  question() {
    const { app, video } = this;
    const back = backFrom(app.outbox.userId, app.library);
    if (!back || back.video.id !== video?.id) return null;
    const { minutes } = back;
    const known = this.panel.firstElementChild;
    if (known?.getAttribute("data-minutes") === String(minutes)) return known;
    const yes = button("check", doneText(minutes), () => this.answer(minutes));
    const no = h("button", { type: "button", class: "button" }, t("no"));
    no.addEventListener("click", () => this.answer(null));
    const attributes = { class: "training-question", role: "status", "data-minutes": minutes };
    return h("div", attributes, h("p", {}, t("did it")), yes, no);
  }

  /** @param {number | null} minutes null: not done */
  answer(minutes) {
    forgetAway();
    if (minutes) this.log(minutes);
    else this.draw();
  }

  /** Log it after the paint of the pressed button, unless the sheet is gone: the user may be another. */
  logSoon() {
    if (!this.isDue) afterPaint(() => this.element.isConnected && this.logDue());
    this.isDue = true;
    this.done.ariaPressed = "true";
  }

  /** Log it if *Done* is pressed. */
  logDue() {
    if (this.isDue) this.log();
  }

  /** Log it once, and open its details. @param {number} [minutes] */
  log(minutes) {
    const { app, video } = this;
    this.isDue = false;
    if (!video) return;
    if (!this.logged) {
      const played_s = this.player()?.playedSeconds ?? 0;
      this.logged = app.training.log(video, minutes ?? minutesDone(played_s, video));
    }
    this.fill(false);
    this.finish();
    this.openDetails();
    this.draw();
  }

  openDetails() {
    const { training, library } = this.app;
    const row = training.entry(this.logged);
    if (!row) return;
    this.details = new WorkoutForm(row, {
      today: library.today,
      onChange: (fields) => {
        const now = training.entry(this.logged);
        if (now) training.changeEntry(now, fields);
      },
      onDelete: () => {
        const now = training.entry(this.logged);
        if (now) training.deleteEntry(now);
        this.done.focus();
      },
      onFinish: () => {
        this.details = null;
        this.draw();
        this.done.focus();
        this.onFinish();
      },
    });
  }

  /** The logged workout was undone. */
  endDetails() {
    this.logged = 0;
    this.details = null;
  }

  /**
   * Save a mark at the current time, and open its form; if the time is unknown, only open the form. A
   * double tap adds one.
   */
  addNote() {
    const { video, moment, form } = this;
    if (!video) return;
    if (form && form.note.at_s === moment && !form.text.value) return form.text.focus();
    this.finish();
    let id = 0;
    if (moment !== null) {
      id = this.app.training.note(video, { at_s: moment, end_s: null, text: "" }) ?? 0;
      if (!id) return;
    }
    this.openForm(video, id, moment);
  }

  /** @param {Video} video @param {number} id of the note, or 0 @param {number | null} at_s */
  openForm(video, id, at_s) {
    const { training } = this.app;
    let note = id;
    const row = () => this.app.library.notes.find((one) => one.id === note);
    const close = () => {
      this.form = null;
      this.draw();
      this.mark.focus();
      this.onFinish();
    };
    this.form = new NoteForm(
      { at_s, end_s: null, text: "" },
      {
        now: () => this.player()?.currentTime() ?? null,
        onSave: (fields) => {
          const known = row();
          if (known) training.changeNote(known, fields);
          else note = training.note(video, fields) ?? 0;
        },
        onDelete: () => {
          const known = row();
          close();
          if (known) training.deleteNote(known);
        },
        onFinish: close,
      },
    );
    this.draw();
    this.form.text.focus();
  }

  /** Near the end of the video *Done* fills the bar. @param {boolean} full */
  fill(full) {
    this.buttons.classList.toggle("full", full && !this.logged);
  }

  /** The next video plays: offer to log the previous one. */
  offerDone() {
    const { app, video } = this;
    if (!video || this.logged) return;
    const minutes = minutesDone(this.player()?.playedSeconds ?? 0, video);
    const act = () => app.training.log(video, minutes);
    app.say(t("did it before"), { label: doneText(minutes), act });
  }

  /** Save the open forms, which stay open. */
  keep() {
    this.logDue();
    this.form?.keep();
    this.details?.save();
    this.notes.form?.keep();
  }

  /** Save and close the open forms. A save draws the page, which may call this again. */
  finish() {
    this.logDue();
    const { form, details } = this;
    this.form = this.details = null;
    form?.keep();
    details?.save();
    this.notes.finish();
  }
}

/** @param {ChildNode | null} node @param {string} text */
function say(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}
