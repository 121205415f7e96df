// The installed package in Chromium: with no bundler, through Vite and through webpack, in a module
// worker of the page's own, and under a strict Content-Security-Policy.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { build, createServer } from 'vite';
import webpack from 'webpack';

import { browser } from '../browser/browser.mjs';
import { newContext } from '../browser/browsers.mjs';
import { html, onPage } from './page.mjs';
import { project, shippedModel, writeFiles } from './project.mjs';

const TEXTS = [
  'Bitcoin rallies after upbeat inflation report',
  'Exchange halts withdrawals 📉 as losses mount',
  'Board meets \ud83d on Thursday',
  '',
  'two\nlines',
];

const LABELLED = Array.from({ length: 12 }, (_, index) => ({
  text: `${index % 2 ? 'Profit doubles' : 'Losses mount 📉'} in week ${index} of naïve traders`,
  label: index % 2 ? 'good' : 'bad',
}));

// A page as a user of the package would write one. What it finds it leaves in `found`.
const PAGE = `
  import { load } from 'undertone';
  import { load as loadWorker } from 'undertone/worker';
  import { load as loadSmall } from 'undertone/small';
  import { train } from 'undertone/train';
  globalThis.use = async (texts) => {
    const [here, there] = await Promise.all([load(), loadWorker()]);
    const found = {
      labels: here.labels,
      one: texts.map((text) => here.classify(text)),
      batch: here.classifyBatch(texts),
      explained: here.explain(texts[1]),
      thereOne: await Promise.all(texts.map((text) => there.classify(text))),
      thereBatch: await there.classifyBatch(texts),
      thereExplained: await there.explain(texts[1]),
      names: [],
    };
    const small = await loadSmall();
    found.small = texts.map((text) => small.classify(text));
    const steps = new Set();
    const onProgress = ({ step }) => steps.add(step);
    const { model, report } = await train(${JSON.stringify(LABELLED)}, { folds: 3 }, { onProgress });
    found.trained = { model: [...model], accuracy: report.cv.accuracy, steps: [...steps] };
    for (const classifier of [here, there]) {
      await classifier.loadNames();
      found.names.push((await classifier.mentions('Tesla sells its BTC')).map(({ name }) => name));
    }
    here.free();
    there.free();
    return found;
  };`;

// The same in a module worker of the page's own.
const OWN_WORKER = `
  import { load } from 'undertone';
  addEventListener('message', async ({ data }) => {
    const classifier = await load();
    postMessage(data.map((text) => classifier.classify(text)));
  });`;

const IMPORT_MAP = `<script type="importmap">${JSON.stringify({
  imports: {
    undertone: './node_modules/undertone/index.js',
    'undertone/worker': './node_modules/undertone/worker.js',
    'undertone/small': './node_modules/undertone/small.js',
    'undertone/train': './node_modules/undertone/train.js',
  },
})}</script>`;

let reference;
let small;
let trained;
const opened = [];

const withPage = (...what) => onPage(browser, ...what);

before(async () => {
  const plain = await project();
  opened.push(plain.remove);
  const { load } = await import(pathToFileURL(join(plain.installed, 'node.js')));
  reference = await load();
  const { load: loadSmall } = await import(pathToFileURL(join(plain.installed, 'small-node.js')));
  small = await loadSmall();
  const { train } = await import(pathToFileURL(join(plain.installed, 'train-node.js')));
  const { model, report } = await train(LABELLED, { folds: 3 });
  const steps = ['read', 'cross-validate', 'fit'];
  trained = { model: [...model], accuracy: report.cv.accuracy, steps };
});

after(async () => {
  await Promise.all(opened.map((close) => close()));
});

/** The page and its worker answer as Node does. */
function assertSame(found) {
  const one = TEXTS.map((text) => reference.classify(text));
  assert.deepEqual(found.labels, [...reference.labels]);
  for (const predictions of [found.one, found.batch, found.thereOne, found.thereBatch]) {
    assert.deepEqual(predictions, one);
  }
  assert.deepEqual(found.small, TEXTS.map((text) => small.classify(text)));
  for (const explanation of [found.explained, found.thereExplained]) {
    assert.deepEqual(explanation, reference.explain(TEXTS[1]));
  }
  assert.deepEqual(found.names, [['Tesla', 'Bitcoin'], ['Tesla', 'Bitcoin']]);
  assert.deepEqual(found.trained, trained);
}

async function assertWorks(page) {
  await page.waitForFunction(() => globalThis.use);
  assertSame(await page.evaluate((texts) => globalThis.use(texts), TEXTS));
}

async function prepared(files) {
  const made = await project(files);
  opened.push(made.remove);
  return made.folder;
}

describe('with no bundler', () => {
  test('a module script', async () => {
    const folder = await prepared({
      'index.html': html('<script type="module" src="page.js"></script>', IMPORT_MAP),
      'page.js': PAGE,
    });
    await withPage(folder, assertWorks);
  });

  test('fetches nothing before load()', async () => {
    const folder = await prepared({
      'index.html': html('<script type="module" src="page.js"></script>', IMPORT_MAP),
      'page.js': PAGE,
    });
    await withPage(folder, async (page, { requests }) => {
      await page.waitForFunction(() => globalThis.use);
      assert.deepEqual(requests.filter((path) => path.endsWith('.wasm')), []);
      await assertWorks(page);
      // Once for the page and once for the worker, which may share what the browser has cached.
      for (const name of ['undertone_bg.wasm', 'undertone_names_bg.wasm']) {
        assert.ok([1, 2].includes(requests.filter((path) => path.endsWith(`/${name}`)).length), name);
      }
      assert.equal(requests.filter((path) => path.endsWith('/undertone_train_bg.wasm')).length, 1);
    });
  });

  test('a module worker of one’s own', async () => {
    const folder = await prepared({
      'index.html': html('<script type="module" src="page.js"></script>'),
      // Workers know no import maps.
      'own.js': OWN_WORKER.replace("'undertone'", "'./node_modules/undertone/index.js'"),
      'page.js': `globalThis.use = (texts) => new Promise((resolve, reject) => {
        const worker = new Worker('own.js', { type: 'module' });
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = (event) => reject(new Error(event.message));
        worker.postMessage(texts);
      });`,
    });
    await withPage(folder, async (page) => {
      await page.waitForFunction(() => globalThis.use);
      const found = await page.evaluate((texts) => globalThis.use(texts), TEXTS);
      assert.deepEqual(found, TEXTS.map((text) => reference.classify(text)));
    });
  });

  test('a server that gives wasm no type of its own', async () => {
    const folder = await prepared({
      'index.html': html('<script type="module" src="page.js"></script>', IMPORT_MAP),
      'page.js': PAGE,
    });
    await withPage(folder, assertWorks, { types: { '.wasm': 'application/octet-stream' } });
  });

  test('a model of one’s own, by an address relative to the page', async () => {
    const folder = await prepared({
      'index.html': html('<script type="module" src="page.js"></script>', IMPORT_MAP),
      'models/own.bin': await shippedModel(),
      'page.js': `
        import { load } from 'undertone';
        import { load as loadWorker } from 'undertone/worker';
        globalThis.use = async (text) => {
          const codes = [];
          for (const load1 of [load, loadWorker]) {
            const model = await load1({ model: 'models/own.bin' });
            codes.push((await model.classify(text)).label);
            await load1({ model: 'models/none.bin' }).catch((error) => codes.push(error.code));
            const response = fetch('models/own.bin');
            codes.push((await (await load1({ model: await response })).classify(text)).label);
          }
          return codes;
        };`,
    });
    await withPage(
      folder,
      async (page) => {
        await page.waitForFunction(() => globalThis.use);
        const { label } = reference.classify(TEXTS[0]);
        const found = await page.evaluate((text) => globalThis.use(text), TEXTS[0]);
        assert.deepEqual(found, [label, 'fetch-failed', label, label, 'fetch-failed', label]);
      },
      { expected: (message) => message.includes('404') },
    );
  });
});

describe('under a strict Content-Security-Policy', () => {
  const page = async () =>
    prepared({
      'index.html': html('<script type="module" src="page.js"></script>'),
      'page.js': PAGE.replace("'undertone'", "'./node_modules/undertone/index.js'")
        .replace("'undertone/worker'", "'./node_modules/undertone/worker.js'")
        .replace("'undertone/small'", "'./node_modules/undertone/small.js'")
        .replace("'undertone/train'", "'./node_modules/undertone/train.js'"),
    });
  const policy = (script) => ({
    'Content-Security-Policy': `default-src 'none'; script-src 'self' ${script}; connect-src 'self'; img-src data:`,
  });

  test("'wasm-unsafe-eval' is all it needs", async () => {
    await withPage(await page(), assertWorks, { headers: policy("'wasm-unsafe-eval'") });
  });

  test('without it load() says what is missing', async () => {
    await withPage(
      await page(),
      async (page) => {
        await page.waitForFunction(() => globalThis.use);
        const { code, message } = await page.evaluate(() =>
          globalThis.use([]).catch(({ code, message }) => ({ code, message })),
        );
        assert.equal(code, 'wasm-failed');
        assert.match(message, /'wasm-unsafe-eval'/);
      },
      { headers: policy(''), expected: (message) => /Content.Security.Policy/.test(message) },
    );
  });

  test('a worker that may not start says so', async () => {
    await withPage(
      await page(),
      async (page) => {
        await page.waitForFunction(() => globalThis.use);
        const code = await page.evaluate(() => globalThis.use([]).catch((error) => error.code));
        assert.equal(code, 'worker-failed');
      },
      {
        headers: {
          'Content-Security-Policy': `${policy("'wasm-unsafe-eval'")['Content-Security-Policy']}; worker-src 'none'`,
        },
        expected: (message) => /Content.Security.Policy/.test(message),
      },
    );
  });
});

describe('through a bundler', () => {
  const sources = {
    'index.html': html('<script type="module" src="/page.js"></script>'),
    'page.js': PAGE,
  };

  test('Vite', async () => {
    const folder = await prepared(sources);
    await build({ root: folder, configFile: false, logLevel: 'error' });
    await withPage(join(folder, 'dist'), async (page, { requests }) => {
      await assertWorks(page);
      assert.ok(requests.some((path) => /undertone_bg-.*\.wasm$/.test(path)), 'an asset with a hash');
    });
  });

  test('Vite, while developing', async () => {
    const folder = await prepared(sources);
    const server = await createServer({
      root: folder,
      configFile: false,
      logLevel: 'error',
      server: { host: '127.0.0.1', port: 0 },
    });
    await server.listen();
    const context = await newContext(browser);
    try {
      const page = await context.newPage();
      await page.goto(`http://127.0.0.1:${server.httpServer.address().port}/`);
      await assertWorks(page);
    } finally {
      await context.close();
      await server.close();
    }
  });

  for (const mode of ['production', 'development']) {
    test(`webpack, mode ${mode}`, async () => {
      const folder = await prepared({ 'src/page.js': PAGE });
      const stats = await promisify(webpack)({
        mode,
        context: folder,
        entry: './src/page.js',
        output: { path: join(folder, 'dist') },
      });
      const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
      // webpack finds any asset above 244 KiB worth a warning, and the model is in ours.
      const told = [...errors, ...warnings].filter(({ message }) => !/size limit|performance/.test(message));
      assert.deepEqual(told, []);
      await writeFiles(join(folder, 'dist'), { 'index.html': html('<script src="main.js"></script>') });
      await withPage(join(folder, 'dist'), assertWorks);
    });
  }
});

describe('the main thread', () => {
  test('gets on with other tasks while a worker scores a million lines', async () => {
    const folder = await prepared({
      'index.html': html('<script type="module" src="page.js"></script>', IMPORT_MAP),
      'page.js': `
        import { load } from 'undertone';
        import { load as loadWorker } from 'undertone/worker';
        const loads = { here: load, there: loadWorker };
        globalThis.use = async (where, method, count) => {
          const classifier = await loads[where]();
          const texts = Array.from({ length: count }, (_, index) => 'Shares rise ' + index + ' points');
          // A message to itself comes once whatever else is to be done has had its turn.
          const { port1, port2 } = new MessageChannel();
          let turns = 0;
          port1.onmessage = () => {
            turns += 1;
            port2.postMessage(null);
          };
          port2.postMessage(null);
          const found = await classifier[method](texts);
          port1.close();
          classifier.free();
          return { turns, length: (found.classes ?? found).length };
        };`,
    });
    await withPage(folder, async (page) => {
      await page.waitForFunction(() => globalThis.use);
      const use = (...what) => page.evaluate((what) => globalThis.use(...what), what);
      for (const [method, length] of [
        ['scoreBatch', 1_000_000],
        // Two million objects to keep would be work for the garbage collector.
        ['classifyBatch', 100_000],
      ]) {
        const found = await use('there', method, length);
        assert.equal(found.length, length, method);
        // At least one for every few chunks.
        assert.ok(found.turns >= length / 8192, `${method}: ${found.turns} turns`);
      }
      // On its own it would have none.
      assert.equal((await use('here', 'classifyBatch', 100_000)).turns, 0);
    });
  });
});
