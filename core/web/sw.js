/* Opens the page without a network. It keeps the page's own files and nothing of anybody's. */

const FILES = ["{{files}}"];
const ROOT = "{{root}}/";
const CACHE = `core ${ROOT}`;

addEventListener("install", (event) => {
  const keep = caches.open(CACHE).then((cache) => cache.addAll(["/", ...FILES]));
  event.waitUntil(keep.then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers().then(() => clients.claim()));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (pathname.startsWith(ROOT)) event.respondWith(kept(request, pathname));
  else if (request.mode === "navigate" && ["/", "/save"].includes(pathname)) {
    event.respondWith(kept(request, "/"));
  }
});

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
}

/* At once from here, and never of another version: a newer one comes with a newer service worker. */
async function kept(request, name) {
  return (await caches.match(name, { cacheName: CACHE })) ?? fetch(request);
}
