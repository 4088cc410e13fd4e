import assert from "node:assert/strict";
import { test } from "node:test";
import { command, readMessage, STATES } from "../../../core/web/js/player/messages.js";
import { Playback } from "../../../core/web/js/player/playback.js";
import { frameUrl } from "../../../core/web/js/player/player.js";
import { Playlist } from "../../../core/web/js/player/playlist.js";

const { ended, paused, playing } = STATES;
const said = (event, info) => readMessage(JSON.stringify({ event, info }));

/** Play from one second to another at this rate, with four messages a second. */
function play(playback, from, to, { at = 100, rate = 1 } = {}) {
  const all = [playback.read({ seconds: from, state: playing, rate }, at)];
  for (let wall = 0.25; from + wall * rate <= to; wall += 0.25) {
    all.push(playback.read({ seconds: from + wall * rate }, at + wall));
  }
  return {
    causes: all.flatMap((one) => one.causes),
    commands: all.flatMap((one) => one.commands),
  };
}

test("a message has time, duration, state and rate", () => {
  const info = { currentTime: 1.5, duration: 60, playerState: 1, playbackRate: 2 };
  assert.deepEqual(said("infoDelivery", { ...info, videoData: { video_id: "abc" } }), {
    seconds: 1.5,
    duration: 60,
    state: playing,
    rate: 2,
    key: "abc",
  });
  assert.deepEqual(said("initialDelivery", null), {});
  assert.deepEqual(said("onReady", null), {});
  assert.deepEqual(said("onStateChange", 0), { state: ended });
  assert.deepEqual(said("onError", 150), { failed: true });
});

test("invalid messages and fields are ignored", () => {
  for (const data of [null, 7, {}, "", "{", "null", "[]", '"a"', `{"event":"x${" ".repeat(2e5)}"}`])
    assert.equal(readMessage(data), null);
  assert.equal(said("apiInfoDelivery", { currentTime: 1 }), null);
  const wrong = { currentTime: -1, duration: "60", playerState: 9, playbackRate: 0, videoData: 3 };
  assert.deepEqual(said("infoDelivery", wrong), {});
  assert.deepEqual(said("infoDelivery", { duration: 60, videoData: { isLive: true } }), {});
});

test("a command has the format of the player's protocol", () => {
  assert.deepEqual(JSON.parse(command("seekTo", 7, true)), {
    event: "command",
    func: "seekTo",
    args: [7, true],
    id: 1,
    channel: "widget",
  });
});

test("a video key can't change the player's host, and the frame gets this page's origin", () => {
  const evil = { video_key: "x/../../evil?a=b#c", start_s: 42.9, end_s: 60 };
  const url = new URL(frameUrl(evil, true, "https://core.example"));
  assert.equal(url.origin, "https://www.youtube-nocookie.com");
  assert.ok(url.pathname.startsWith("/embed/x%2F"));
  const asked = Object.fromEntries(url.searchParams);
  assert.deepEqual([asked.start, asked.end, asked.autoplay], ["42", "60", "1"]);
  assert.deepEqual([asked.enablejsapi, asked.origin], ["1", "https://core.example"]);
  assert.match(frameUrl({ video_key: "x" }, false, ""), /autoplay=0/);
});

test("playing time excludes pauses, seeks and sleep", () => {
  const playback = new Playback({});
  play(playback, 0, 10);
  assert.equal(playback.played_s, 10);
  playback.read({ state: paused, seconds: 10 }, 111);
  playback.read({ seconds: 500 }, 400); // the user seeks while paused
  playback.read({ state: playing }, 3_000);
  playback.read({ seconds: 500 }, 3_000);
  playback.read({ seconds: 501 }, 3_001);
  assert.equal(playback.played_s, 11);
  playback.read({ seconds: 900 }, 3_001.5); // the user seeks while playing
  playback.read({ seconds: 100 }, 3_002);
  assert.equal(playback.played_s, 11.5);
  playback.read({ seconds: 101 }, 9_000); // the device slept
  assert.equal(playback.played_s, 12.5);
});

test("playing time is wall-clock time at any rate", () => {
  for (const rate of [0.5, 2]) {
    const playback = new Playback({});
    play(playback, 0, 20, { rate });
    assert.equal(playback.played_s, 20 / rate);
  }
});

test("a video stops at its end, and a replay begins at its start", () => {
  const playback = new Playback({ start_s: 5, end_s: 20 });
  const first = play(playback, 5, 20);
  assert.deepEqual(first.causes, ["nearly", "limit"]);
  assert.deepEqual(first.commands, [["pauseVideo"]]);
  playback.read({ state: paused, seconds: 20 }, 200);
  assert.deepEqual(playback.read({ state: playing }, 300).commands, [["seekTo", 5, true]]);
  const late = playback.read({ seconds: 20.1 }, 300.2); // a position from before the seek
  assert.deepEqual(late, { causes: [], commands: [] });
  const again = play(playback, 5, 20, { at: 301 });
  assert.deepEqual(again.causes, ["nearly", "limit"]);
  assert.deepEqual(again.commands, [["pauseVideo"]]);
});

test("a message that is sent before the pause does not replay a stopped video", () => {
  const playback = new Playback({ start_s: 5, end_s: 20 });
  play(playback, 5, 20);
  assert.deepEqual(playback.read({ seconds: 20.25 }, 200), { causes: [], commands: [] });
  playback.read({ state: paused }, 201);
  assert.deepEqual(playback.read({ state: playing }, 300).commands, [["seekTo", 5, true]]);
});

test("a stopped video plays on from where the user seeks", () => {
  for (const ownBar of [true, false]) {
    const playback = new Playback({ start_s: 5, end_s: 20 });
    play(playback, 5, 20);
    playback.read({ state: paused, seconds: 20 }, 200);
    if (ownBar) playback.read({ seconds: 12 }, 300);
    else playback.seek(12, 300);
    assert.deepEqual(playback.read({ state: playing }, 301).commands, []);
    assert.deepEqual(play(playback, 12, 20, { at: 302 }).causes, ["nearly", "limit"]);
  }
});

test("a seek beyond the end stops the video", () => {
  const playback = new Playback({ end_s: 20 });
  play(playback, 0, 3);
  assert.deepEqual(playback.read({ seconds: 50 }, 200), {
    causes: ["limit"],
    commands: [["pauseVideo"]],
  });
});

test("a video without an end time ends once, and again after a replay", () => {
  const playback = new Playback({});
  playback.read({ duration: 10 }, 99);
  assert.deepEqual(play(playback, 0, 9.75).causes, ["nearly"]);
  assert.deepEqual(playback.read({ state: ended, seconds: 10 }, 110).causes, ["ended"]);
  assert.deepEqual(playback.read({ state: ended }, 110).causes, []);
  assert.deepEqual(playback.read({ state: playing, seconds: 0 }, 200).commands, []);
  assert.deepEqual(play(playback, 0, 9.75, { at: 201 }).causes, ["nearly"]);
});

test("a segment repeats without reporting an end", () => {
  const playback = new Playback({ end_s: 20 });
  playback.segment = { from: 4, to: 6 };
  assert.deepEqual(play(playback, 4, 6.25).commands, [["seekTo", 4, true]]);
  assert.deepEqual(play(playback, 4, 6, { at: 200 }), {
    causes: [],
    commands: [["seekTo", 4, true]],
  });
  playback.segment = { from: 4, to: 10 };
  const atEnd = playback.read({ state: ended, seconds: 10 }, 300);
  assert.deepEqual(atEnd, { causes: [], commands: [["seekTo", 4, true], ["playVideo"]] });
});

test("a lost seek is sent again", () => {
  const playback = new Playback({});
  playback.segment = { from: 4, to: 6 };
  play(playback, 5, 6);
  assert.deepEqual(playback.read({ seconds: 6.5 }, 103).commands, []);
  assert.deepEqual(playback.read({ seconds: 9.5 }, 106).commands, [["seekTo", 4, true]]);
});

test("a playback error is reported once", () => {
  const playback = new Playback({});
  assert.deepEqual(playback.read({ failed: true }, 1).causes, ["failed"]);
  assert.deepEqual(playback.read({ failed: true }, 2).causes, []);
});

test("a playlist moves forward and back, and skips deleted videos", () => {
  const list = new Playlist([5, 3, 9, 1]);
  const there = (id) => id !== 9;
  assert.deepEqual([list.from(5, 1, there), list.from(3, 1, there)], [3, 1]);
  assert.deepEqual([list.from(1, 1, there), list.from(1, -1, there)], [undefined, 3]);
  assert.deepEqual([list.from(5, -1, there), list.from(7, 1, there)], [undefined, undefined]);
  assert.deepEqual([list.placeOf(5), list.placeOf(1), list.placeOf(7)], [1, 4, 0]);
});

test("a shuffle keeps every video, in random order", () => {
  const list = new Playlist([1, 2, 3, 4]);
  assert.deepEqual(list.shuffled(() => 0).ids, [2, 3, 4, 1]);
  assert.deepEqual(list.shuffled(() => 0.999).ids, [1, 2, 3, 4]);
  assert.deepEqual(list.ids, [1, 2, 3, 4]);
  const many = new Playlist(Array.from({ length: 500 }, (_, at) => at));
  assert.deepEqual(
    many.shuffled().ids.toSorted((a, b) => a - b),
    many.ids,
  );
});
