/** Where the page begins. */

import { App } from "./app.js";
import { openDevice } from "./device.js";
import { language } from "./i18n.js";

document.documentElement.lang = language;
navigator.serviceWorker?.register("/sw.js").catch(() => {}); // without it the page needs a network
await new App(await openDevice()).start();
