// Servers before that of the page, which answer as it does but for what a test changes.

import { createServer } from 'node:http';

import { PAGE } from './reader.mjs';

/** What the server of the page answers, with the headers that matter to the page. */
export async function ownAnswer(url) {
  const found = await fetch(new URL(url, PAGE));
  // What is not there has neither.
  const header = (name, otherwise) => [name, found.headers.get(name) ?? otherwise];
  return {
    status: found.status,
    headers: Object.fromEntries([header('content-type', 'text/plain'), header('content-security-policy', '')]),
    body: Buffer.from(await found.arrayBuffer()),
  };
}

/** Calls `use` with the address of a server that answers with `answer`, as long as that takes. */
export async function served(answer, use) {
  const server = createServer(answer);
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  try {
    await use(`http://127.0.0.1:${server.address().port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
