/** Ids that the page generates like the service, so that requests are idempotent. Pure. */

const EPOCH_MS = Date.UTC(2005, 0, 1);
/** 12 random bits after 41 bits of milliseconds: together the 53 bits of an exact number. */
const RANDOMS = 4096;

/** @param {number} [now_ms] since 1970 @param {number} [random] from 0 to below 1 */
export function drawId(now_ms = Date.now(), random = Math.random()) {
  return (now_ms - EPOCH_MS) * RANDOMS + Math.floor(random * RANDOMS);
}
