import assert from "node:assert/strict";
import { test } from "node:test";
import { Offline, Refused } from "../../../core/web/js/api.js";
import { Forgetful } from "../../../core/web/js/device.js";
import { Outbox } from "../../../core/web/js/outbox.js";

const gone = { kind: "batch", body: { action: "delete" }, videos: [] };
const save = (url) => ({ kind: "save", body: { url, tags: [] } });

/** An outbox of Lily's, a network that can be cut, and what went over it. */
async function lily(kept = new Forgetful()) {
  const network = { up: true, sent: [], refuses: null, putBack: [] };
  const box = new Outbox(kept, async (change) => {
    if (!network.up) throw new Offline();
    network.sent.push(change.body.url ?? change.body.action);
    if (network.refuses === change.body?.url) throw new Refused("invalid-input", "No.", 422, "#/url");
    return null;
  });
  box.onRefused = (change) => network.putBack.push(change.body.url);
  await box.open("lily");
  return { kept, network, box, end: () => clearTimeout(box.timer) };
}

test("a change goes out at once and is then forgotten", async () => {
  const { box, network, kept } = await lily();
  assert.deepEqual(await box.add(save("a")), { sent: true, video: null });
  assert.deepEqual(network.sent, ["a"]);
  assert.deepEqual(await kept.changes("lily"), []);
});

test("without a network changes wait, and go in order, once", async () => {
  const { box, network, end } = await lily();
  network.up = false;
  assert.equal((await box.add(save("a"))).sent, false);
  assert.equal((await box.add(gone)).sent, false);
  assert.equal(box.waiting.length, 2);
  network.up = true;
  await Promise.all([box.flush(), box.flush()]);
  assert.deepEqual(network.sent, ["a", "delete"]);
  assert.equal(box.waiting.length, 0);
  end();
});

test("what waits outlives the page", async () => {
  const { box, network, kept, end } = await lily();
  network.up = false;
  await box.add(save("a"));
  end();
  const again = await lily(kept);
  assert.equal(again.box.waiting.length, 1);
  await again.box.flush();
  assert.deepEqual(again.network.sent, ["a"]);
});

test("nobody else sends or sees what a person left", async () => {
  const { box, network, end } = await lily();
  network.up = false;
  await box.add(save("hers"));
  network.up = true;
  await box.open("lars");
  await box.flush();
  assert.deepEqual([box.waiting, network.sent], [[], []]);
  await box.open("lily");
  await box.flush();
  assert.deepEqual(network.sent, ["hers"]);
  end();
});

test("a refusal reaches whoever waits for it", async () => {
  const { box, network } = await lily();
  network.refuses = "bad";
  await assert.rejects(box.add(save("bad")), /No\./);
  assert.deepEqual([box.waiting, box.failed], [[], []]);
  assert.deepEqual(network.putBack, ["bad"]);
});

test("a refusal that nobody waits for is shown, and stops nothing behind it", async () => {
  const { box, network, end } = await lily();
  network.up = false;
  await box.add(save("bad"));
  await box.add(save("good"));
  Object.assign(network, { up: true, refuses: "bad" });
  await box.flush();
  assert.deepEqual(network.sent, ["bad", "good"]);
  assert.equal(box.failed[0].change.body.url, "bad");
  assert.deepEqual(network.putBack, ["bad"]);
  end();
});

test("a waiting change can be taken back", async () => {
  const { box, network, end } = await lily();
  network.up = false;
  await box.add(save("a"));
  await box.cancel(box.waiting[0].number);
  network.up = true;
  await box.flush();
  assert.deepEqual(network.sent, []);
  end();
});
