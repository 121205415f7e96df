// The page without a network: every file, of one version, in one cache.

// VERSION and FILES, written by `cargo xtask web`: whatever changes in the page changes them, and
// with them this worker.
importScripts('pkg/files.js');

const PREFIX = 'undertone-';
const CACHE = PREFIX + VERSION;
/** What tells this worker to take over; update.js knows it too. */
const TAKE_OVER = 'take over';

addEventListener('install', (event) => {
  const fresh = FILES.map((file) => new Request(file, { cache: 'reload' }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)));
});

addEventListener('activate', (event) => {
  const old = (name) => name.startsWith(PREFIX) && name !== CACHE;
  const tidy = async () => {
    const names = (await caches.keys()).filter(old);
    await Promise.all(names.map((name) => caches.delete(name)));
    await clients.claim();
  };
  event.waitUntil(tidy());
});

// A page keeps the version that it began with until its reader agrees to another.
addEventListener('message', ({ data }) => {
  if (data === TAKE_OVER) {
    skipWaiting();
  }
});

addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method === 'GET' && new URL(request.url).origin === location.origin) {
    event.respondWith(
      caches
        .open(CACHE)
        .then((cache) => cache.match(request, { ignoreSearch: true }))
        .then((found) => found ?? fetch(request)),
    );
  }
});
