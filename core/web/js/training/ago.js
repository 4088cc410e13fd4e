/** When something was done, in words. */

import { language, region, t } from "../i18n.js";
import { dateOf, daysBetween } from "./days.js";

/** @typedef {import("../videos/video.js").Video} Video */
/** @typedef {import("../i18n.js").Language} Language */

/**
 * When a video was last done, and how often, as in "5 days ago · ×12".
 * @param {{done_on?: string | null, done_count?: number}} video
 * @param {string} today
 * @param {Language} [tongue]
 */
export function doneLine({ done_on, done_count = 0 }, today, tongue = language) {
  if (!done_on) return t("not done", {}, tongue);
  const times = t("times", { n: done_count }, tongue);
  return `${agoOf(done_on, today, tongue)} · ${times}`;
}

/** @param {string} day @param {string} today @param {Language} [tongue] */
function agoOf(day, today, tongue) {
  const n = daysBetween(day, today);
  if (n === 0) return t("today", {}, tongue);
  return n === 1 ? t("yesterday", {}, tongue) : t("days ago", { n }, tongue);
}

/** Says that it was done, and for how long. @param {number | null} minutes */
export function doneText(minutes) {
  return minutes ? `${t("done")} · ${t("n min", { n: minutes })}` : t("done");
}

/** How long ago, in short, as in "9 d". @param {string | null | undefined} day @param {string} today */
export function briefAgo(day, today) {
  const n = day ? daysBetween(day, today) : undefined;
  if (n === undefined) return "–";
  return n ? t("d", { n }) : t("today");
}

/** The heading of a day in the log. @param {string} day @param {string} today */
export function dayName(day, today) {
  const n = daysBetween(day, today);
  if (day === today) return t("Today");
  if (n === 1) return t("Yesterday");
  const year = day.slice(0, 4) === today.slice(0, 4) ? undefined : "numeric";
  return write(day, { weekday: "short", day: "numeric", month: "short", year });
}

/** @param {string} day */
export const weekdayOf = (day) => write(day, { weekday: "short" });

/** @param {string} day */
export const longDay = (day) => write(day, { weekday: "long", day: "numeric", month: "long" });

/** @param {string} day @param {Intl.DateTimeFormatOptions} options */
function write(day, options) {
  return dateOf(day).toLocaleDateString(region, { ...options, timeZone: "UTC" });
}
