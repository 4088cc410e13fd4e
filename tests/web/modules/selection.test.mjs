import assert from "node:assert/strict";
import { test } from "node:test";
import { Selection } from "../../../core/web/js/videos/selection.js";

const shown = [5, 4, 3, 2, 1];
const ids = (selection) => [...selection.ids].sort();

test("a toggle selects and deselects a video", () => {
  const one = new Selection().toggling(3);
  assert.deepEqual([one.on, ids(one)], [true, [3]]);
  assert.deepEqual([one.toggling(3).on, ids(one.toggling(3))], [true, []]);
});

test("a range extends from the last toggled video, up or down, and adds", () => {
  const from = new Selection().toggling(5).toggling(3);
  assert.deepEqual(ids(from.reaching(1, shown)), [1, 2, 3, 5]);
  assert.deepEqual(ids(from.reaching(1, shown).reaching(4, shown)), [1, 2, 3, 4, 5]);
  assert.deepEqual(ids(new Selection().toggling(2).reaching(4, shown)), [2, 3, 4]);
});

test("a range whose start is hidden is the one video", () => {
  assert.deepEqual(ids(new Selection().reaching(2, shown)), [2]);
  assert.deepEqual(ids(new Selection().toggling(9).among(shown).reaching(2, shown)), [2]);
});

test("select all selects all shown videos, then none", () => {
  const all = new Selection().toggling(3).all(shown);
  assert.deepEqual(ids(all), [1, 2, 3, 4, 5]);
  assert.deepEqual([all.all(shown).size, all.all(shown).on], [0, true]);
});

test("hidden videos are deselected, and selection mode stays on", () => {
  const two = new Selection().toggling(5).toggling(1);
  assert.equal(two.among(shown), two);
  assert.deepEqual(ids(two.among([4, 3, 1])), [1]);
  assert.deepEqual([two.among([]).size, two.among([]).on], [0, true]);
});
