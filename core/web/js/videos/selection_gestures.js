/** Gestures on a card by touch and mouse: long press, checkbox, Shift for a range. */

const LONG_MS = 450;
const SLACK_PX = 10;

export class SelectionGestures {
  /**
   * @param {HTMLElement} list
   * @param {{selecting(): boolean, pick(id: number, range: boolean): void,
   *   open(id: number): void}} callbacks `open`: show the menu of a card
   */
  constructor(list, { selecting, pick, open }) {
    this.selecting = selecting;
    this.pick = pick;
    this.open = open;
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
      if (this.selecting()) this.pick(id, false);
      else this.open(id);
    }, LONG_MS);
  }

  /** A finger that moves scrolls. @param {PointerEvent} event */
  move({ x, y }) {
    if (Math.hypot(x - this.from.x, y - this.from.y) > SLACK_PX) clearTimeout(this.timer);
  }

  /** @param {MouseEvent} event */
  click(event) {
    const id = idAt(event);
    const target = /** @type {HTMLElement} */ (event.target);
    const ticks = target.matches(".card-check");
    if (this.long)
      event.preventDefault(); // the end of a long press
    else if (target.closest(".card-more")) this.open(id);
    else if (id && (ticks || this.selecting())) {
      if (!ticks) event.preventDefault();
      this.pick(id, event.shiftKey);
    }
    this.long = false;
  }
}

/** @param {Event} event */
function idAt(event) {
  const card = /** @type {HTMLElement} */ (event.target).closest("[data-id]");
  return Number(card?.getAttribute("data-id"));
}
