/** The bar above the player: close, title, previous and next video. */

import { h, iconButton } from "../dom.js";
import { t } from "../i18n.js";

export class VideoBar {
  /** @param {{onClose(): void, onMove(step: 1 | -1): void}} attributes */
  constructor({ onClose, onMove }) {
    this.close = iconButton("close", t("close"), onClose);
    this.text = h("span", { class: "title-text" });
    this.title = h("button", {
      type: "button",
      class: "title-button",
      title: t("whole title"),
      onclick: () => this.turn(!this.whole),
    });
    this.title.append(this.text);
    this.heading = h("h2", { class: "video-title", dir: "auto" }, this.title);
    this.previous = iconButton("previous", t("previous"), () => onMove(-1));
    this.next = iconButton("next", t("next"), () => onMove(1));
    this.steps = h("div", { class: "video-steps" }, this.previous, this.next);
    this.element = h("div", { class: "video-bar" }, this.close, this.heading, this.steps);
    this.turn(false);
    this.showSteps(false, false);
  }

  /** Show the whole title, or its first two lines. @param {boolean} whole */
  turn(whole) {
    this.whole = whole;
    this.title.setAttribute("aria-expanded", String(whole));
  }

  /** @param {string} name */
  show(name) {
    if (this.text.textContent !== name) this.text.textContent = name;
  }

  /** An unavailable step stays visible, so that it keeps the focus. @param {boolean} back @param {boolean} on */
  showSteps(back, on) {
    this.steps.hidden = !back && !on;
    this.previous.setAttribute("aria-disabled", String(!back));
    this.next.setAttribute("aria-disabled", String(!on));
  }
}
