/* Opens the page without a network. It keeps the page's own files and nothing of anybody's. */

const FILES = ["{{files}}"];
const ROOT = "{{root}}/";
const CACHE = `core ${ROOT}`;
const PATIENCE_MS = 3000;

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
  if (pathname.startsWith(ROOT)) event.respondWith(fromCache(request));
  else if (request.mode === "navigate" && ["/", "/save"].includes(pathname)) {
    event.respondWith(page(request));
  }
});

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
}

async function fromCache(request) {
  return (await caches.match(request, { cacheName: CACHE })) ?? fetch(request);
}

/* The newest page when the network gives it soon, else the one that is kept. */
async function page(request) {
  const kept = await caches.match("/", { cacheName: CACHE });
  if (!kept) return fetch(request);
  const soon = AbortSignal.timeout(PATIENCE_MS);
  try {
    const fresh = await fetch(request.url, { signal: soon, cache: "no-cache" });
    return fresh.ok ? fresh : kept;
  } catch {
    return kept;
  }
}
