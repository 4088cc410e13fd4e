/** The sign-in page: what Core is, and Clerk's form. */

import { h, mark } from "../dom.js";
import { t } from "../i18n.js";
import { currentRoute, sharedText } from "../routes.js";
import { message } from "../views/messages.js";

/** @typedef {Pick<import("../app.js").App,
 *   "auth" | "fault" | "phase" | "signedOutMessage">} SignInApp */

export class SignInView {
  /** @param {SignInApp} app @param {() => void} onRetry loads Clerk again */
  constructor(app, onRetry) {
    this.app = app;
    this.onRetry = onRetry;
    this.place = h("div", { class: "sign-in-place", tabindex: "-1" });
    /** What is shown until Clerk has loaded. */
    this.stands = "";
    this.signedOutMessage = h("p", { class: "notice", role: "status" });
    this.mounted = false;
    this.element = h(
      "main",
      { class: "welcome" },
      h(
        "div",
        { class: "welcome-words" },
        mark(72),
        h("h1", {}, "Core"),
        h("p", { class: "lead" }, t("sign-in title")),
        h("p", {}, t("sign-in text")),
      ),
      h("div", {}, this.signedOutMessage, this.place),
    );
  }

  draw() {
    const { auth, fault, phase } = this.app;
    const text = this.app.signedOutMessage || linkWaits();
    this.signedOutMessage.hidden = !text;
    if (this.signedOutMessage.textContent !== text) this.signedOutMessage.textContent = text;
    const wanted = Boolean(auth.ready && !auth.userId && phase === "signed-out");
    if (wanted !== this.mounted) {
      this.mounted = wanted;
      auth.leave(this.place);
      if (wanted) auth.signIn(this.place);
    }
    if (!auth.ready) this.drawWithout(fault ? (navigator.onLine ? "fault" : "offline") : "loading");
  }

  /** Clerk is not loaded. A focused button keeps the focus. @param {"fault" | "offline" | "loading"} wanted */
  drawWithout(wanted) {
    if (wanted === this.stands) return;
    const focused = this.place.contains(document.activeElement);
    this.stands = wanted;
    if (wanted === "loading")
      this.place.replaceChildren(h("progress", { "aria-label": t("sign-in loading") }));
    else this.drawFault();
    if (focused) (this.place.querySelector("button") ?? this.place).focus();
  }

  close() {
    if (this.mounted) this.app.auth.leave(this.place);
  }

  drawFault() {
    const action = { label: t("retry"), act: this.onRetry };
    const [title, text] = navigator.onLine
      ? [t("fault title"), t("sign-in fault")]
      : [t("offline title"), t("offline text")];
    this.place.replaceChildren(message("cloud", title, text, action));
  }
}

/** The save sheet opens with the shared link after the sign-in. */
function linkWaits() {
  return currentRoute().name === "save" && sharedText() ? t("link waits") : "";
}
