/** The row of buttons below the player. */

import { button, h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { nameOf, watchUrl } from "./video.js";

/** @typedef {{play?: () => void, edit(): void, share(): void, away(): void,
 *   delete(): void}} Actions */

/**
 * Build the row: actions while watching first, then those that change the video.
 * @param {import("./video.js").Video} video
 * @param {Actions} actions `play`: only where no player is shown; `away`: YouTube is opened
 */
export function actionRow(video, actions) {
  const { play } = actions;
  const start = play && button("play", t("play"), play, { class: "button primary" });
  const edit = button("edit", t("edit"), actions.edit, { "aria-expanded": "false" });
  const share = button("share", t("share"), actions.share);
  const bin = button("trash", t("delete"), actions.delete, { class: "button danger" });
  const element = h("div", { class: "video-actions" });
  element.append(
    ...(start ? [start] : []),
    edit,
    share,
    youtubeLink(video, t("youtube"), actions.away),
    bin,
  );
  nameBin(bin, video);
  return { element, edit, bin };
}

/** @param {HTMLElement} bin @param {import("./video.js").Video} video */
export function nameBin(bin, video) {
  bin.setAttribute("aria-label", t("delete name", { name: nameOf(video) }));
}

/** @param {import("./video.js").Video} video @param {string} text @param {() => void} onclick */
export function youtubeLink(video, text, onclick) {
  const attributes = { class: "button", target: "_blank", rel: "noopener" };
  const label = { "aria-label": t("open youtube"), title: t("open youtube") };
  return h(
    "a",
    { ...attributes, ...label, onclick, href: watchUrl(video) },
    icon("external"),
    text,
  );
}
