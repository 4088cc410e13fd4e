import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { chooseLanguage, clock, explain, retell, t } from "../../../core/web/js/i18n.js";
import { de } from "../../../core/web/js/words/de.js";
import { en } from "../../../core/web/js/words/en.js";

const values = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort().filter((one, at, all) => one !== all[at - 1]);

test("both languages say everything, with the same values", () => {
  assert.deepEqual(Object.keys(de), Object.keys(en));
  for (const word of Object.keys(en)) assert.deepEqual(values(de[word]), values(en[word]), word);
});

test("nothing is kept that nobody says, and no icon that nobody shows", () => {
  const folder = new URL("../../../core/web/js/", import.meta.url);
  const files = readdirSync(folder, { recursive: true }).filter((name) => !name.startsWith("words"));
  const code = files.filter((name) => name.endsWith(".js")).map((name) => readFileSync(new URL(name, folder), "utf8"));
  const said = (word) => code.some((text) => text.includes(`"${word}"`));
  const built = /^(error|unavailable) /; // from what Core says
  assert.deepEqual(Object.keys(en).filter((word) => !built.test(word) && !said(word)), []);
  const icons = code.join("").matchAll(/^  (\w+): "M/gm);
  assert.deepEqual([...icons].map((found) => found[1]).filter((name) => !said(name)), []);
});

test("what Core says of a file is said in the person's language, where it is known", () => {
  const file = { kind: "invalid-input", message: "This file is not valid JSON.", pointer: "#" };
  assert.equal(explain(file, "de"), "Diese Datei ist kein gültiges JSON.");
  assert.equal(explain(file, "en"), "This file is not valid JSON.");
  assert.equal(retell("This is a YouTube clip. Open the video itself.", "de").slice(0, 12), "Das ist kein");
  assert.equal(retell("Something new.", "de"), "Something new.");
});

test("the dearest language that is known is spoken", () => {
  assert.equal(chooseLanguage(["fr-FR", "de-AT", "en"]), "de");
  assert.equal(chooseLanguage(["fr"]), "en");
});

test("numbers are written as the language has it", () => {
  assert.equal(t("n videos", { n: 1 }, "en"), "1 video");
  assert.equal(t("n videos", { n: 10_000 }, "en"), "10,000 videos");
  assert.equal(t("n videos", { n: 10_000 }, "de"), "10.000 Videos");
});

test("every problem that a person meets has a sentence of its own", () => {
  const text = readFileSync(new URL("../../../docs/problems.md", import.meta.url), "utf8");
  const handled = /^(unauthenticated|webhook|precondition|method)/; // by the page, or by whoever wrote it
  const kinds = [...text.matchAll(/^## (\S+)/gm)].map((found) => found[1]).filter((kind) => !handled.test(kind));
  assert.ok(kinds.length > 5);
  assert.deepEqual(kinds.filter((kind) => !(`error ${kind}` in en)), []);
});

test("every fault is a sentence, never a code", () => {
  for (const kind of ["offline", "not-found", "invalid-input", "what-is-this", ""]) {
    for (const tongue of ["en", "de"]) assert.match(explain({ kind }, tongue), /^[A-ZÄÖÜ].+\.$/);
  }
  assert.match(explain(new TypeError("x is undefined")), /Try again/);
  const fault = { kind: "invalid-input", message: "#/url: this is a playlist", pointer: "#/url" };
  assert.equal(explain(fault, "en"), "This is a playlist.");
  assert.match(explain(fault, "de"), /kein Link/);
  const many = { kind: "invalid-input", message: "Together these are many.", pointer: "#/add_tags" };
  assert.match(explain(many, "de"), /ein Video bis zu 50 Tags/);
});

test("moments are written as a player does", () => {
  assert.deepEqual([clock(5), clock(65), clock(3723)], ["0:05", "1:05", "1:02:03"]);
});
