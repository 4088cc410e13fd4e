/** The changes that the user can undo, the last one first: by *Undo* in a toast, or by Ctrl Z. */

import { t } from "./i18n.js";

/**
 * @typedef {object} Step
 * @property {() => void} act reverts the change
 * @property {() => boolean} holds whether the change is still there; another device may be first
 */

const MAX_STEPS = 20;

/** The steps of one user; a new user gets a new instance. */
export class UndoList {
  /** @param {(text: string, action: import("./views/messages.js").Action) => void} say */
  constructor(say) {
    this.say = say;
    /** @type {Step[]} */
    this.steps = [];
  }

  /**
   * Show what was changed, and offer Undo.
   * @param {string} text
   * @param {() => void} act
   * @param {() => boolean} [holds]
   */
  offer(text, act, holds = () => true) {
    const step = { act, holds };
    this.steps = [...this.steps, step].slice(-MAX_STEPS);
    this.say(text, { label: t("undo"), holds, act: () => this.take(step) });
  }

  /** Undo the last change that is still there; true if there was one. */
  takeLast() {
    const step = this.steps.findLast(({ holds }) => holds());
    if (step) this.take(step);
    return Boolean(step);
  }

  /** @param {Step} step */
  take(step) {
    this.steps = this.steps.slice(0, Math.max(0, this.steps.indexOf(step)));
    step.act();
  }
}
