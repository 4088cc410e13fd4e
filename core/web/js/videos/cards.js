/** A video in the library: a card in the grid, a row in the list; the style sheet decides. */

import { h, icon } from "../dom.js";
import { clock, t } from "../i18n.js";
import { doneLine } from "../training/ago.js";
import { awaitsTitle, nameOf } from "./video.js";

/** @typedef {import("./video.js").Video} Video */

const HUES = 7;
const MAX_TAGS = 4;
/** Room for the channel: the list does not move once YouTube names it. */
const LATER = "\u00a0";

/** @type {WeakMap<Video, HTMLElement>} */
let drawn = new WeakMap();
/** The day for which they are drawn. */
let drawnFor = "";

/**
 * Return the card of a video, cached until the video or the day changes.
 * @param {Video} video
 * @param {string} today
 */
export function cardOf(video, today) {
  if (today !== drawnFor) drawn = new WeakMap();
  drawnFor = today;
  const card = drawn.get(video) ?? makeCard(video, today);
  drawn.set(video, card);
  return card;
}

/** @param {Video} video @param {string} today */
function makeCard(video, today) {
  const unavailable = unavailability(video);
  const below = unavailable ?? video.channel ?? (video.availability === "unknown" && LATER);
  const label = t("select name", { name: nameOf(video) });
  return h(
    "li",
    { class: awaitsTitle(video) ? "card untitled" : "card", "data-id": video.id },
    h("input", { type: "checkbox", class: "card-check", "aria-label": label }),
    h(
      "a",
      { class: "card-link", href: `#video-${video.id}` },
      picture(video),
      h(
        "span",
        { class: "card-body" },
        h("span", { class: "card-title", dir: "auto" }, nameOf(video)),
        below &&
          h("span", { class: unavailable ? "card-sub warn" : "card-sub", dir: "auto" }, below),
        h("span", { class: "card-done" }, doneLine(video, today)),
        video.tags.length > 0 && pills(video.tags),
      ),
    ),
    makeMore(video),
  );
}

/** @param {Video} video */
function makeMore(video) {
  const label = t("more for", { name: nameOf(video) });
  const attributes = { type: "button", class: "round card-more", "aria-label": label };
  return h("button", { ...attributes, title: t("more") }, icon("more"));
}

/**
 * Show whether it is selected. In selection mode the Tab key stops at its box, not at its link.
 * @param {HTMLElement} card
 * @param {import("./selection.js").Selection} selection
 */
export function markCard(card, { on, ids }) {
  const [check, link] = /** @type {[HTMLInputElement, HTMLElement]} */ ([...card.children]);
  check.checked = ids.has(Number(card.dataset.id));
  link.tabIndex = on ? -1 : 0;
}

/** @param {Video} video */
export function unavailability({ availability }) {
  const known = ["private", "gone", "embedding_disabled"];
  return known.includes(availability) ? t(/** @type {"gone"} */ (availability)) : null;
}

/** @param {readonly string[]} tags */
export function pills(tags) {
  const shown = tags
    .slice(0, MAX_TAGS)
    .map((name) => h("span", { class: "pill", dir: "auto" }, name));
  const rest = tags.length - MAX_TAGS;
  const more = rest > 0 && h("span", { class: "pill rest" }, `+${rest}`);
  return h("span", { class: "pills" }, ...shown, more);
}

/**
 * YouTube's thumbnail in 16:9; the video's colour replaces one that can't be shown.
 * @param {Pick<Video, "video_key" | "thumbnail_url"> & Partial<Video>} video
 */
export function picture(video) {
  const image = h("img", {
    src: safePicture(video.thumbnail_url),
    alt: "",
    width: 320,
    height: 180,
    loading: "lazy",
    decoding: "async",
    referrerpolicy: "no-referrer",
    onerror: () => image.remove(),
  });
  return h(
    "span",
    { class: "picture", "data-hue": hueOf(video.video_key) },
    icon("play"),
    image,
    h(
      "span",
      { class: "marks" },
      video.start_s
        ? h("span", { class: "start" }, t("from moment", { at: clock(video.start_s) }))
        : null,
      video.minutes
        ? h("span", { class: "start minutes" }, t("n min", { n: video.minutes }))
        : null,
    ),
  );
}

/** @param {string} url */
function safePicture(url) {
  return url.startsWith("https://i.ytimg.com/") ? url : "";
}

/** @param {string} key */
function hueOf(key) {
  let sum = 0;
  for (const letter of key) sum = (sum * 31 + letter.charCodeAt(0)) >>> 0;
  return sum % HUES;
}
