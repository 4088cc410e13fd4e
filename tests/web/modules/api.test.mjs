import assert from "node:assert/strict";
import { test } from "node:test";
import { readRow } from "../../../core/web/js/api.js";

const ETAGS = ['"0.3.0-7-42"', 'W/"0.3.0-7-42"', '"0.3.0-7-42-gzip"', '"0.3.0-7-42-zstd"'];

test("a row gets the revision of the ETag, even if a proxy changed its suffix", async () => {
  for (const etag of ETAGS) {
    const answer = new Response('{"id":1}', { headers: { ETag: etag } });
    assert.deepEqual(await readRow(answer), { id: 1, revision: 42 }, etag);
  }
  assert.deepEqual(await readRow(new Response('{"id":1}')), { id: 1, revision: 0 });
});
