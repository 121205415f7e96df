// A static file server on this machine, as plain as a browser accepts one.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const TYPES = {
  '.bin': 'application/octet-stream',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
};

/** Serves a folder; `types` replace the usual ones and `headers` go with every answer. */
export async function serve(folder, { headers = {}, types = {} } = {}) {
  const requests = [];
  const server = createServer(async ({ url }, response) => {
    const path = normalize(new URL(url, 'http://localhost').pathname);
    requests.push(path);
    try {
      const body = await readFile(join(folder, path.endsWith('/') ? `${path}index.html` : path));
      const type = { ...TYPES, ...types }[extname(path) || '.html'] ?? 'application/octet-stream';
      response.writeHead(200, { 'Content-Type': type, ...headers }).end(body);
    } catch {
      response.writeHead(404, headers).end();
    }
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    address: `http://127.0.0.1:${server.address().port}/`,
    requests,
    close: () => new Promise((closed) => server.close(closed).closeAllConnections()),
  };
}
