/**
 * Days of the log, as dates such as `2026-11-28`. Pure, except for `today`.
 *
 * A day has no time: a time zone would move it to another date.
 */

const DAY_MS = 86_400_000;
/** Earlier hours count as the day before. */
const BEGINS_AT_HOUR = 3;

/** The day that a time counts for, by the clock of this device. @param {Date} moment */
export function dayOf(moment) {
  const early = moment.getHours() < BEGINS_AT_HOUR ? 1 : 0;
  const [year, month, day] = [moment.getFullYear(), moment.getMonth(), moment.getDate()];
  return written(Date.UTC(year, month, day - early));
}

export function today() {
  return dayOf(new Date());
}

/** How many days the other day is later; 0 if it is not. @param {string} day @param {string} other */
export function daysBetween(day, other) {
  return Math.max(0, (count(other) - count(day)) / DAY_MS);
}

/** @param {string} day @param {number} days */
export function daysBefore(day, days) {
  return written(count(day) - days * DAY_MS);
}

/** The days of the week with this day, from Monday on. @param {string} day */
export function weekOf(day) {
  const sinceMonday = (new Date(count(day)).getUTCDay() + 6) % 7;
  return Array.from({ length: 7 }, (_, at) => daysBefore(day, sinceMonday - at));
}

/** A date to write with `Intl`, in UTC. @param {string} day */
export function dateOf(day) {
  return new Date(count(day));
}

/** @param {string} day @returns {number} milliseconds */
function count(day) {
  const [year, month, date] = day.split("-").map(Number);
  return Date.UTC(year, month - 1, date);
}

/** @param {number} count */
function written(count) {
  return new Date(count).toISOString().slice(0, 10);
}
