/** What a person does to a tag on all videos: Core does it first, then the library follows. */

import { Offline } from "./api.js";
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
    await this.change(name, async () => {
      const answer = await this.app.api.call("PATCH", tagPath(name), { body: { name: to } });
      return (await answer.json()).name;
    });
  }

  /** @param {string} name @throws {import("./api.js").Failed} */
  async remove(name) {
    await this.change(name, async () => {
      await this.app.api.call("DELETE", tagPath(name));
      return null;
    });
  }

  /**
   * What waits goes first: it may hold the tag by its old name. Whoever asked for it and is gone
   * meanwhile hears no more of it.
   * @param {string} name
   * @param {() => Promise<string | null>} ask
   */
  async change(name, ask) {
    const { app } = this;
    const { person } = app.outbox;
    let to;
    try {
      await app.outbox.flush();
      if (app.outbox.waiting.length) throw new Offline();
      to = await ask();
    } finally {
      if (person !== app.outbox.person) await new Promise(() => {});
    }
    app.change(renamed(app.library, name, to));
    await app.keep();
  }
}
