/** Before anybody is signed in: what this is, and Clerk's own sign-in. */

import { h, mark } from "../dom.js";
import { t } from "../i18n.js";
import { message } from "./messages.js";

export class SignInView {
  /** @param {import("../app.js").App} app */
  constructor(app) {
    this.app = app;
    this.place = h("div", { class: "sign-in-place", tabindex: "-1" });
    /** What stands there as long as Clerk does not. */
    this.stands = "";
    this.farewell = h("p", { class: "notice", role: "status" });
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
      h("div", {}, this.farewell, this.place),
    );
  }

  draw() {
    const { auth, farewell, fault, phase } = this.app;
    this.farewell.hidden = !farewell;
    if (this.farewell.textContent !== farewell) this.farewell.textContent = farewell;
    const wanted = Boolean(auth.ready && !auth.person && phase === "signed-out");
    if (wanted !== this.mounted) {
      this.mounted = wanted;
      auth.leave(this.place);
      if (wanted) auth.signIn(this.place);
    }
    if (!auth.ready) this.drawWithout(fault ? (navigator.onLine ? "fault" : "offline") : "loading");
  }

  /** Without Clerk; whoever is about to press a button keeps it. @param {"fault" | "offline" | "loading"} wanted */
  drawWithout(wanted) {
    if (wanted === this.stands) return;
    const focused = this.place.contains(document.activeElement);
    this.stands = wanted;
    if (wanted === "loading") this.place.replaceChildren(h("progress", { "aria-label": t("sign-in loading") }));
    else this.drawFault();
    if (focused) (this.place.querySelector("button") ?? this.place).focus();
  }

  close() {
    if (this.mounted) this.app.auth.leave(this.place);
  }

  drawFault() {
    const way = { label: t("retry"), act: () => this.app.presence.begin() };
    const [title, text] = navigator.onLine
      ? [t("fault title"), t("sign-in fault")]
      : [t("offline title"), t("offline text")];
    this.place.replaceChildren(message("cloud", title, text, way));
  }
}
