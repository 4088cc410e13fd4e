import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseLanguage, clock, explain, t } from "../../../core/web/js/i18n.js";
import { de } from "../../../core/web/js/words/de.js";
import { en } from "../../../core/web/js/words/en.js";

const values = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort().filter((one, at, all) => one !== all[at - 1]);

test("both languages say everything, with the same values", () => {
  assert.deepEqual(Object.keys(de), Object.keys(en));
  for (const word of Object.keys(en)) assert.deepEqual(values(de[word]), values(en[word]), word);
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

test("every fault is a sentence, never a code", () => {
  for (const kind of ["offline", "not-found", "invalid-input", "what-is-this", ""]) {
    for (const tongue of ["en", "de"]) assert.match(explain({ kind }, tongue), /^[A-ZÄÖÜ].+\.$/);
  }
  assert.match(explain(new TypeError("x is undefined")), /Try again/);
  const fault = { kind: "invalid-input", message: "#/url: this is a playlist", pointer: "#/url" };
  assert.equal(explain(fault, "en"), "This is a playlist.");
  assert.match(explain(fault, "de"), /kein Link/);
});

test("moments are written as a player does", () => {
  assert.deepEqual([clock(5), clock(65), clock(3723)], ["0:05", "1:05", "1:02:03"]);
});
