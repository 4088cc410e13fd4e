import assert from "node:assert/strict";
import { test } from "node:test";
import { after } from "../../../core/web/js/changes/changes.js";
import {
  changingSearch,
  deletingSearch,
  savingAgain,
  savingSearch,
} from "../../../core/web/js/changes/search.js";
import {
  filtersToSave,
  isApplied,
  isTaken,
  suggestName,
} from "../../../core/web/js/searches/searches.js";
import { Confirmed } from "../../../core/web/js/sync/confirmed.js";
import { readFilters } from "../../../core/web/js/videos/filter_address.js";
import { LibraryState } from "../../../core/web/js/videos/library_state.js";

const search = (id, name, query) => ({ id, name, query, revision: 1 });
const looking = (filters, remembered) =>
  new LibraryState().looking(readFilters(filters, remembered));
const names = (library) => library.searches.map(({ name }) => name);

test("a saved search is applied when the current filters equal it", () => {
  const short = search(1, "short", "tags=legs&max=20");
  assert.ok(isApplied(looking("max=20&tags=legs"), short, "newest"));
  assert.ok(isApplied(looking("tags=legs&max=20", "title"), short, "title"));
  assert.ok(!isApplied(looking("tags=legs&max=20&q=a"), short, "newest"));
  assert.ok(!isApplied(looking("tags=legs"), short, "newest"));
});

test("the order is saved only if it differs from the device's", () => {
  assert.equal(filtersToSave(looking("tags=legs&sort=title"), "newest"), "tags=legs&sort=title");
  assert.equal(filtersToSave(looking("tags=legs&sort=title"), "title"), "tags=legs");
  assert.equal(filtersToSave(looking("max=20"), "title"), "max=20");
  assert.equal(filtersToSave(looking("max=20&sort=newest"), "title"), "max=20&sort=newest");
});

test("a name is suggested, and names are compared without case", () => {
  assert.equal(suggestName(looking("tags=legs,abs&q=+short+&max=20")), "legs abs short");
  assert.equal(suggestName(looking(`q=${"a".repeat(80)}`)).length, 40);
  const searches = [search(1, "Übung", "q=a"), search(2, "Legs", "q=b")];
  assert.ok(isTaken(searches, "ÜBUNG"));
  assert.ok(!isTaken(searches, "übung", 1));
  assert.ok(!isTaken(searches, "Ubung"));
});

test("an unsent save, rename, deletion and undo of a search are shown", () => {
  const saved = savingSearch("Short", "max=20");
  let library = after(new LibraryState([], { searches: [search(1, "Old", "q=a")] }), saved);
  assert.deepEqual(names(library), ["Old", "Short"]);
  assert.deepEqual(names(after(library, saved)), ["Old", "Short"]);
  const [, row] = library.searches;
  library = after(library, changingSearch(row, { name: "Shorter" }));
  assert.deepEqual(names(library), ["Old", "Shorter"]);
  library = after(library, deletingSearch(library.searches[0]));
  assert.deepEqual(names(library), ["Shorter"]);
  assert.deepEqual(names(after(library, savingAgain(search(1, "Old", "q=a")))), ["Old", "Shorter"]);
});

test("the change feed adds saved searches, oldest first, and removes them", () => {
  const page = (searches, gone = []) =>
    JSON.stringify({ videos: [], searches, gone: { searches: gone } });
  const read = (since, revision, pages) => ({ since, revision, etag: "", format: 4, pages });
  const first = new Confirmed().with(
    read(0, 2, [page([search(2, "b", "q=b"), search(1, "a", "q=a")])]),
  );
  assert.deepEqual(names(first.rows), ["a", "b"]);
  const later = first.with(read(2, 4, [page([{ ...search(2, "c", "q=b"), revision: 3 }], [1])]));
  assert.deepEqual(names(later.rows), ["c"]);
});
