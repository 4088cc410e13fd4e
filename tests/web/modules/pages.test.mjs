import assert from "node:assert/strict";
import { test } from "node:test";
import { inParts } from "../../../core/web/js/sync/pages.js";

const NASTY = ['},{"id":1', '":[{"id":7}]}', '\\"},{"id":', "\\", "}]}", "👍 </script>"];
const rows = (first, many) =>
  Array.from({ length: many }, (_, at) => ({ id: first + at, title: NASTY[at % NASTY.length] }));

/** The rows of each noun, as a reader joins them. */
function join(parts) {
  const joined = {};
  for (const part of parts)
    for (const [noun, value] of Object.entries(JSON.parse(part)))
      joined[noun] = Array.isArray(value) ? [...(joined[noun] ?? []), ...value] : value;
  return joined;
}

test("the parts of a page say the same as the page", () => {
  const end = { gone: { videos: [3, 4] }, revision: 9, next_cursor: null };
  const pages = [
    { videos: rows(1, 20_000), notes: rows(1, 1), workouts: rows(5, 30_000), searches: [], ...end },
    { videos: [], notes: [], workouts: rows(5, 30_000), ...end },
    { videos: rows(1, 3), workouts: rows(1, 3), ...end },
    { videos: [], ...end },
  ];
  for (const page of pages) assert.deepEqual(join(inParts(JSON.stringify(page))), page);
});

test("no part is much larger than 250,000 characters", () => {
  const page = JSON.stringify({ videos: rows(1, 40_000), workouts: rows(1, 40_000) });
  const parts = inParts(page);
  assert.ok(parts.length > 8);
  assert.ok(parts.every(({ length }) => length < 251_000));
  assert.deepEqual(inParts('{"videos":[]}'), ['{"videos":[]}']);
});

test("a page that is written otherwise is one part", () => {
  const page = JSON.stringify({ videos: rows(1, 20_000) }, null, 1);
  assert.deepEqual(inParts(page), [page]);
});
