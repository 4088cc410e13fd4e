/** Save a video: a link, or any text that contains one, and tags; two taps for a shared link. */

import { button, h, icon } from "../dom.js";
import { explain, t } from "../i18n.js";
import { hideShared, isPopup, sharedText } from "../routes.js";
import { TagField } from "../tags/tag_field.js";
import { fitLink } from "../text.js";
import { sheetHead } from "../views/sheet_head.js";
import { picture } from "./cards.js";
import { pictureOf, readShared } from "./shared_link.js";
import { nameOf } from "./video.js";

/** @typedef {Pick<import("../app.js").App,
 *   "actions" | "go" | "leave" | "library" | "outbox" | "shell">} SaveApp */

/** @typedef {{text: string, tags: string[], typed: string, replaces?: number}} Draft the user's input;
 *   `replaces`: the number of the refused change that it replaces */

/**
 * The text that was shared just now, else the last draft: a refused change to edit, or the input of a sheet
 * that was closed or interrupted by a sign-in.
 * @param {SaveApp} app
 * @returns {Draft}
 */
export function draftOf(app) {
  const shared = { text: sharedText(), tags: [], typed: "" };
  hideShared();
  return shared.text ? shared : (app.shell.drafts.pop() ?? shared);
}

/** The codes of a link to a playlist. */
const PLAYLISTS = ["playlist-link", "embedded-playlist-link"];
/** How long a bookmarklet's window shows that it is saved. */
const SEEN_MS = 1_500;

export class SaveSheet {
  /** @param {SaveApp} app @param {Draft} draft */
  constructor(app, draft) {
    this.app = app;
    this.replaces = draft.replaces;
    this.sending = false;
    this.label = t("save video");
    this.fault = h("p", { class: "fault", role: "alert", id: "save-fault" });
    this.link = this.makeLink(draft.text);
    this.paste = button("paste", t("paste"), () => this.pasteLink(), { class: "button small" });
    /** Playlists are imported as files, since YouTube shows their videos to no other site. */
    this.bring = button("upload", t("import playlist"), () => app.go("#import"));
    this.box = h("div", { class: "link-box" });
    /** The video of the link. */
    this.preview = h("div", { class: "preview", role: "status" });
    this.previewed = "";
    this.tags = new TagField({
      tags: draft.tags,
      names: () => app.library.tagNames,
      count: (name) => app.library.countOf(name),
      onChange: () => this.tell(""),
    });
    this.tags.typed = draft.typed;
    this.button = h("button", { class: "button primary block" });
    this.element = this.makeElement();
    this.wait(false);
    this.next.autofocus = true;
  }

  /** @param {string} text */
  makeLink(text) {
    const field = h("textarea", {
      rows: 2,
      dir: "auto",
      placeholder: t("link hint"),
      "aria-label": t("link"),
      "aria-describedby": "save-fault",
      inputmode: "url",
      autocapitalize: "none",
      spellcheck: "false",
      oninput: () => this.type(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "Enter" || event.isComposing) return;
        event.preventDefault();
        this.submit();
      },
    });
    field.value = text;
    return field;
  }

  makeElement() {
    const head = sheetHead(t("save video"), () => this.app.leave());
    this.box.append(this.link, this.paste);
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.submit();
    };
    const foot = h("div", { class: "sheet-foot" }, this.button);
    const form = h("form", { class: "save-form", onsubmit: submit });
    form.append(this.box, this.preview, this.fault, this.bring, this.tags.element, foot);
    this.type();
    return h("div", { class: "sheet-inner" }, head, form);
  }

  /** The next element to focus; a phone would open its keyboard for the tag field. */
  get next() {
    if (!this.link.value) return this.link;
    return matchMedia("(hover: hover)").matches ? this.tags.field : this.button;
  }

  /** @returns {Draft} */
  get draft() {
    const { replaces, tags } = this;
    return { text: fitLink(this.link.value), tags: [...tags.tags], typed: tags.typed, replaces };
  }

  /** @param {string} fault @param {HTMLElement} [field] the one that has to be changed */
  tell(fault, field) {
    this.fault.textContent = fault;
    this.bring.hidden = true;
    for (const one of [this.link, this.tags.field]) {
      one.setAttribute("aria-invalid", String(one === field));
    }
    field?.focus();
  }

  /** The link has changed. */
  type() {
    this.paste.hidden = this.link.value !== "";
    this.tell("");
    this.drawPreview();
  }

  /** Show which video it is: its picture, its name, and whether it is saved. */
  drawPreview() {
    const shared = readShared(this.link.value);
    const known = this.app.library.videos.find((one) => one.video_key === shared?.key);
    const drawn = [shared?.key, shared?.title, known && nameOf(known), known?.id].join();
    if (drawn === this.previewed) return;
    this.previewed = drawn;
    this.preview.hidden = !shared;
    if (!shared) return this.preview.replaceChildren();
    const { key, title } = shared;
    const video = known ?? { video_key: key, title, thumbnail_url: pictureOf(key) };
    const name = h("p", { class: "card-title", dir: "auto" }, nameOf(video));
    const texts = known ? [name, h("p", { class: "soft" }, t("saved before"))] : [name];
    this.preview.replaceChildren(picture(video), h("div", {}, ...texts));
  }

  async pasteLink() {
    try {
      const text = fitLink(await navigator.clipboard.readText());
      if (!text) return this.tell(t("paste empty"));
      this.link.value = text;
      this.type();
      this.next.focus();
    } catch {
      this.tell(t("paste failed"));
      this.link.focus();
    }
  }

  async submit() {
    this.tags.enter();
    this.tell("");
    const { text, tags } = this.draft;
    if (!text) return this.tell(t("no link"), this.link);
    if (this.sending) return;
    this.wait(true);
    if (this.replaces) this.app.outbox.forget(this.replaces); // this save replaces it
    this.replaces = undefined;
    try {
      const sent = await this.app.actions.save(text, tags, () => this.element.isConnected);
      this.end(sent);
    } catch (error) {
      this.wait(false);
      this.refuse(error);
    }
  }

  /** The form can't be changed while it is sent. @param {boolean} sending */
  wait(sending) {
    this.sending = sending;
    this.box.inert = this.tags.element.inert = sending;
    this.button.disabled = sending;
    this.button.setAttribute("aria-busy", String(sending));
    this.button.replaceChildren(sending ? "" : icon("check"), t(sending ? "saving" : "save"));
  }

  /**
   * The save is sent or queued. If the sheet is closed already, nothing changes. A bookmarklet's
   * window closes after a sent save has been shown; with a queued one it stays open.
   * @param {boolean} sent
   */
  end(sent) {
    if (!this.element.isConnected) return;
    if (isPopup() && sent) setTimeout(() => close(), SEEN_MS);
    this.app.leave();
  }

  /** @param {any} error */
  refuse(error) {
    const ofTags = error.pointer?.startsWith("#/tags");
    const isPlaylist = PLAYLISTS.includes(error.code);
    const why = isPlaylist ? t("playlist") : explain(error);
    this.tell(why, ofTags ? this.tags.field : this.link);
    this.bring.hidden = !isPlaylist;
  }

  /** @param {import("../routes.js").Route} route */
  shows(route) {
    return route.name === "save";
  }

  draw() {
    this.tags.draw();
    this.drawPreview();
  }

  /** Input that is not being sent becomes a draft. */
  close() {
    const { app, draft, replaces } = this;
    if (this.sending) return;
    if (replaces) app.outbox.amend(replaces, { url: draft.text, tags: draft.tags }, draft.typed);
    else if (app.shell.write(draft)) this.offerToDiscard(draft);
  }

  /** Offer to discard the draft, which the next sheet shows otherwise. @param {Draft} draft */
  offerToDiscard(draft) {
    const { shell } = this.app;
    const act = () => shell.discard(draft);
    shell.say(t("draft kept"), {
      label: t("discard"),
      act,
      holds: () => shell.drafts.includes(draft),
    });
  }
}
