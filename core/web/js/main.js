/** Where the page begins. */

import { App } from "./app.js";
import { language, speak } from "./i18n.js";
import { listenForInstall } from "./install.js";
import { openStorage } from "./storage/storage.js";

document.documentElement.lang = language;
listenForInstall();
const { serviceWorker, userActivation } = navigator;
if (serviceWorker?.controller) {
  // A newer version is here. If the user has begun something, it waits for the next start.
  serviceWorker.addEventListener("controllerchange", () => {
    if (!userActivation?.hasBeenActive) location.reload();
  });
}
const [storage] = await Promise.all([openStorage(), speak()]);
await new App(storage).start();
// Not earlier: it loads every file of the page, so that the page opens without a network.
serviceWorker?.register("/sw.js").catch(() => {});
