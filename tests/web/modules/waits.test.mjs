import assert from "node:assert/strict";
import { test } from "node:test";
import { Waits } from "../../../core/web/js/sync/waits.js";

/** The seconds before each look; `missing` counts the missing titles after each. */
function waitsOf(...missing) {
  const waits = new Waits();
  return missing.map((n) => {
    waits.looked(n);
    return waits.seconds;
  });
}

test("without missing titles the page reads each minute", () => {
  assert.deepEqual(waitsOf(0, 0, 0), [60, 60, 60]);
});

test("while titles are missing it reads after 1, 2, 4 … 30 seconds", () => {
  assert.deepEqual(waitsOf(320, 310, 300, 280, 240, 200, 150, 0), [1, 2, 4, 8, 16, 30, 30, 60]);
});

test("more missing titles reset the wait", () => {
  assert.deepEqual(waitsOf(2, 2, 2, 3), [1, 2, 4, 1]);
  const waits = new Waits();
  waits.looked(0);
  waits.note(1);
  assert.equal(waits.seconds, 1);
});

test("the page stops waiting for titles that do not come", () => {
  const waits = new Waits();
  waits.looked(2);
  for (const seconds of [1, 2, 4, 8, 16, 30]) {
    assert.deepEqual([waits.seconds, waits.fetching], [seconds, 2]);
    waits.looked(2);
  }
  assert.deepEqual([waits.seconds, waits.fetching], [60, 0]);
  waits.looked(1);
  assert.deepEqual([waits.seconds, waits.fetching], [30, 1]);
});
