/* Visits the web app's screens for tests/web/test_payloads.py, and reports payloads that run. */
{
  /** The test adds this function to the page. @param {string} what */
  const noted = (what) => /** @type {any} */ (globalThis).noted(what);
  const ran = (/** @type {number} */ number) => noted(`ran ${number}`);
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) =>
    noted(`stopped by ${violatedDirective}: ${blockedURI} ${sample}`),
  );

  const frame = () => new Promise(requestAnimationFrame);
  /** Let the page run until `done` is true, or fail. */
  async function until(done) {
    const end_ms = performance.now() + 30_000;
    for (; !done(); await frame()) {
      if (performance.now() > end_ms) throw new Error(`timed out: ${done}`);
    }
  }
  const texts = (selector) =>
    [...document.querySelectorAll(selector)].map((one) => one.textContent);
  const input = (selector) => /** @type {HTMLInputElement} */ (document.querySelector(selector));
  const inSight = (one) => {
    const { top, bottom } = one.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  };

  /** Scroll through the library; return the texts that each selector matched. */
  async function read(...selectors) {
    const found = selectors.map(() => new Set());
    scrollTo(0, 0);
    for (let before = -1; before !== scrollY; scrollBy(0, innerHeight)) {
      before = scrollY;
      await frame();
      await until(() => ![...document.querySelectorAll(".videos:empty")].some(inSight));
      for (const [at, one] of selectors.entries()) {
        for (const text of texts(one)) found[at].add(text);
      }
    }
    return found.map((texts) => [...texts]);
  }

  /** Open each video, then its editor; return the tags that both show. */
  async function open(videos) {
    const tags = [];
    for (const { id, title } of videos) {
      location.hash = `#video-${id}`;
      await until(() => texts(".video-title")[0] === title);
      tags.push(...texts(".video-tags .chip"));
      location.hash = `#video-${id}-edit`;
      await until(() => texts(".video-editor .removable").length);
      tags.push(...texts(".video-editor .removable"));
    }
    return tags;
  }

  function go(address) {
    history.pushState({ inside: true }, "", address);
    dispatchEvent(new PopStateEvent("popstate"));
  }

  /**
   * Share each text as title, text and URL, then type and enter its tag. Return the link, the
   * offered tags and the chosen tags of each save sheet.
   */
  async function share(given) {
    const shown = [];
    for (const { title, tags } of given) {
      go(`/save?${new URLSearchParams({ title, text: title, url: title })}`);
      await until(() => document.querySelector(".save-form textarea"));
      const field = input(".tag-box input");
      field.value = tags;
      field.dispatchEvent(new Event("input"));
      const offered = texts(".offered .chip");
      field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
      const link = input(".save-form textarea").value;
      shown.push({ link, offered, chosen: texts(".chosen .pill") });
      go("/");
    }
    return shown;
  }

  /** Search for each text, without pauses. */
  function search(given) {
    const field = input("input[type=search]");
    for (const text of given) {
      field.value = text;
      field.dispatchEvent(new Event("input"));
    }
  }

  /** Store unsent saves, as if made offline; the next start sends them. */
  async function leave(userId, given) {
    const opening = indexedDB.open("core");
    await new Promise((resolve) => (opening.onsuccess = resolve));
    const changing = opening.result.transaction("changes", "readwrite");
    for (const text of given) {
      changing
        .objectStore("changes")
        .add({ person: userId, kind: "save", body: { url: text, tags: [text] } });
    }
    await new Promise((resolve) => (changing.oncomplete = resolve));
    opening.result.close();
  }

  Object.assign(globalThis, { ran, walk: { read, open, share, search, leave } });
}
