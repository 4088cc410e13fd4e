/** What a person does to a tag on all videos: Core does it first, then the library follows. */

import { Offline } from "./api.js";
import { tagsOf } from "./changes.js";
import { tagKey } from "./text.js";
import { renamed, tagPath } from "./tidying.js";

export class TagActions {
  /** @param {import("./app.js").App} app */
  constructor(app) {
    this.app = app;
  }

  /**
   * @param {string} name
   * @param {string} to
   * @throws {import("./api.js").Failed}
   */
  async rename(name, to) {
    await this.change(name, async (api) => {
      const answer = await api.call("PATCH", tagPath(name), { body: { name: to } });
      return (await answer.json()).name;
    });
  }

  /** @param {string} name @throws {import("./api.js").Failed} */
  async remove(name) {
    await this.change(name, async (api) => {
      await api.call("DELETE", tagPath(name));
      return null;
    });
  }

  /**
   * What waits goes first: it may hold the tag by its old name. Whoever asked for it and is gone
   * meanwhile hears no more of it, and nothing is asked for whoever came.
   * @param {string} name
   * @param {(api: import("./api.js").ApiService) => Promise<string | null>} ask
   */
  async change(name, ask) {
    const { app } = this;
    const { api, outbox } = app;
    let to;
    try {
      await outbox.flush();
      const key = tagKey(name);
      const named = outbox.unsent.some(({ body }) => tagsOf(body).map(tagKey).includes(key));
      if (named) throw outbox.trouble ?? new Offline();
      to = await ask(api);
    } finally {
      if (api !== app.api) await new Promise(() => {});
    }
    app.change(renamed(app.library, name, to));
    await app.keep();
  }
}
