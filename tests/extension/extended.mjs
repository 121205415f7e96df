// A browser with the extension, as `cargo xtask extension` builds it, and local sites to open in it.

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { chromium, firefox } from 'playwright-core';

import { PATIENCE_MS, QUIET } from '../browser/browsers.mjs';

const { CHROMIUM, FIREFOX } = process.env;
const ID = 'undertone@undertone.invalid';
/** Firefox gives each installation an address of its own, unless it is told which. */
const UUID = '0b5e7c1a-6f0f-4c8e-9a51-3f1f2f3a4b5c';
const VIEWPORT = { width: 1200, height: 900 };

/** The site of the tests, once it is allowed. */
export const SITE = 'http://127.0.0.1/*';

/** The folder of the extension for the browser in use. */
const FOLDER = resolve(process.env.EXTENSION ?? 'target/extension', FIREFOX ? 'firefox' : 'chromium');

/**
 * Starts the browser with the extension: the pages of the web by `open`, those of the extension by `own`.
 *
 * In Chromium the site of the tests is allowed from the start, by the manifest, as no driver can answer its question;
 * in Firefox it is allowed as a reader does it, and the question is left out.
 */
export async function extended() {
  const started = await (FIREFOX ? startFirefox() : startChromium());
  const { context, address, newOwn = () => context.newPage() } = started;
  context.setDefaultTimeout(PATIENCE_MS);
  return {
    ...started,
    async own(path) {
      const page = await newOwn();
      await page.goto(`${address}${path}`);
      await until(page, () => document.readyState === 'complete' && document.querySelector('h1') !== null);
      return page;
    },
    async open(url) {
      const page = await context.newPage();
      await page.goto(url);
      return page;
    },
  };
}

async function startFirefox() {
  const browser = await firefox.launch({
    channel: 'moz-firefox',
    executablePath: FIREFOX,
    args: ['-remote-allow-system-access'],
    firefoxUserPrefs: {
      'extensions.webextensions.uuids': JSON.stringify({ [ID]: UUID }),
      // A request for a permission is granted without the question, which no driver can answer.
      'extensions.webextOptionalPermissionPrompts': false,
    },
  });
  // What Playwright has no methods for is sent on its own connection.
  const { _browserSession: session } = browser._connection.toImpl(browser);
  await session.send('webExtension.install', { extensionData: { type: 'path', path: FOLDER } });
  const context = await browser.newContext({ viewport: VIEWPORT });
  const newOwn = async () => new OwnPage(session, await session.send('browsingContext.create', { type: 'tab' }));
  return { context, address: `moz-extension://${UUID}/`, newOwn, close: () => browser.close() };
}

/**
 * A page of the extension's own in Firefox, by the methods of Playwright's that the tests use: Playwright itself may
 * never hear of the page's world, and opens pages in a container, where the extension's storage is another.
 */
class OwnPage {
  #session;
  #context;
  #viewport = VIEWPORT;

  constructor(session, { context }) {
    this.#session = session;
    this.#context = context;
    this.mouse = {
      click: (x, y) => {
        const move = { type: 'pointerMove', x: Math.round(x), y: Math.round(y) };
        const actions = [move, { type: 'pointerDown', button: 0 }, { type: 'pointerUp', button: 0 }];
        return this.#send('input.performActions', { actions: [{ type: 'pointer', id: 'mouse', actions }] });
      },
    };
  }

  #send(method, parameters) {
    return this.#session.send(method, { context: this.#context, ...parameters });
  }

  goto(url) {
    return this.#send('browsingContext.navigate', { url, wait: 'none' });
  }

  /** Runs a function with something that JSON can say, or a script. */
  async evaluate(act, parameter) {
    const isScript = typeof act === 'string';
    const call = `(async () => JSON.stringify(await (${act})(${JSON.stringify(parameter) ?? ''})))()`;
    const { result, exceptionDetails } = await this.#session.send('script.evaluate', {
      expression: isScript ? `${act}\n;undefined` : call,
      target: { context: this.#context },
      awaitPromise: true,
      userActivation: true,
    });
    if (exceptionDetails) {
      throw new Error(exceptionDetails.text);
    }
    return result.value === undefined ? undefined : JSON.parse(result.value);
  }

  viewportSize() {
    return this.#viewport;
  }

  setViewportSize(viewport) {
    this.#viewport = viewport;
    return this.#send('browsingContext.setViewport', { viewport });
  }

  async screenshot({ path }) {
    const { data } = await this.#send('browsingContext.captureScreenshot', {});
    await writeFile(path, Buffer.from(data, 'base64'));
  }

  close() {
    return this.#send('browsingContext.close', {});
  }
}

async function startChromium() {
  const folder = await mkdtemp(join(tmpdir(), 'undertone-extension-'));
  const copy = join(folder, 'extension');
  await cp(FOLDER, copy, { recursive: true });
  const manifest = JSON.parse(await readFile(join(copy, 'manifest.json'), 'utf8'));
  await writeFile(join(copy, 'manifest.json'), JSON.stringify({ ...manifest, host_permissions: [SITE] }));
  const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: CHROMIUM,
    args: [...QUIET, `--load-extension=${copy}`, '--enable-unsafe-extension-debugging'],
    ignoreDefaultArgs: ['--disable-extensions'],
    viewport: VIEWPORT,
    acceptDownloads: true,
  });
  const background = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
  const address = new URL('/', background.url()).href;
  const close = async () => {
    await context.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { context, address, close };
}

/** Waits until something holds of a page, be it Playwright's or one of the extension's own in Firefox. */
export async function until(page, holds, parameter) {
  for (const end = performance.now() + PATIENCE_MS; ; await wait(50)) {
    const found = await page.evaluate(holds, parameter);
    if (found) {
      return found;
    }
    if (performance.now() > end) {
      const text = await page.evaluate(() => document.body.innerText);
      throw new Error(`waited in vain for ${holds}, found ${text}`);
    }
  }
}

/** Presses what stands there in a page of the extension, as a reader would. */
export async function press(page, selector) {
  const { x, y } = await page.evaluate((wanted) => {
    const element = document.querySelector(wanted);
    element.scrollIntoView({ block: 'center' });
    const { left, top, width, height } = element.getBoundingClientRect();
    return { x: left + width / 2, y: top + height / 2 };
  }, selector);
  await page.mouse.click(x, y);
}

/** Serves pages by their paths on this machine: each is HTML, or HTML and headers. */
export async function serving(pages) {
  const server = createServer(({ url }, response) => {
    const page = pages[new URL(url, 'http://localhost').pathname];
    const { html, headers = {} } = typeof page === 'string' ? { html: page } : (page ?? {});
    response.writeHead(html === undefined ? 404 : 200, { 'Content-Type': 'text/html; charset=utf-8', ...headers });
    response.end(html);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    close: () => new Promise((closed) => server.close(closed).closeAllConnections()),
  };
}
