/** Shows a tap before it opens a sheet: the first paint of a sheet takes longer than a tap may. */

import { afterPaint } from "./dom.js";

/** Their sheets focus a text field. An iPhone opens its keyboard only during the tap. */
const TYPED = ["save", "search", "selected"];
/** A key goes to the sheet, and a second tap does nothing else. A hidden page is not painted. */
const ENDS = ["click", "keydown", "pointerdown", "visibilitychange"];

export class Taps {
  /** @param {() => void} open show what the address names */
  constructor(open) {
    this.open = open;
    /** @type {Element | null} where a pointer clicked, if nothing happened since */
    this.tapped = null;
    this.waits = false;
    for (const name of ENDS) document.addEventListener(name, (event) => this.note(event), true);
  }

  /** @param {any} event only the click of a pointer has a detail */
  note({ detail, target }) {
    this.finish();
    if (detail) this.tapped = target.closest(".card, button");
  }

  /**
   * If a tap opens this sheet, open it after the next paint. Until then the tapped element looks
   * pressed.
   * @param {import("./routes.js").Route} route
   * @returns {boolean} whether it opens later
   */
  delay({ name }) {
    if (!this.tapped || document.hidden || TYPED.includes(name)) return false;
    this.tapped.classList.add("pressed");
    this.waits = true;
    afterPaint(() => this.finish());
    return true;
  }

  /** Open the sheet that waits. */
  finish() {
    const { tapped, waits } = this;
    this.tapped = null;
    this.waits = false;
    tapped?.classList.remove("pressed");
    if (waits) this.open();
  }
}
