/** Changes of the log and of notes: shown immediately, sent by the outbox. */

import { noting, notingAgain, renoting, unnoting } from "../changes/note.js";
import { logging, loggingAgain, relogging, unlogging } from "../changes/workout.js";
import { explain, t } from "../i18n.js";
import { weekdayOf } from "./ago.js";
import { MAX_NOTES, notesOf } from "./entries.js";

/** @typedef {import("../changes/outbox.js").Change} Change */
/** @typedef {import("../videos/video.js").Video} Video */
/** @typedef {import("./entries.js").Note} Note */
/** @typedef {import("./entries.js").Workout} Workout */

export class TrainingActions {
  /** @param {Pick<import("../app.js").App, "actions" | "library" | "say" | "undo">} app */
  constructor(app) {
    this.app = app;
  }

  /**
   * Log a workout, and offer Undo.
   * @param {Video} video
   * @param {number | null} minutes
   * @returns {number} its id
   */
  log(video, minutes) {
    const { app } = this;
    const change = logging(video, app.library.today, minutes);
    this.send(change);
    const { id, day } = change.row;
    const parts = [t("done"), weekdayOf(day), minutes && t("n min", { n: minutes })];
    const act = () => {
      const row = this.entry(id);
      if (row) this.send(unlogging(row));
    };
    app.undo.offer(parts.filter(Boolean).join(" · "), act, () => Boolean(this.entry(id)));
    return id;
  }

  /** @param {number} id */
  entry(id) {
    return this.app.library.workouts.find((one) => one.id === id);
  }

  /** @param {Workout} row @param {import("../changes/workout.js").Fields} fields */
  changeEntry(row, fields) {
    this.send(relogging(row, fields));
  }

  /** Delete an entry; Undo needs its video in the library. @param {Workout} row */
  deleteEntry(row) {
    const { app } = this;
    this.send(unlogging(row));
    const video = this.videoOf(row);
    if (!video) return app.say(t("entry deleted"));
    const act = () => this.send(loggingAgain(video, row));
    app.undo.offer(t("entry deleted"), act, () => !this.entry(row.id));
  }

  /** @param {Workout} row */
  videoOf({ video_key }) {
    return this.app.library.videos.find((video) => video.video_key === video_key);
  }

  /**
   * @param {Video} video
   * @param {Required<import("../changes/note.js").Fields>} fields
   * @returns {number | undefined} its id, unless the video has too many
   */
  note(video, fields) {
    const { app } = this;
    if (notesOf(app.library.notes, video.id).length >= MAX_NOTES) {
      app.say(t("many notes", { n: MAX_NOTES }));
      return undefined;
    }
    const change = noting(video.id, fields);
    this.send(change);
    return change.id;
  }

  /** @param {Note} row @param {import("../changes/note.js").Fields} fields */
  changeNote(row, fields) {
    this.send(renoting(row, fields));
  }

  /** @param {Note} row */
  deleteNote(row) {
    this.send(unnoting(row));
    const act = () => this.send(notingAgain(row));
    const holds = () => !this.app.library.notes.some(({ id }) => id === row.id);
    this.app.undo.offer(t("note deleted"), act, holds);
  }

  /** A refusal is shown as a toast. @param {Change} change */
  async send(change) {
    const { app } = this;
    await app.actions.send(change).catch((error) => app.say(explain(error)));
  }
}
