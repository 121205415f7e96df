// The page without a network: every file, of one version, in one cache.

// VERSION and FILES, and in LATER what is only fetched once it is asked for, with its hash; written by
// `cargo xtask web`: whatever changes in the page changes them, and with them this worker.
importScripts('pkg/files.js');

/** The folder of this copy of the page: caches belong to an origin, which may hold several copies. */
const HERE = new URL('./', location).href;
const PREFIX = `undertone-${new URL(HERE).pathname}-`;
const CACHE = PREFIX + VERSION;
/** What caches were called before their names had a folder in them. */
const NAMELESS = /^undertone-\w+$/;
/** What tells this worker to take over; update.js knows it too. */
const TAKE_OVER = 'take over';

addEventListener('install', (event) => {
  const fresh = FILES.map((file) => new Request(file, { cache: 'reload' }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)));
});

addEventListener('activate', (event) => {
  const isOld = async (name) =>
    name !== CACHE &&
    (name.startsWith(PREFIX) ||
      (NAMELESS.test(name) && (await (await caches.open(name)).match(HERE)) !== undefined));
  const tidy = async () => {
    for (const name of await caches.keys()) {
      if (await isOld(name)) {
        await caches.delete(name);
      }
    }
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

/** The page goes by several addresses of its folder: `/`, `/index.html`, and what else a server calls it. */
const isPage = ({ mode, url }) => mode === 'navigate' && new URL('./', url).href === HERE;

async function answer(request) {
  const cache = await caches.open(CACHE);
  const found = await cache.match(request, { ignoreSearch: true });
  const integrity = LATER[request.url.slice(HERE.length)];
  if (!found && integrity) {
    // Of another version it is refused: all that is here is of one.
    const fetched = await fetch(request.url, { integrity });
    await cache.put(request, fetched.clone());
    return fetched;
  }
  if (found || !isPage(request)) {
    return found ?? fetch(request);
  }
  const page = () => cache.match(HERE);
  if (new URL(request.url).pathname.endsWith('/index.html')) {
    return (await page()) ?? fetch(request);
  }
  // Something else may stand at another address, and the page is there for want of a network only.
  return fetch(request).catch(async (error) => (await page()) ?? Promise.reject(error));
}

addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method === 'GET' && new URL(request.url).origin === location.origin) {
    event.respondWith(answer(request));
  }
});
