/** Shares a video's link with another app, or copies it if the browser can't share. */

import { t } from "../i18n.js";
import { nameOf, watchUrl } from "./video.js";

/**
 * @param {Pick<import("../app.js").App, "say">} app
 * @param {import("./video.js").Video} video
 */
export async function shareVideo(app, video) {
  const link = { title: nameOf(video), url: watchUrl(video) };
  try {
    if (navigator.share) await navigator.share(link);
    else {
      await navigator.clipboard.writeText(link.url);
      app.say(t("link copied"));
    }
  } catch (error) {
    const cancelled = error instanceof DOMException && error.name === "AbortError";
    if (!cancelled) app.say(t("link not copied"));
  }
}
