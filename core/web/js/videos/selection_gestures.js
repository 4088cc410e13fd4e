/** Selecting by finger and mouse: a long press, a tick, Shift for all between. */

const LONG_MS = 450;
const SLACK_PX = 10;

export class Picking {
  /** @param {import("../app.js").App} app @param {HTMLElement} list */
  constructor(app, list) {
    this.app = app;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.from = { x: 0, y: 0 };
    this.touched = false;
    this.long = false;
    list.addEventListener("click", (event) => this.click(event));
    list.addEventListener("pointerdown", (event) => this.press(event));
    list.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) {
      list.addEventListener(name, () => clearTimeout(this.timer));
    }
    for (const name of ["contextmenu", "dragstart"]) {
      list.addEventListener(name, (event) => this.touched && event.preventDefault());
    }
  }

  /** @param {PointerEvent} event */
  press(event) {
    clearTimeout(this.timer);
    const id = idAt(event);
    this.touched = event.pointerType === "touch";
    this.long = false;
    if (!this.touched || !event.isPrimary || !id) return;
    this.from = event;
    this.timer = setTimeout(() => {
      this.long = true;
      navigator.vibrate?.(10);
      this.app.actions.pick(id, false);
    }, LONG_MS);
  }

  /** A finger that moves scrolls. @param {PointerEvent} event */
  move({ x, y }) {
    if (Math.hypot(x - this.from.x, y - this.from.y) > SLACK_PX) clearTimeout(this.timer);
  }

  /** @param {MouseEvent} event */
  click(event) {
    const id = idAt(event);
    const ticks = /** @type {HTMLElement} */ (event.target).matches(".card-check");
    if (this.long) event.preventDefault(); // the finger that pressed long is lifted
    else if (id && (ticks || this.app.selection.on)) {
      if (!ticks) event.preventDefault();
      this.app.actions.pick(id, event.shiftKey);
    }
    this.long = false;
  }
}

/** @param {Event} event */
function idAt(event) {
  const card = /** @type {HTMLElement} */ (event.target).closest("[data-id]");
  return Number(card?.getAttribute("data-id"));
}
