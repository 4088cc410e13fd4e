/** The entry point of the page. */

import { App } from "./app.js";
import { language, speak } from "./i18n.js";
import { listenForInstall } from "./install.js";
import { openStorage } from "./storage/storage.js";

const { serviceWorker, userActivation } = navigator;

/** The top level can't use `await`: the service joins the modules as functions. */
async function begin() {
  const [storage] = await Promise.all([openStorage(), speak()]);
  await new App(storage).start();
  // Last, since it downloads every file of the page, so that the page opens offline.
  serviceWorker?.register("/sw.js").catch(() => {});
}

document.documentElement.lang = language;
listenForInstall();
if (serviceWorker?.controller) {
  // A newer version is installed. If the user has interacted with the page, it waits for a reload.
  serviceWorker.addEventListener("controllerchange", () => {
    if (!userActivation?.hasBeenActive) location.reload();
  });
}
begin();
