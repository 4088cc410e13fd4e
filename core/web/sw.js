/* Opens the page offline. It caches the page's own files, and no data of users. */

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

const FILES = ["{{files}}"];
const ROOT = "{{root}}/";
const CACHE = `core ${ROOT}`;

worker.addEventListener("install", (event) => {
  const routed = /** @type {any} */ (event); // TypeScript does not know the method yet
  routed.addRoutes?.([readingCache(`${ROOT}*`), readingCache("/")]);
  event.waitUntil(keepFiles().then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers().then(() => worker.clients.claim()));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== worker.location.origin) return;
  if (pathname.startsWith(ROOT)) event.respondWith(kept(request, pathname));
  else if (request.mode === "navigate" && ["/", "/save"].includes(pathname)) {
    event.respondWith(kept(request, "/"));
  }
});

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
}

async function keepFiles() {
  const cache = await caches.open(CACHE);
  await Promise.all([keepPage(cache), cache.addAll(FILES)]);
}

/**
 * Cache the page without its `Vary: Accept-Language`, which hides it from a browser whose language has changed.
 * The page chooses its sentences itself; the server's choice only loads them sooner.
 * @param {Cache} cache
 */
async function keepPage(cache) {
  const page = await fetch("/");
  if (!page.ok) throw new TypeError("The page was not loaded.");
  const headers = new Headers(page.headers);
  headers.delete("Vary");
  await cache.put("/", new Response(page.body, { headers }));
}

/**
 * A route that lets the browser read the cache without starting this worker.
 * Chromium has it; other browsers, and addresses with a query, use the fetch handler above.
 * Source: https://www.w3.org/TR/service-workers/#service-worker-static-routing-api
 * @param {string} pathname
 */
function readingCache(pathname) {
  return { condition: { urlPattern: { pathname, search: "" } }, source: { cacheName: CACHE } };
}

/**
 * Answer from the cache of this version: a newer version has a newer service worker.
 * @param {Request} request
 * @param {string} name
 */
async function kept(request, name) {
  return (await caches.match(name, { cacheName: CACHE })) ?? fetch(request);
}
