import assert from "node:assert/strict";
import { test } from "node:test";
import { Offline, Refused } from "../../../core/web/js/api.js";
import { Outbox } from "../../../core/web/js/changes/outbox.js";
import { MemoryStorage } from "../../../core/web/js/storage/storage.js";

const gone = { kind: "batch", body: { action: "delete" }, videos: [] };
const save = (url) => ({ kind: "save", body: { url, tags: [] } });

/** An outbox whose network the test controls; `network.sent` records what was sent. */
async function outboxOf(userId, kept = new MemoryStorage()) {
  const network = {
    up: true,
    sent: [],
    refuses: null,
    undone: [],
    wait_s: 0,
    answers: null,
    breaksAt: null,
  };
  const box = new Outbox(userId, kept, async (change) => {
    if (!network.up) throw new Offline("offline", "offline", network.wait_s);
    const what = change.body.url ?? change.body.action;
    if (network.breaksAt === what) throw new Offline("internal-error");
    network.sent.push(what);
    if (network.refuses === change.body?.url)
      throw new Refused("invalid-input", "No.", 422, "#/url");
    await network.answers;
    return { video: null };
  });
  box.onRefused = (change) => network.undone.push(change.body.url);
  await box.open();
  return { kept, network, box, end: () => clearTimeout(box.timer) };
}

const lily = (kept) => outboxOf("lily", kept);

test("a change is sent immediately and then removed", async () => {
  const { box, network, kept } = await lily();
  assert.deepEqual(await box.add(save("a")), { sent: true, video: null });
  assert.deepEqual(network.sent, ["a"]);
  assert.deepEqual(await kept.changes("lily"), []);
});

test("offline changes are queued, then sent in order, once each", async () => {
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

test("waiting changes survive a reload", async () => {
  const { box, network, kept, end } = await lily();
  network.up = false;
  await box.add(save("a"));
  end();
  const again = await lily(kept);
  assert.equal(again.box.waiting.length, 1);
  await again.box.flush();
  assert.deepEqual(again.network.sent, ["a"]);
});

test("no other user sends or sees a user's unsent changes", async () => {
  const hers = await lily();
  hers.network.up = false;
  await hers.box.add(save("hers"));
  hers.box.close();
  const his = await outboxOf("lars", hers.kept);
  await his.box.flush();
  assert.deepEqual([his.box.waiting, his.network.sent], [[], []]);
  const again = await lily(hers.kept);
  await again.box.flush();
  assert.deepEqual(again.network.sent, ["hers"]);
});

test("a response after sign-out is dropped, and its change is not sent again", async () => {
  const { box, network, kept } = await lily();
  const told = [];
  box.onSent = () => told.push("sent");
  let answer;
  network.answers = new Promise((resolve) => (answer = resolve));
  box.add(save("a")).then(() => told.push("watched"));
  box.add(save("b")).then(() => told.push("watched"));
  while (!network.sent.length) await new Promise(setImmediate);
  box.close();
  answer();
  await box.turn;
  assert.deepEqual([network.sent, told, box.timer], [["a"], [], undefined]);
  assert.deepEqual(
    (await kept.changes("lily")).map((one) => one.body.url),
    ["b"],
  );
  await assert.rejects(box.add(save("c")), /signed-out/);
});

test("without a user no change is stored", async () => {
  const { box, kept } = await outboxOf("");
  await assert.rejects(box.add(save("a")), /signed-out/);
  assert.deepEqual(await kept.changes(""), []);
});

test("the outbox respects Retry-After", async () => {
  const { box, network, end } = await lily();
  Object.assign(network, { up: false, wait_s: 60 });
  assert.equal((await box.add(save("a"))).sent, false);
  network.up = true;
  await box.flush();
  assert.equal((await box.add(save("b"))).sent, false);
  assert.deepEqual([network.sent, box.held.length], [[], 2]);
  end();
});

/** Another tab holds this outbox's lock until the test frees it. */
function lockOf(box) {
  const lock = { free: null };
  box.alone = async (work) => {
    await new Promise((resolve) => (lock.free = resolve));
    return work();
  };
  return lock;
}

test("a refusal in another tab is a refusal here, shown once", async () => {
  const { box, network, kept, end } = await lily();
  const other = await lily(kept);
  other.network.refuses = "bad";
  const lock = lockOf(box);
  const outcome = box.add(save("bad"));
  while (!lock.free) await new Promise(setImmediate);
  await other.box.flush();
  assert.equal(other.box.failed.length, 1);
  lock.free();
  await assert.rejects(outcome, { kind: "invalid-input", pointer: "#/url" });
  await other.box.flush();
  assert.deepEqual([box.failed, other.box.failed, network.sent], [[], [], []]);
  end();
});

test("a refusal survives a reload until it is dismissed", async () => {
  const { box, network, kept, end } = await lily();
  network.up = false;
  await box.add(save("bad"));
  Object.assign(network, { up: true, refuses: "bad" });
  await box.flush();
  end();
  const again = await lily(kept);
  assert.deepEqual([again.box.waiting, again.box.failed[0].fault.message], [[], "No."]);
  await again.box.flush();
  assert.deepEqual(again.network.sent, []);
  await again.box.forget(again.box.failed[0].number);
  assert.deepEqual(await kept.changes("lily"), []);
});

test("an outbox whose storage fails sends the changes in memory", async () => {
  const { box, network, kept, end } = await lily();
  network.up = false;
  await box.add(save("a"));
  kept.changes = async () => Promise.reject(new Error("gone"));
  network.up = true;
  assert.deepEqual(await box.add(save("b")), { sent: true, video: null });
  assert.deepEqual(network.sent, ["a", "b"]);
  end();
});

test("a change added while the database hangs is sent", async () => {
  const { box, network, kept, end } = await lily();
  const hangs = () => new Promise((resolve) => setTimeout(resolve, 20));
  kept.changes = async () => {
    await hangs();
    throw new Error("hung");
  };
  const first = box.add(save("a"));
  await new Promise(setImmediate); // the outbox is now reading the first one
  await Promise.all([first, box.add(save("b"))]);
  assert.deepEqual(network.sent, ["a", "b"]);
  end();
});

test("a change that can't be removed is not sent again, and is removed later", async () => {
  const { box, network, kept, end } = await lily();
  const remove = kept.removeChange.bind(kept);
  kept.removeChange = async () => {};
  await box.add(gone);
  assert.equal((await kept.changes("lily")).length, 1);
  kept.removeChange = remove;
  await box.add({ ...gone, body: { action: "restore" } });
  await box.flush();
  assert.deepEqual(network.sent, ["delete", "restore"]);
  assert.deepEqual(await kept.changes("lily"), []);
  end();
});

test("a change that another tab sent counts as sent", async () => {
  const { box, network, kept, end } = await lily();
  const other = await lily(kept);
  const lock = lockOf(box);
  const outcome = box.add(save("a"));
  while (!lock.free) await new Promise(setImmediate);
  await other.box.flush();
  lock.free();
  assert.deepEqual(await outcome, { sent: true, video: null });
  assert.deepEqual([other.network.sent, network.sent], [["a"], []]);
  end();
});

test("only changes that could not be sent are shown as waiting", async () => {
  const { box, network, end } = await lily();
  const held = [];
  box.onMove = () => held.push(box.held.length);
  await box.add(save("a"));
  assert.deepEqual([...new Set(held)], [0]);
  network.up = false;
  await box.add(save("b"));
  assert.equal(box.held.length, 1);
  end();
});

test("a refusal rejects the pending call", async () => {
  const { box, network } = await lily();
  network.refuses = "bad";
  await assert.rejects(box.add(save("bad")), /No\./);
  assert.deepEqual([box.waiting, box.failed], [[], []]);
  assert.deepEqual(network.undone, ["bad"]);
});

test("a refusal is kept when the sheet closes while it is being stored", async () => {
  const { box, network, kept } = await lily();
  network.refuses = "bad";
  let inSight = true;
  const put = kept.putChange.bind(kept);
  kept.putChange = async (change) => {
    inSight = false;
    await put(change);
  };
  box.add(save("bad"), () => inSight).catch(() => assert.fail("no view shows it"));
  while (!box.failed.length) await new Promise(setImmediate);
  await box.turn;
  assert.equal((await kept.changes("lily"))[0].fault.message, "No.");
});

test("a refusal is rolled back, then reported, then removed", async () => {
  const { box, network, kept } = await lily();
  const order = [];
  network.refuses = "bad";
  box.onRefused = () => order.push("put back");
  const remove = kept.removeChange.bind(kept);
  kept.removeChange = async (number) => {
    await new Promise(setImmediate);
    await remove(number);
    order.push("forgotten");
  };
  await box.add(save("bad")).catch(() => order.push("told"));
  await box.turn;
  assert.deepEqual(order, ["put back", "told", "forgotten"]);
});

test("a refusal in sight is not listed while it is being removed", async () => {
  const { box, network, kept } = await lily();
  network.refuses = "bad";
  let seen = null;
  const remove = kept.removeChange.bind(kept);
  kept.removeChange = async (number) => {
    seen = [box.waiting.length, box.failed.length];
    await remove(number);
  };
  await assert.rejects(box.add(save("bad")), /No\./);
  await box.turn;
  assert.deepEqual(seen, [0, 0]);
});

test("a refusal without a pending call is kept, and later changes are still sent", async () => {
  const { box, network, end } = await lily();
  network.up = false;
  await box.add(save("bad"));
  await box.add(save("good"));
  Object.assign(network, { up: true, refuses: "bad" });
  await box.flush();
  assert.deepEqual(network.sent, ["bad", "good"]);
  assert.equal(box.failed[0].body.url, "bad");
  assert.deepEqual(network.undone, ["bad"]);
  end();
});

test("a change that causes a server error blocks only later changes of its videos", async () => {
  const { box, network, end } = await lily();
  const to = (action, ...ids) => ({
    kind: "batch",
    body: { action },
    videos: ids.map((id) => ({ id })),
  });
  network.up = false;
  const changes = [to("tag", 1), to("delete", 1, 2), to("restore", 2), save("a"), to("untag", 3)];
  for (const change of changes) await box.add(change);
  Object.assign(network, { up: true, breaksAt: "tag" });
  await box.flush();
  assert.deepEqual(network.sent, ["a", "untag"]);
  assert.deepEqual([box.held.length, box.trouble.kind], [3, "internal-error"]);
  network.breaksAt = null;
  await box.flush();
  assert.deepEqual(network.sent.slice(2), ["tag", "delete", "restore"]);
  assert.deepEqual(box.held, []);
  end();
});

test("a change discarded while another is sent is not sent", async () => {
  const { box, network, end } = await lily();
  network.up = false;
  await box.add(save("a"));
  await box.add(save("b"));
  let answer;
  Object.assign(network, { up: true, answers: new Promise((resolve) => (answer = resolve)) });
  const flushed = box.flush();
  while (!network.sent.length) await new Promise(setImmediate);
  await box.forget(box.waiting[1].number);
  answer();
  await flushed;
  assert.deepEqual(network.sent, ["a"]);
  end();
});

test("a waiting change can be discarded", async () => {
  const { box, network, end } = await lily();
  network.up = false;
  await box.add(save("a"));
  const discarded = await box.discard(box.waiting[0].number);
  network.up = true;
  await box.flush();
  assert.deepEqual(network.sent, []);
  await box.add(discarded); // Undo
  assert.deepEqual(network.sent, ["a"]);
  end();
});

test("a discarded change is not reported as sent", async () => {
  const { box, kept, end } = await lily();
  const told = [];
  const lock = lockOf(box);
  box.add(save("a")).then((outcome) => told.push(outcome));
  while (!lock.free) await new Promise(setImmediate);
  const [{ number }] = await kept.changes("lily");
  const sending = lock.free;
  const discarded = box.discard(number);
  lock.free();
  assert.equal((await discarded).body.url, "a");
  sending();
  await box.turn;
  assert.deepEqual([told, await kept.changes("lily")], [[], []]);
  end();
});

test("a change that another tab sent can't be discarded", async () => {
  const { box, network, kept, end } = await lily();
  network.up = false;
  await box.add(save("a"));
  const [{ number }] = box.waiting;
  const other = await lily(kept);
  await other.box.flush();
  assert.equal(await box.discard(number), undefined);
  end();
});

test("a refusal out of sight is kept, and can be edited", async () => {
  const { box, network, kept } = await lily();
  network.refuses = "bad";
  let told = false;
  box.add(save("bad"), () => false).catch(() => (told = true));
  while (!box.failed.length) await new Promise(setImmediate);
  await box.turn;
  assert.deepEqual([told, box.waiting, network.undone], [false, [], ["bad"]]);
  await box.amend(box.failed[0].number, { url: "better", tags: [] }, "");
  assert.equal((await kept.changes("lily"))[0].body.url, "better");
  assert.equal(box.failed[0].fault.message, "No.");
});

test("a change that is not stored yet does not survive a reload", async () => {
  const { box, kept } = await lily();
  let keep;
  kept.addChange = () => new Promise((resolve) => (keep = resolve));
  const outcome = box.add(save("a"));
  assert.deepEqual([box.lasts, box.waiting, box.unsent.length], [false, [], 1]);
  keep(1);
  await outcome;
  assert.equal(box.lasts, true);
});

test("a change that causes a server error can be discarded", async () => {
  const { box, network, end } = await lily();
  network.breaksAt = "delete";
  await box.add(gone);
  assert.deepEqual(box.stuck, box.waiting);
  await box.discard(box.stuck[0].number);
  await box.flush();
  assert.deepEqual([box.stuck, box.waiting, box.trouble], [[], [], null]);
  end();
});

test("a sent change is reported before it is removed", async () => {
  const { box, kept } = await lily();
  const told = [];
  const forget = kept.removeChange.bind(kept);
  kept.removeChange = async (number) => {
    told.push("forgotten");
    await forget(number);
  };
  box.onSent = () => told.push("told");
  await box.add(save("a"));
  assert.deepEqual(told, ["told", "forgotten"]);
});

test("a device keeps the changes of one user at most", async () => {
  const { box, network, kept, end } = await lily();
  network.up = false;
  await box.add(save("a"));
  assert.equal(box.unsynced, 1);
  await kept.belongTo(""); // the session ended without a sign-out
  assert.equal((await kept.changes("lily")).length, 1);
  await kept.belongTo("lars");
  assert.deepEqual(await kept.changes("lily"), []);
  end();
});
