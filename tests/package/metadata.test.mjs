// The package as other tools read it: its exports, its files, its types.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

import { project, REPOSITORY, run, TARBALL } from './project.mjs';

const TOOLS = join(REPOSITORY, 'tests/package/node_modules');

const SAMPLE = `
  import { load, type Classifier, type Explanation, type Learnt, type Mention, type Mentions, type PartialPrediction, type Prediction, type Scores, type UndertoneError } from 'undertone';
  import { load as loadWorker, type WorkerClassifier } from 'undertone/worker';
  import { defineElement, mark, setClassifier, type Annotation, type ElementOptions, type UndertoneMark } from 'undertone/element';
  import { load as loadSmall, type SmallClassifier } from 'undertone/small';
  import { train, type LabelledText, type Trained, type TrainReport } from 'undertone/train';

  export async function sample(bytes: Uint8Array, signal: AbortSignal): Promise<number> {
    const here: Classifier = await load();
    const own: Classifier = await load({ model: bytes });
    await load({ model: new URL('https://example.org/model.bin') });
    const prediction: Prediction = here.classify('Profit rises');
    const batch: Prediction[] = own.classifyBatch(['a', 'b'] as const);
    const part: PartialPrediction = here.classify('a', { minConfidence: 0.5, topK: 1 });
    const parts: PartialPrediction[] = here.classifyBatch(['a'], { topK: 2 });
    console.log(part.label?.length, parts[0]?.known, prediction.foreign);
    const scores: Scores = here.scoreBatch(['a']);
    const explanation: Explanation = here.explain('Profit rises');
    const weight: number | undefined = explanation.contributions[0]?.weights['positive'];
    const learnt: Prediction = here.learn('Profit rises', 'positive');
    const grown: Learnt = here.learn('Zorvexium depegs', 'spam', { grow: true });
    const words: string[] = [...grown.words, ...here.unknownWords('Zorvexium')];
    here.teach('depeg', 'negative', 2);
    console.log(words.length);
    const undone: boolean = here.undo();
    const exported: Uint8Array = here.export();
    await load({ model: exported });
    const accuracy: number | undefined = here.info.scores?.accuracy;

    const names: readonly string[] = await here.loadNames({ own: 'Acme, ACM' });
    const mentions: Mention[] = here.mentions('Acme rises');
    const found: Mentions = here.mentionsBatch(['Acme rises']);
    console.log(names.length, mentions[0]?.name, found.counts.length);

    const there: WorkerClassifier = await loadWorker({ signal });
    const many: Prediction[] = await there.classifyBatch(['a'], {
      signal,
      onProgress: (done, total) => console.log(done / total),
    });
    const exportedThere: Uint8Array = await there.export();
    await there.loadNames({ list: 'Acme', wasm: 'https://example.org/undertone_names_bg.wasm' });
    const mentioned: Mentions = await there.mentionsBatch(['a'], { signal });
    console.log(mentioned.found.length, (await there.mentions('a')).length);
    const small: SmallClassifier = await loadSmall({ model: bytes });
    const briefly: PartialPrediction = small.classify('a', { topK: 1 });
    console.log(briefly.known, small.classifyBatch(['a'])[0]?.label, small.info.link);
    // @ts-expect-error it scores and does no more
    small.explain('a');
    const documents: LabelledText[] = [{ text: 'Profit rises', label: 'good' }];
    const trained: Trained = await train(
      documents,
      { ngrams: [1, 2], minDf: 2, precision: ['int8', 'good=0.9'] },
      { signal, source: { name: 'a.csv', bytes }, onProgress: ({ step, done, of }) => console.log(step, done / of) },
    );
    const report: TrainReport = trained.report;
    console.log(report.cv?.macro_f1, report.learning_curve[0]?.percent);
    await load({ model: trained.model });
    // @ts-expect-error there is no such option
    await train(documents, { learningRate: 1 });
    console.log(learnt.label, undone, here.corrections + there.corrections, exportedThere.length);
    try {
      here.classify('a');
    } catch (error) {
      const { code } = error as UndertoneError;
      switch (code) {
        case 'not-a-text':
        case 'freed':
          break;
        // @ts-expect-error there is no such code
        case 'no-such-code':
          break;
      }
    }
    // @ts-expect-error a text is a string
    here.classify(1);
    // @ts-expect-error a model is not a number
    await load({ model: 1 });
    // @ts-expect-error the labels can't be changed
    here.labels.push('a');
    // @ts-expect-error a promise has no label
    there.classify('a').label;
    here.free();
    there.free();
    return prediction.confidence + batch.length + many.length + scores.classes.length + (weight ?? 0) + (accuracy ?? 0);
  }

  export function marked(): number | undefined {
    const options: ElementOptions = { load: () => loadWorker(), texts: { unsure: 'unklar' }, labels: { positive: 'gut' } };
    defineElement(options);
    setClassifier(load());
    setClassifier();
    const annotation: Annotation = mark(document.querySelectorAll('h2'), { minConfidence: 0.6, loading: 'eager' });
    mark(document.body).update();
    annotation.remove();
    // @ts-expect-error a time to score is eager or lazy
    mark(document.body, { loading: 'later' });
    // @ts-expect-error a model is no classifier
    setClassifier(new Uint8Array());
    const element: UndertoneMark | null = document.querySelector('undertone-mark');
    element?.addEventListener('error', ({ error }) => console.log(error));
    // @ts-expect-error what it was found to be can't be set
    if (element) element.prediction = null;
    return element?.prediction?.confidence;
  }

  export async function disposed(): Promise<string> {
    using classifier = await load();
    return classifier.classify('a').label;
  }`;

let installed;

before(async () => {
  installed = await project({
    'sample.ts': SAMPLE,
    'sample.cts': SAMPLE,
    'sample.mts': SAMPLE,
  });
});

after(() => installed.remove());

test('publint has nothing to say', async () => {
  const { messages, pkg } = await publint({ pkgDir: installed.installed, strict: true, level: 'suggestion', pack: false });
  assert.deepEqual(messages.map((message) => formatMessage(message, pkg)), []);
});

test('Are the types wrong? They are not', async () => {
  const tool = join(TOOLS, '@arethetypeswrong/cli/dist/index.js');
  // WebAssembly is never required, so that its types are those of an ES module is right.
  // Nor are the list of names, the model and the word vectors code.
  const others = ['undertone_bg.wasm', 'undertone_names_bg.wasm', 'undertone_small_bg.wasm', 'undertone_train_bg.wasm', 'mentions.txt', 'model.bin', 'vectors64.i8', 'vectors64.words'];
  const options = ['--format', 'json', '--exclude-entrypoints', ...others];
  const printed = await run('node', [tool, TARBALL, ...options], REPOSITORY);
  const { analysis, problems } = JSON.parse(printed);
  assert.ok(analysis.types, 'it has types');
  assert.deepEqual(problems ?? {}, {});
});

describe('TypeScript, strict', () => {
  const LIBRARIES = 'es2022,dom,esnext.disposable';
  for (const [module, resolution, files] of [
    ['nodenext', 'nodenext', ['sample.ts', 'sample.cts', 'sample.mts']],
    ['esnext', 'bundler', ['sample.ts']],
    ['preserve', 'bundler', ['sample.ts']],
  ]) {
    test(`module ${module}, resolution ${resolution}`, () =>
      run(
        'node',
        [
          join(TOOLS, 'typescript/bin/tsc'),
          '--strict',
          '--noEmit',
          '--exactOptionalPropertyTypes',
          '--noUncheckedIndexedAccess',
          ...['--target', 'es2022'],
          ...['--lib', LIBRARIES],
          ...['--module', module],
          ...['--moduleResolution', resolution],
          ...files,
        ],
        installed.folder,
      ));
  }
});

test('the tarball holds what it should', async () => {
  const printed = await run('tar', ['--list', '--gzip', '--file', TARBALL], REPOSITORY);
  const files = printed.trim().split('\n').map((name) => name.replace('package/', ''));
  for (const name of ['package.json', 'README.md', 'LICENSE-MIT', 'LICENSE-APACHE', 'MODEL_CARD.md', 'undertone_bg.wasm', 'undertone_names_bg.wasm', 'undertone_small_bg.wasm', 'undertone_train_bg.wasm', 'model.bin', 'vectors64.i8', 'vectors64.words']) {
    assert.ok(files.includes(name), name);
  }
  const others = files.filter((name) => !/^(package\.json|[A-Z_]+\.md|LICENSE-[A-Z]+|mentions\.txt|model\.bin|vectors64\.(i8|words)|undertone_((names|small|train)_)?bg\.wasm(\.d\.ts)?|[a-z0-9_-]+\.(js|cjs|d\.ts|d\.cts))$/.test(name));
  assert.deepEqual(others, []);
});
