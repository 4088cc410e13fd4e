import assert from "node:assert/strict";
import { test } from "node:test";
import { readFilters, writeFilters } from "../../../core/web/js/videos/filter_address.js";
import { LibraryState } from "../../../core/web/js/videos/library_state.js";
import { readVideo } from "../../../core/web/js/videos/video.js";

const looking = (filters, remembered) =>
  new LibraryState().looking(readFilters(filters, remembered));
const rewritten = (filters, remembered) => writeFilters(looking(filters, remembered));
const video = (id, tags) =>
  readVideo({ id, tags, url: "", title: "", created_at: "", video_key: `${id}`, availability: "" });

test("every filter round-trips through the address", () => {
  for (const filters of [
    "",
    "tags=legs",
    "tags=leg+day,%C3%9Cbung%26Co&match=any&without=arms&kind=unavailable&max=20&rest=7&q=a+%2B+b",
    "kind=untagged&sort=title",
    "max=20&sort=newest",
    "max=25&rest=2",
  ])
    assert.equal(rewritten(filters), filters);
});

test("unknown names and invalid values are ignored", () => {
  const wrong = "max=0&max=20&rest=-1&kind=all&match=all&sort=random&tags=,&without=&x=1&q=+";
  assert.equal(rewritten(wrong), "");
  assert.equal(rewritten("max=9999&rest=366&sort=constructor&kind=toString"), "");
  assert.equal(rewritten("match=any"), "");
  assert.equal(rewritten("tags=legs,Legs,arms&without=LEGS,abs"), "tags=legs,arms&without=abs");
  assert.equal(looking(`q=${"a".repeat(300)}%00`).query.length, 200);
});

test("the order comes from the address, else from the device, else it is newest first", () => {
  assert.equal(looking("sort=oldest", "title").sort, "oldest");
  assert.equal(looking("tags=legs", "title").sort, "title");
  assert.equal(looking("tags=legs", "anything").sort, "newest");
  assert.equal(looking("max=20", "title").sort, "due");
  assert.equal(looking("max=20", "title").training({ max: 0 }).sort, "title");
});

test("an excluded tag hides its videos, and a tap on it shows them again", () => {
  const videos = [video(3, "legs,abs"), video(2, "legs"), video(1, "arms")];
  const library = new LibraryState(videos, { loaded: true }).looking(readFilters("without=Abs"));
  const ids = (state) => state.shown.map(({ id }) => id);
  assert.deepEqual(ids(library), [2, 1]);
  assert.deepEqual(ids(library.toggling("legs")), [2]);
  assert.deepEqual(ids(library.toggling("abs")), [3, 2, 1]);
  assert.deepEqual(ids(library.toggling("legs").excluding("legs")), [1]);
  assert.deepEqual(ids(library.looking({ excluded: ["gone"] }).pruned()), [3, 2, 1]);
});

test("a tag stays chosen until the library is read, and then only if a video has it", () => {
  const asked = looking("tags=legs,gone&match=any");
  assert.deepEqual(asked.with(video(1, "arms")).chosen, ["legs", "gone"]);
  const read = asked.showing([video(1, "legs")], true).pruned();
  assert.equal(writeFilters(read), "tags=legs&match=any");
});
