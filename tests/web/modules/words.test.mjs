import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import {
  chooseLanguage,
  chooseRegion,
  clock,
  day,
  explain,
  messageOf,
  number,
  speak,
  t,
} from "../../../core/web/js/i18n.js";
import { de } from "../../../core/web/js/words/de.js";
import { en } from "../../../core/web/js/words/en.js";

await speak("en");
await speak("de");

const values = (text) =>
  [...text.matchAll(/\{\w+\}/g)]
    .map(String)
    .sort()
    .filter((one, at, all) => one !== all[at - 1]);

test("both languages have the same words and placeholders", () => {
  assert.deepEqual(Object.keys(de), Object.keys(en));
  for (const word of Object.keys(en)) assert.deepEqual(values(de[word]), values(en[word]), word);
});

test("dates follow the user's region", () => {
  const written = (...wanted) => day("2026-11-29T12:00:00Z", chooseRegion(wanted, "en"));
  assert.equal(written("en-GB", "en-US"), "29 Nov 2026");
  assert.equal(written("fr-FR", "en-US"), "Nov 29, 2026");
  assert.equal(written("fr-FR"), "Nov 29, 2026");
});

test("every word and every icon is used", () => {
  const folder = new URL("../../../core/web/js/", import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (name) => !name.startsWith("words"),
  );
  const code = files
    .filter((name) => name.endsWith(".js"))
    .map((name) => readFileSync(new URL(name, folder), "utf8"));
  const said = (word) => code.some((text) => text.includes(`"${word}"`));
  const built = /^(error|unavailable) /; // keys built from values of Core
  assert.deepEqual(
    Object.keys(en).filter((word) => !built.test(word) && !said(word)),
    [],
  );
  const icons = code.join("").matchAll(/^ {2}(\w+): "M/gm);
  assert.deepEqual(
    [...icons].map((found) => found[1]).filter((name) => !said(name)),
    [],
  );
});

test("German has a sentence for a code of the service; English shows the service's own", () => {
  const file = {
    kind: "invalid-input",
    code: "unreadable-json",
    message: "This file is not valid JSON.",
    pointer: "#",
  };
  assert.equal(explain(file, "de"), "Das ist kein gültiges JSON.");
  assert.equal(explain(file, "en"), "This file is not valid JSON.");
  assert.equal(
    messageOf("clip-link", "This is a YouTube clip.", "de").slice(0, 12),
    "Das ist kein",
  );
});

test("an unknown code shows the service's own sentence", () => {
  assert.equal(messageOf("new-code", "Something new.", "de"), "Something new.");
  assert.equal(
    explain({ kind: "invalid-input", code: "new-code", message: "#/url: something new" }, "de"),
    "Something new.",
  );
});

test("the first supported language of the user is chosen", () => {
  assert.equal(chooseLanguage(["fr-FR", "de-AT", "en"]), "de");
  assert.equal(chooseLanguage(["fr"]), "en");
});

test("numbers follow the language", () => {
  assert.equal(t("n videos", { n: 1 }, "en"), "1 video");
  assert.equal(t("n videos", { n: 10_000 }, "en"), "10,000 videos");
  assert.equal(t("n videos", { n: 10_000 }, "de"), "10.000 Videos");
  for (const language of /** @type {const} */ (["en", "de"]))
    for (const n of [0, 999, 1000, 50_000, 123_456, 1_234_567])
      assert.equal(number(n, language), new Intl.NumberFormat(language).format(n));
});

test("every problem type that a user can meet has a sentence", () => {
  const text = readFileSync(new URL("../../../docs/problems.md", import.meta.url), "utf8");
  const handled = /^(unauthenticated|webhook|precondition|method|sync)/; // handled by the page, or bugs of a client
  const kinds = [...text.matchAll(/^## (\S+)/gm)]
    .map((found) => found[1])
    .filter((kind) => !handled.test(kind));
  assert.ok(kinds.length > 5);
  assert.deepEqual(
    kinds.filter((kind) => !(`error ${kind}` in en)),
    [],
  );
});

test("every error is shown as a sentence, never as a code", () => {
  for (const kind of ["offline", "not-found", "invalid-input", "what-is-this", ""]) {
    for (const tongue of /** @type {const} */ (["en", "de"]))
      assert.match(explain({ kind }, tongue), /^[A-ZÄÖÜ].+\.$/);
  }
  assert.match(explain(new TypeError("x is undefined")), /Try again/);
  const message = "#/url: this is a playlist";
  const fault = { kind: "invalid-input", code: "playlist-link", message, pointer: "#/url" };
  assert.equal(explain(fault, "en"), "This is a playlist.");
  assert.match(explain(fault, "de"), /eine Playlist/);
  const many = {
    kind: "invalid-input",
    message: "Together these are many.",
    pointer: "#/add_tags",
  };
  assert.match(explain(many, "de"), /ein Video bis zu 50 Tags/);
});

test("times are formatted as in a player", () => {
  assert.deepEqual([clock(5), clock(65), clock(3723)], ["0:05", "1:05", "1:02:03"]);
});
