/** One video: the player, then the next ones of the playlist; its tags and its actions. */

import { arrange, arrangeByKey, h } from "../dom.js";
import { day, explain, t } from "../i18n.js";
import { Playlist } from "../player/playlist.js";
import { doneLine } from "../training/ago.js";
import { goAway } from "../training/away.js";
import { VideoTraining } from "../training/video_training.js";
import { message } from "../views/messages.js";
import { actionRow, nameBin } from "./action_row.js";
import { unavailability } from "./cards.js";
import { shareVideo } from "./share.js";
import { nameOf } from "./video.js";
import { VideoBar } from "./video_bar.js";
import { VideoEditor } from "./video_editor.js";
import { VideoStage } from "./video_stage.js";

/** @typedef {Pick<import("../app.js").App,
 *   "actions" | "catchUp" | "fault" | "go" | "leave" | "library" | "outbox" | "playlist" | "say" |
 *   "setLibrary" | "training">} VideoApp */

/** @typedef {import("./video.js").Video} Video */

export class VideoSheet {
  /** @param {VideoApp} app @param {import("../routes.js").Route} route */
  constructor(app, route) {
    this.app = app;
    this.id = route.id ?? 0;
    /** Whether it opens with the editor: then there is no player. */
    this.edits = Boolean(route.edit);
    /** @type {Video | undefined} */
    this.video = undefined;
    this.why = "";
    this.bar = new VideoBar({ onClose: () => app.leave(), onMove: (step) => this.move(step) });
    this.stage = new VideoStage({
      onTime: () => {
        this.learnDuration();
        this.training.drawMark();
      },
      onEnd: (cause) => this.end(cause),
    });
    /** @type {VideoEditor | null} */
    this.editor = null;
    /** @type {import("../player/playback.js").Cause | null} why the video has ended */
    this.ended = null;
    this.top = h("div", { class: "video-top" });
    this.below = h("p", { class: "video-sub" });
    this.tags = h("div", { class: "video-tags", role: "group", "aria-label": t("tags") });
    this.training = new VideoTraining(
      app,
      () => this.player,
      () => this.goOnLater(),
    );
    this.texts = h("div", { class: "video-texts" }, ...this.about);
    this.element = h("div", { class: "sheet-inner video" });
  }

  /** The parts that the editor replaces. */
  get about() {
    return [this.below, this.tags, this.training.notes.element];
  }

  get player() {
    return this.stage.player;
  }

  get label() {
    return this.video ? nameOf(this.video) : t("video");
  }

  draw() {
    const video = this.app.library.find(this.id);
    this.drawSteps();
    if (video && video === this.video) return this.training.draw();
    if (!video) this.drawMissing();
    else if (this.video) this.drawAgain(video);
    else this.drawFirst(video);
    this.video = video;
  }

  /** Show why there is no video: the library is loading, did not load, or does not have it. */
  drawMissing() {
    const { fault, library } = this.app;
    const why = library.loaded ? "missing" : fault ? explain(fault) : "loading";
    if (why === this.why) return;
    this.why = why;
    const focused = this.element.contains(document.activeElement);
    this.stage.stop();
    this.bar.show(t("video"));
    arrange(this.element, [this.bar.element, this.explanation(why)]);
    if (focused) this.bar.close.focus();
  }

  /** @param {string} why */
  explanation(why) {
    if (why === "loading")
      return h("div", { class: "stage", role: "status", "aria-label": t("loading") });
    const { app } = this;
    if (why === "missing") {
      const action = { label: t("to library"), act: () => app.leave() };
      return message("search", t("missing video"), t("missing video more"), action);
    }
    return message("cloud", t("fault title"), why, { label: t("retry"), act: () => app.catchUp() });
  }

  /** Elements in their place are not moved: a moved frame reloads. @param {Video} video */
  drawFirst(video) {
    const { bar, edits, texts, top } = this;
    const focused = this.element.contains(document.activeElement);
    this.why = "";
    this.row = this.makeRow(video);
    if (!edits) this.stage.load(video);
    arrange(this.element, [top, texts]);
    const parts = edits ? [] : [this.stage.element, this.training.element];
    arrange(top, [bar.element, ...parts, this.row.element]);
    bar.turn(false);
    this.drawAgain(video);
    if (edits) this.edit();
    else if (!focused || document.activeElement === document.body) bar.close.focus();
  }

  /** @param {Video} video */
  drawAgain(video) {
    this.bar.show(nameOf(video));
    this.stage.change(video, this.video ?? video);
    if (this.row) nameBin(this.row.bin, video);
    this.drawBelow(video);
    this.training.show(video);
    arrangeByKey(this.tags, video.tags, (tag) => this.makeTag(tag));
    this.editor?.show(video);
  }

  /** @param {Video} video */
  drawBelow(video) {
    const { ids } = this.app.playlist;
    const n = this.app.playlist.placeOf(video.id);
    const place = n && t("n of all", { n, all: ids.length });
    const saved = t("saved on", { day: day(video.created_at) });
    const done = doneLine(video, this.app.library.today);
    this.below.textContent = [place, video.channel, done, saved].filter(Boolean).join(" · ");
  }

  /** A tap on a tag shows its videos. @param {string} name */
  makeTag(name) {
    const onclick = () => {
      this.app.setLibrary(this.app.library.only(name));
      this.app.leave();
    };
    const attributes = { type: "button", class: "chip", title: t("filter by", { name }), onclick };
    return h("button", attributes, h("span", { class: "chip-name", dir: "auto" }, name));
  }

  /** @param {Video} video */
  makeRow(video) {
    const play = () => this.app.go(`#video-${this.id}`);
    return actionRow(video, {
      play: this.edits && !unavailability(video) ? play : undefined,
      edit: () => this.edit(),
      share: () => this.video && shareVideo(this.app, this.video),
      away: () => {
        this.player?.pause();
        goAway(this.app.outbox.userId, this.id);
      },
      delete: () => this.delete(),
    });
  }

  /** @param {import("../player/playback.js").Cause} cause */
  end(cause) {
    if (cause !== "failed") this.training.fill(true);
    if (cause === "nearly") return;
    this.ended = cause;
    this.goOn();
  }

  /** Play the next video of the list, unless the user edits this one or types a text. */
  goOn() {
    const typed = this.element.querySelector("textarea:focus:not(:placeholder-shown)");
    if (this.editor || typed || this.stepTo(1) === undefined) return;
    if (this.ended !== "failed") this.training.offerDone();
    this.move(1);
  }

  /** A form is finished: go on if the video ended in the meantime. */
  goOnLater() {
    if (this.ended && !this.player?.playing) this.goOn();
  }

  learnDuration() {
    const { player, video } = this;
    if (video && player?.playing && player.duration)
      this.app.actions.learnDuration(video, player.duration);
  }

  /** Play the next or the previous video of the list. @param {1 | -1} step */
  move(step) {
    const id = this.stepTo(step);
    if (id === undefined) return;
    this.endEditing();
    this.id = id;
    this.ended = null;
    this.video = undefined;
    this.app.go(`#video-${id}`);
  }

  /** @param {1 | -1} step */
  stepTo(step) {
    const { library, playlist } = this.app;
    return playlist.from(this.id, step, (id) => Boolean(library.find(id)));
  }

  drawSteps() {
    this.bar.showSteps(this.stepTo(-1) !== undefined, this.stepTo(1) !== undefined);
  }

  /** @param {string} key @returns {boolean} whether the key was handled */
  shortcut(key) {
    if (key === "j") this.move(1);
    else if (key === "k") this.move(-1);
    else if (key === "e" && this.video) this.edit();
    else if (key === "d" && this.video && !this.edits) this.training.logSoon();
    else if (key === "n" && this.video && !this.edits) this.training.addNote();
    else return false;
    return true;
  }

  /** Show the editor in place of the tags; a second call saves and closes it. */
  edit() {
    if (this.editor) return this.editor.finish();
    if (!this.video) this.video = this.app.library.find(this.id);
    if (!this.video) return;
    const editor = this.makeEditor(this.video);
    this.openEditor(editor);
    const touch = matchMedia("(pointer: coarse)").matches; // its keyboard hides half of the sheet
    if (touch) editor.element.scrollIntoView({ block: "nearest" });
    else editor.tags.field.focus();
  }

  /** @param {Video} video */
  makeEditor(video) {
    const editor = new VideoEditor(this.app, video, {
      onFinish: () => (this.edits ? this.app.leave() : this.endEditing(true)),
      onRefused: () => this.openEditor(editor),
      isSeen: () => this.element.isConnected && this.id === video.id,
      now: () => this.player?.currentTime() ?? null,
    });
    return editor;
  }

  /** @param {VideoEditor} editor */
  openEditor(editor) {
    this.editor = editor;
    this.training.finish();
    this.texts.replaceChildren(editor.element);
    this.row?.edit.setAttribute("aria-expanded", "true");
  }

  /** @param {boolean} [saved] whether the editor has saved */
  endEditing(saved = false) {
    const { editor } = this;
    this.editor = null;
    if (!editor) return;
    if (!saved) editor.close();
    this.texts.replaceChildren(...this.about);
    this.row?.edit.setAttribute("aria-expanded", "false");
    if (!saved) return;
    this.row?.edit.focus();
    this.goOnLater();
  }

  delete() {
    const { video } = this;
    this.editor?.discard();
    this.app.leave();
    if (video) this.app.actions.delete([video]);
  }

  /** @param {import("../routes.js").Route} route */
  shows(route) {
    return route.name === "video" && route.id === this.id && Boolean(route.edit) === this.edits;
  }

  keep() {
    this.training.keep();
    this.editor?.title.close();
  }

  /** Stop the player with its frame, and save typed values. */
  close() {
    this.training.finish();
    this.stage.stop();
    this.element.replaceChildren();
    this.editor?.close();
    this.app.playlist = new Playlist();
  }
}
