/** The stage of the video sheet: the player, or why YouTube does not play the video. */

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { Player } from "../player/player.js";
import { picture, unavailability } from "./cards.js";
import { nameOf } from "./video.js";

/** @typedef {import("../player/playback.js").Cause} Cause */
/** @typedef {import("./video.js").Video} Video */

export class VideoStage {
  /** @param {{onTime: () => void, onEnd: (cause: Cause) => void}} listeners */
  constructor(listeners) {
    this.listeners = listeners;
    /** @type {Player | null} used by notes, the log and the playlist */
    this.player = null;
    this.element = h("div", { class: "stage" });
  }

  /** Where YouTube lets a video play; the next video plays in the same frame. @param {Video} video */
  load(video) {
    if (unavailability(video)) {
      this.stop();
      const why = `unavailable ${video.availability}`;
      const text = h("p", { class: "stage-text" }, t(/** @type {"unavailable gone"} */ (why)));
      this.element.replaceChildren(picture(video), text);
    } else if (this.player) this.player.load(video);
    else this.element.replaceChildren(this.makePlayer(video).frame);
  }

  /** @param {Video} video */
  makePlayer(video) {
    const player = new Player(video);
    player.onTime(() => this.listeners.onTime());
    player.onEnd((cause) => this.listeners.onEnd(cause));
    this.player = player;
    return player;
  }

  /** Show the changed title and limits of the video. @param {Video} video @param {Video} before */
  change(video, before) {
    this.player?.frame.setAttribute("title", t("player", { name: nameOf(video) }));
    const { start_s, end_s } = before;
    if (start_s !== video.start_s || end_s !== video.end_s) this.player?.limit(video);
  }

  stop() {
    this.player?.close();
    this.player = null;
  }
}
