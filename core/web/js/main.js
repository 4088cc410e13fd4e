/** Where the page begins. */

import { App } from "./app.js";
import { openDevice } from "./device.js";
import { language } from "./i18n.js";

document.documentElement.lang = language;
const { serviceWorker, userActivation } = navigator;
if (serviceWorker?.controller) {
  // A newer page is here. Whoever has begun is not interrupted, and has it the next time.
  serviceWorker.addEventListener("controllerchange", () => {
    if (!userActivation?.hasBeenActive) location.reload();
  });
}
// Not earlier, when it would be in the way; and without it the page needs a network.
addEventListener("load", () => serviceWorker?.register("/sw.js").catch(() => {}));
await new App(await openDevice()).start();
