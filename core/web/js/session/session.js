/** Who is here: somebody comes, goes, or has to sign in again, in this tab or in another. */

import { Offline } from "./api.js";
import { t } from "./i18n.js";
import { currentRoute, forgetAddress, go } from "./routes.js";

export class Presence {
  /** @param {import("./app.js").App} app */
  constructor(app) {
    this.app = app;
    /** Whether somebody had to sign in again here: if even that does not help, say so. */
    this.turnedAway = false;
    this.tabs = new BroadcastChannel("core");
    this.tabs.onmessage = ({ data }) => this.hear(data);
    app.auth.onChange = () => this.change();
    app.auth.onLoaded = () => this.differs && this.meet();
  }

  /** Whether somebody else is here than the one whose library is shown, or nobody any more. */
  get differs() {
    const { auth, outbox } = this.app;
    return (auth.person?.id ?? "") !== outbox.person;
  }

  /** Load Clerk; offline the library last seen stays in sight. */
  async begin() {
    const { app } = this;
    app.fault = null;
    app.draw();
    try {
      await app.auth.load();
    } catch (error) {
      app.fault = error;
      if (app.phase === "starting") app.phase = "signed-out";
      app.draw();
      return;
    }
    await this.meet();
  }

  /** Clerk says that somebody came or went: what stands in the address was another's. */
  async change() {
    const { app } = this;
    if (app.outbox.person) forgetAddress();
    if (app.auth.expired) return await this.signInAgain();
    const met = this.meet(); // up to its first wait: what was another's is out of sight
    this.tabs.postMessage({ person: app.outbox.person });
    await met;
  }

  /** What another tab tells. @param {{person?: string, erased?: string}} news */
  hear({ person, erased }) {
    const { app } = this;
    if (erased !== undefined) app.outbox.erased ||= erased === app.outbox.person;
    else if (person !== app.outbox.person) this.follow();
  }

  /** Another tab knows better who is here; what was typed in this one is kept for its person. */
  follow() {
    const { app } = this;
    if (app.outbox.person) forgetAddress();
    app.showNobody(); // also where the browser asks whether to stay
    location.reload();
  }

  /** What waits for whoever was here. */
  get left() {
    const { unsent, erased } = this.app.outbox;
    return unsent.length && !erased ? t("left waiting", { n: unsent.length }) : "";
  }

  async signInAgain() {
    const { app } = this;
    const inVain = this.turnedAway && !app.api.taken;
    app.farewell = `${t(inVain ? "in vain" : "expired")} ${this.left}`.trim();
    try {
      await app.auth.startAnew();
      this.turnedAway = true;
    } catch {
      app.farewell = "";
      app.fault = new Offline();
      app.draw();
    }
  }

  /** Show whoever is here what is theirs. */
  async meet() {
    const { app } = this;
    const person = app.auth.person?.id ?? "";
    const begins = this.differs;
    if (begins) {
      if (app.outbox.person) forgetAddress();
      app.farewell ||= this.left;
      app.become(person);
    }
    if (person) app.farewell = "";
    app.phase = person ? "library" : "signed-out";
    app.draw();
    await app.device.belongTo(person).catch(() => {}); // it shows nothing, then, the next time
    if (begins) await app.outbox.open();
    if (person !== app.outbox.person) return;
    if (begins && app.shell.takeDrafts(person) && currentRoute().name !== "save") go("/save");
    app.route();
    if (!person) return;
    app.shell.imports.resume();
    await app.catchUp();
  }

  /**
   * Delete all that this person has, at Core and here, and say good-bye.
   * @throws {import("./api.js").Failed} it is not known whether anything was deleted
   */
  async erase() {
    const { app } = this;
    const { person } = app.outbox;
    await app.api.call("DELETE", "/me");
    app.outbox.erased = true;
    this.tabs.postMessage({ erased: person });
    await app.device.forget(person).finally(() => app.auth.signOut());
  }
}
