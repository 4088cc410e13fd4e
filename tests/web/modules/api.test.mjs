import assert from "node:assert/strict";
import { test } from "node:test";
import { endOf, readRow } from "../../../core/web/js/api.js";

const ETAGS = ['"0.3.0-7-42"', 'W/"0.3.0-7-42"', '"0.3.0-7-42-gzip"', '"0.3.0-7-42-zstd"'];

test("a row gets the revision of the ETag, even if a proxy changed its suffix", async () => {
  for (const etag of ETAGS) {
    const answer = new Response('{"id":1}', { headers: { ETag: etag } });
    assert.deepEqual(await readRow(answer), { id: 1, revision: 42 }, etag);
  }
  assert.deepEqual(await readRow(new Response('{"id":1}')), { id: 1, revision: 0 });
});

test("the end of a page is read without its rows, whatever their texts are", () => {
  const gone = { videos: [] };
  for (const title of ["a", '"revision":9,"next_cursor":"x"}', '\\"revision":9', "\u2028"]) {
    for (const next_cursor of ["abc", null]) {
      const end = { revision: 12, next_cursor };
      const page = JSON.stringify({ videos: [{ id: 1, title, revision: 3 }], gone, ...end });
      assert.deepEqual(endOf(page), end);
    }
  }
  assert.throws(() => endOf("<h1>Wi-Fi</h1>"), SyntaxError);
});
