// Which coins and companies a text names: on this thread and in a worker thread, as the command says.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { COMMAND, project, REPOSITORY, run } from './project.mjs';

const OWN = 'name,ticker\nQuorvex Holdings,Quorvex\nMy Coin,$NEAR\n';
const TEXTS = [
  'Tesla sells its BTC; Quorvex buys bitcoin',
  'Profit falls by a third',
  '🚀 Bitcoin Cash, $NEAR and Nestlé 🚀 L’Oréal',
  'Price Target Near Record',
  'a \ud83d BTC',
  '',
];

let installed;
let load;
let loadWorker;

before(async () => {
  installed = await project({ 'texts.txt': `${TEXTS.slice(0, 4).join('\n')}\n`, 'own.csv': OWN });
  const entry = (name) => import(pathToFileURL(join(installed.installed, name)));
  ({ load } = await entry('node.js'));
  ({ load: loadWorker } = await entry('worker-node.js'));
});

after(() => installed.remove());

async function refused(act, code, message) {
  const error = await Promise.resolve().then(act).then(
    () => assert.fail(`${code} was expected, and nothing went wrong`),
    (error) => error,
  );
  assert.ok(error instanceof Error);
  assert.equal(error.code, code, error.message);
  assert.match(error.message, message);
}

/** The names of each text. */
function namesOf({ names, counts, found }) {
  let at = 0;
  return Array.from(counts, (count) => Array.from(found.subarray(at, (at += count)), (name) => names[name]));
}

for (const [where, start] of [
  ['on this thread', () => load()],
  ['in a worker', () => loadWorker()],
]) {
  describe(where, () => {
    let classifier;
    before(async () => {
      classifier = await start();
    });
    after(() => classifier.free());

    test('there are no names before they are loaded', async () => {
      await refused(() => classifier.mentions('BTC'), 'no-names', /loadNames\(\) first/);
      await refused(() => classifier.mentionsBatch(['BTC']), 'no-names', /loadNames\(\) first/);
    });

    test('a mention says who and where', async () => {
      const names = await classifier.loadNames();
      assert.ok(names.length > 500 && names.includes('Bitcoin') && Object.isFrozen(names));
      for (const text of TEXTS) {
        for (const mention of await classifier.mentions(text)) {
          assert.deepEqual(Object.keys(mention), ['name', 'text', 'start', 'end']);
          assert.equal(mention.text, text.slice(mention.start, mention.end));
          assert.ok(names.includes(mention.name));
        }
      }
      const found = await classifier.mentions(TEXTS[2]);
      assert.deepEqual(
        found.map(({ name, text }) => [name, text]),
        [
          ['Bitcoin Cash', 'Bitcoin Cash'],
          ['Near Protocol', '$NEAR'],
          ['Nestlé', 'Nestlé'],
          ["L'Oréal", 'L’Oréal'],
        ],
      );
    });

    test('a batch has each name once a text, with a list of one’s own before the other', async () => {
      await classifier.loadNames({ own: OWN });
      const batch = await classifier.mentionsBatch(TEXTS);
      assert.deepEqual(namesOf(batch), [
        ['Tesla', 'Bitcoin', 'Quorvex Holdings'],
        [],
        ['Bitcoin Cash', 'My Coin', 'Nestlé', "L'Oréal"],
        [],
        ['Bitcoin'],
        [],
      ]);
      assert.ok(batch.counts instanceof Uint32Array && batch.found instanceof Uint32Array);
      assert.deepEqual(namesOf(await classifier.mentionsBatch([])), []);
      const many = Array.from({ length: 5000 }, (_, index) => TEXTS[index % TEXTS.length]);
      const all = namesOf(await classifier.mentionsBatch(many));
      assert.deepEqual(all, many.map((_, index) => all[index % TEXTS.length]));
    });

    test('the list may be another one', async () => {
      assert.deepEqual(await classifier.loadNames({ list: 'Acme Ltd, ^Acme' }), ['Acme Ltd']);
      assert.deepEqual(await classifier.mentions('BTC falls, Acme rises'), [
        { name: 'Acme Ltd', text: 'Acme', start: 11, end: 15 },
      ]);
      assert.deepEqual(await classifier.loadNames({ list: '' }), []);
      assert.deepEqual(await classifier.mentions('BTC'), []);
    });

    test('what is no list is refused with its line, and the one before stays', async () => {
      await classifier.loadNames({ list: 'Acme' });
      await refused(() => classifier.loadNames({ own: 'A\n, B' }), 'bad-names', /line 2: expected a name/);
      await refused(() => classifier.loadNames({ own: 'A, B\nC, B' }), 'bad-names', /"B", which is A's/);
      await refused(() => classifier.loadNames({ own: 7 }), 'not-a-text', /found number/);
      assert.equal((await classifier.mentions('Acme')).length, 1);
    });

    test('a text may be long, and the next one short', async () => {
      await classifier.loadNames({ list: 'Acme' });
      const long = `${'ü'.repeat(1 << 20)} Acme`;
      const [{ start }] = await classifier.mentions(long);
      assert.equal(start, long.length - 4);
      assert.equal((await classifier.mentions('Acme'))[0].start, 0);
      assert.deepEqual(namesOf(await classifier.mentionsBatch(['Acme', long])), [['Acme'], ['Acme']]);
    });

    test('names have no part in a score', async () => {
      const before = await classifier.classify(TEXTS[0]);
      await classifier.loadNames();
      await classifier.mentions('x'.repeat(1 << 20));
      assert.deepEqual(await classifier.classify(TEXTS[0]), before);
    });
  });
}

test('the command finds the same', async () => {
  const printed = await run(
    COMMAND,
    ['predict', '--input', 'texts.txt', '--by', 'name', '--names', 'own.csv', '--format', 'json'],
    installed.folder,
  );
  const classifier = await load();
  await classifier.loadNames({ own: OWN });
  const counts = {};
  for (const name of namesOf(classifier.mentionsBatch(TEXTS.slice(0, 4))).flat()) {
    counts[name] = (counts[name] ?? 0) + 1;
  }
  const theirs = JSON.parse(printed).map(({ name, headlines }) => [name, headlines]);
  assert.deepEqual(Object.fromEntries(theirs), counts);
});

test('classifiers have their names to themselves, and none when they are freed', async () => {
  const [one, other] = await Promise.all([load(), load()]);
  await Promise.all([one.loadNames({ list: 'Acme' }), other.loadNames({ list: 'Quorvex' })]);
  assert.deepEqual(one.mentions('Quorvex buys Acme').map(({ name }) => name), ['Acme']);
  assert.deepEqual(other.mentions('Quorvex buys Acme').map(({ name }) => name), ['Quorvex']);
  one.free();
  await refused(() => one.mentions('Acme'), 'freed', /load\(\)/);
  await refused(() => one.loadNames(), 'freed', /load\(\)/);
  other.free();
});

test('the module can be given in place of being found, after a failure as well', async () => {
  const program = `
    import { readFileSync } from 'node:fs';
    import { createRequire } from 'node:module';
    import { load } from './node_modules/undertone/index.js';
    const read = (name) => readFileSync(createRequire(import.meta.url).resolve(name));
    const classifier = await load({ wasm: read('undertone/undertone_bg.wasm') });
    globalThis.fetch = async () => { throw new Error('no network'); };
    const codes = [];
    for (const wasm of [undefined, 7, new Uint8Array(9)]) {
      await classifier.loadNames({ list: 'Acme', wasm }).catch(({ code }) => codes.push(code));
    }
    const wasm = new WebAssembly.Module(read('undertone/undertone_names_bg.wasm'));
    await classifier.loadNames({ list: 'Acme', wasm });
    // Nobody looks for it any more.
    await (await load()).loadNames({ list: 'Acme' });
    console.log(codes.join(), classifier.mentions('Acme')[0].name);`;
  const printed = await run('node', ['--input-type=module', '--eval', program], installed.folder);
  assert.equal(printed.trim(), 'fetch-failed,wasm-failed,wasm-failed Acme');
});

test('the package has the list, for bundlers that don’t take it along', async () => {
  const own = await readFile(join(installed.installed, 'mentions.txt'), 'utf8');
  assert.equal(own, await readFile(join(REPOSITORY, 'mentions.txt'), 'utf8'));
  const shown = await run(
    'node',
    ['--input-type=module', '--eval', 'console.log(import.meta.resolve("undertone/mentions.txt"))'],
    installed.folder,
  );
  assert.match(shown, /node_modules\/undertone\/mentions\.txt/);
});
