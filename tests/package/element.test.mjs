// `undertone/element`: nothing in Node; marks beside headlines in a browser.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { violations } from '../browser/axe.mjs';
import { browser } from '../browser/browser.mjs';
import { chromiumTest } from '../browser/browsers.mjs';
import { html, onPage } from './page.mjs';
import { REPOSITORY, project, run } from './project.mjs';

const HEADLINES = {
  negative: 'Exchange halts withdrawals as losses mount',
  neutral: 'Board meets on Thursday',
  positive: 'Profit doubles at Norvik Ferries',
};
const SHAPES = { negative: '▼', neutral: '●', positive: '▲' };

const LABELLED = Array.from({ length: 12 }, (_, index) => ({
  text: `${['Goals', 'Losses', 'Votes'][index % 3]} mount in week ${index}`,
  label: ['sports', 'markets', 'politics'][index % 3],
}));

// What the tests do on the page. Marks are read as whoever sees them would: through what is open of them.
const PAGE = `
  import * as element from './node_modules/undertone/element.js';
  import { load } from './node_modules/undertone/index.js';
  const posted = [];
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (...what) {
    posted.push(what[0].method);
    return post.apply(this, what);
  };
  const part = (mark, name) => mark.shadowRoot.querySelector('[part=' + name + ']');
  const text = (mark, name) => part(mark, name).textContent;
  Object.assign(globalThis, element, {
    load,
    posted,
    part,
    show(...children) {
      document.querySelector('main').replaceChildren(...children);
    },
    make(text, attributes = { loading: 'eager' }) {
      const mark = document.createElement('undertone-mark');
      mark.append(text);
      Object.entries(attributes).forEach(([name, value]) => mark.setAttribute(name, value));
      return mark;
    },
    told(mark, event = 'scored') {
      return new Promise((resolve) => mark.addEventListener(event, resolve, { once: true }));
    },
    scored: (marks) => Promise.all([...marks].map((mark) => mark.prediction ?? told(mark))),
    look(mark) {
      const button = part(mark, 'mark');
      return {
        isSeen: getComputedStyle(button).visibility === 'visible',
        shape: text(mark, 'shape'),
        label: text(mark, 'label'),
        confidence: text(mark, 'confidence'),
        name: button.getAttribute('aria-label'),
        isExpanded: button.getAttribute('aria-expanded') === 'true',
        why: part(mark, 'why').checkVisibility()
          ? [...part(mark, 'why').querySelectorAll('[part=said]')].map((word) => word.textContent)
          : null,
      };
    },
  });
  globalThis.isReady = true;`;

let installed;
let reference;
let several;

before(async () => {
  several = await readFile(join(REPOSITORY, 'tests/fixtures/models/version-5-several-labels.bin'));
  installed = await project({
    'index.html': html('<main><h1>News</h1></main><script type="module" src="page.js"></script>'),
    'page.js': PAGE,
    'several.bin': several,
  });
  const { load } = await import(pathToFileURL(join(installed.installed, 'node.js')));
  reference = await load();
});

after(async () => {
  await installed.remove();
});

/** Runs `act` on the page once its script has run. */
const withPage = (act, options) =>
  onPage(
    browser,
    installed.folder,
    async (page, served) => {
      await page.waitForFunction(() => globalThis.isReady);
      await act(page, served);
    },
    options,
  );

const percent = (share) => `${Math.round(100 * share)}%`;

/** What a mark of the model inside looks like. */
function expectedLook(headline) {
  const { label, confidence } = reference.classify(headline);
  return {
    isSeen: true,
    shape: SHAPES[label],
    label,
    confidence: percent(confidence),
    name: `${label} ${percent(confidence)}`,
    isExpanded: false,
    why: null,
  };
}

/** The words that pull the model inside most, from the strongest on. */
function expectedWords(headline) {
  const pulls = new Map();
  for (const { text, weights } of reference.explain(headline).contributions) {
    const word = text.toLowerCase();
    pulls.set(word, (pulls.get(word) ?? 0) + weights.positive - weights.negative);
  }
  return [...pulls]
    .filter(([, pull]) => Math.abs(pull) >= 0.05)
    .sort((one, other) => Math.abs(other[1]) - Math.abs(one[1]))
    .slice(0, 5)
    .map(([word]) => word);
}

const lower = (words) => words.map((word) => word.toLowerCase());

describe('in Node', () => {
  for (const [how, program] of [
    ['import', `import * as element from 'undertone/element';`],
    ['require', `import { createRequire } from 'node:module';
      const element = createRequire(import.meta.url)('undertone/element');`],
  ]) {
    test(`${how} defines nothing and throws nothing`, async () => {
      const use = `
        element.defineElement({ labels: { negative: 'schlecht' } });
        element.setClassifier();
        element.mark([]).update();
        element.mark([]).remove();
        console.log(Object.keys(element).sort().join(), typeof customElements);`;
      const printed = await run('node', ['--input-type=module', '--eval', program + use], installed.folder);
      assert.equal(printed.trim(), 'defineElement,mark,setClassifier undefined');
    });
  }
});

describe('a mark', () => {
  test('says the label by shape, text and probability, as the model does', () =>
    withPage(async (page) => {
      const looks = await page.evaluate(async (headlines) => {
        defineElement();
        const marks = headlines.map((headline) => make(headline));
        show(...marks);
        await scored(marks);
        return marks.map((mark) => ({ look: look(mark), text: mark.textContent, prediction: mark.prediction }));
      }, Object.values(HEADLINES));
      Object.entries(HEADLINES).forEach(([label, headline], index) => {
        assert.equal(reference.classify(headline).label, label);
        const prediction = reference.classify(headline);
        assert.deepEqual(looks[index], { look: expectedLook(headline), text: headline, prediction });
      });
    }));

  test('has its label as a state, for style sheets, and no attribute that the page did not set', () =>
    withPage(async (page) => {
      const found = await page.evaluate(async ({ negative }) => {
        defineElement();
        const mark = make(negative);
        const waits = () => ['loading', 'negative', 'unsure'].filter((state) => mark.matches(`:state(${state})`));
        show(mark);
        const states = [waits()];
        await scored([mark]);
        states.push(waits());
        mark.minConfidence = 1;
        states.push(waits());
        return { states, attributes: mark.getAttributeNames() };
      }, HEADLINES);
      assert.deepEqual(found, {
        states: [['loading'], ['negative'], ['unsure']],
        attributes: ['loading', 'min-confidence'],
      });
    }));

  test('is unsure below min-confidence and of a text that is foreign to the model', () =>
    withPage(async (page) => {
      const foreign = 'Der Vorstand tagt am Donnerstag';
      assert.equal(reference.classify(foreign).foreign, true);
      const found = await page.evaluate(
        async ([headline, foreign]) => {
          defineElement();
          const marks = [make(headline), make(foreign)];
          marks[0].minConfidence = 0.999;
          show(...marks);
          await scored(marks);
          const unsure = marks.map((mark) => [mark.unsure, look(mark).shape, look(mark).label, look(mark).name]);
          marks[0].setAttribute('min-confidence', 'much');
          return { unsure, then: [marks[0].unsure, look(marks[0]).label], minConfidence: marks[0].minConfidence };
        },
        [HEADLINES.positive, foreign],
      );
      const doubt = [true, '?', 'unsure', 'unsure'];
      assert.deepEqual(found, { unsure: [doubt, doubt], then: [false, 'positive'], minConfidence: 0 });
    }));

  test('scores changed content, a changed attribute, and moves without being scored again', () =>
    withPage(async (page) => {
      const found = await page.evaluate(async ({ negative, neutral, positive }) => {
        defineElement();
        const mark = make(positive);
        show(mark);
        await scored([mark]);
        const labels = [look(mark).label];
        mark.firstChild.data = negative;
        await told(mark);
        labels.push(look(mark).label);
        mark.replaceChildren(Object.assign(document.createElement('b'), { textContent: neutral }));
        await told(mark);
        labels.push(look(mark).label);
        mark.text = positive;
        await told(mark);
        labels.push(look(mark).label);
        const before = posted.length;
        document.querySelector('main').prepend(mark);
        document.querySelector('main').append(mark);
        const other = make(negative);
        document.querySelector('main').append(other);
        await scored([other]);
        return { labels, still: look(mark).label, messages: posted.length - before };
      }, HEADLINES);
      // The one message is the other mark's.
      const labels = ['positive', 'negative', 'neutral', 'positive'];
      assert.deepEqual(found, { labels, still: 'positive', messages: 1 });
    }));

  test('keeps its place before it is scored, so that nothing moves', () =>
    withPage(async (page) => {
      const found = await page.evaluate(async (headlines) => {
        let open;
        defineElement({ load: () => new Promise((resolve) => (open = () => resolve(load()))) });
        const marks = headlines.map((headline) => make(headline));
        show(...marks.flatMap((mark) => [mark, ' next ', document.createElement('br')]));
        const places = () => marks.map((mark) => ({ ...part(mark, 'mark').getBoundingClientRect().toJSON() }));
        const before = { places: places(), height: document.body.scrollHeight, looks: marks.map(look) };
        await new Promise((resume) => setTimeout(resume, 50));
        open();
        await scored(marks);
        return { before, places: places(), height: document.body.scrollHeight };
      }, Object.values(HEADLINES));
      assert.deepEqual(found.places, found.before.places);
      assert.equal(found.height, found.before.height);
      assert.ok(found.before.places.every(({ width, height }) => width > 50 && height > 5));
      assert.ok(found.before.looks.every(({ isSeen }) => !isSeen));
    }));

  test('takes texts, labels and looks from the page', () =>
    withPage(async (page) => {
      const found = await page.evaluate(async ({ negative }) => {
        defineElement({ labels: { negative: 'schlecht' }, texts: { unsure: 'unklar' } });
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(
          'undertone-mark { --undertone-negative: rgb(1, 2, 3) }' +
            'undertone-mark::part(confidence) { display: none }' +
            'undertone-mark:state(unsure)::part(mark) { opacity: 0.6 }',
        );
        document.adoptedStyleSheets = [sheet];
        const marks = [make(negative), make(negative, { loading: 'eager', 'min-confidence': 1 })];
        show(...marks);
        await scored(marks);
        const style = (mark, name) => getComputedStyle(part(mark, name));
        return {
          labels: marks.map((mark) => look(mark).label),
          colour: style(marks[0], 'shape').color,
          hidden: style(marks[0], 'confidence').display,
          // It is still said.
          name: look(marks[0]).name,
          isFaint: marks.map((mark) => mark.matches(':state(unsure)')),
        };
      }, HEADLINES);
      assert.deepEqual(found, {
        labels: ['schlecht', 'unklar'],
        colour: 'rgb(1, 2, 3)',
        hidden: 'none',
        name: `schlecht ${percent(reference.classify(HEADLINES.negative).confidence)}`,
        isFaint: [false, true],
      });
    }));
});

describe('the words that decided', () => {
  const opened = (page, headline) =>
    page.evaluate(async (headline) => {
      defineElement();
      const mark = make(headline);
      show(mark);
      await scored([mark]);
    }, headline);
  const looked = (page) => page.evaluate(() => look(document.querySelector('undertone-mark')));
  const explained = (page) =>
    page.waitForFunction(() => look(document.querySelector('undertone-mark')).why?.length > 0);

  test('open and close by keyboard', () =>
    withPage(async (page) => {
      await opened(page, HEADLINES.negative);
      await page.keyboard.press('Tab');
      assert.equal((await looked(page)).isExpanded, false, 'the focus alone opens nothing');
      await page.keyboard.press('Enter');
      await explained(page);
      const { why, isExpanded } = await looked(page);
      assert.equal(isExpanded, true);
      assert.deepEqual(lower(why), expectedWords(HEADLINES.negative));
      for (const [opens, closes] of [['', 'Escape'], ['Space', 'Space'], ['Enter', 'Tab']]) {
        if (opens) {
          await page.keyboard.press(opens);
          await explained(page);
        }
        await page.keyboard.press(closes);
        const { why, isExpanded } = await looked(page);
        assert.deepEqual({ why, isExpanded }, { why: null, isExpanded: false }, closes);
      }
    }));

  test('open under a pointer that stays, and close when it leaves, unless it was pressed', () =>
    withPage(async (page) => {
      await opened(page, HEADLINES.positive);
      const button = page.locator('undertone-mark button');
      await button.hover();
      await explained(page);
      // On to the words and back: they stay.
      await page.locator('undertone-mark [part=why]').hover();
      assert.equal((await looked(page)).isExpanded, true);
      await page.mouse.move(0, 0);
      assert.equal((await looked(page)).isExpanded, false);
      await button.click();
      await explained(page);
      await page.mouse.move(0, 0);
      assert.equal((await looked(page)).isExpanded, true);
      await page.mouse.click(1, 1);
      assert.equal((await looked(page)).isExpanded, false);
    }));

  test('stay within the window, in either direction of text', () =>
    withPage(
      async (page) => {
        for (const dir of ['ltr', 'rtl']) {
          await opened(page, HEADLINES.negative);
          await page.evaluate((dir) => {
            document.documentElement.dir = dir;
            document.querySelector('main').style.cssText = 'position: fixed; bottom: 0; inset-inline-end: 0';
          }, dir);
          await page.locator('undertone-mark button').click();
          await explained(page);
          const box = await page.locator('undertone-mark [part=why]').boundingBox();
          const { width, height } = page.viewportSize();
          assert.ok(box.x >= 0 && box.x + box.width <= width, `${dir}: ${JSON.stringify(box)}`);
          assert.ok(box.y >= 0 && box.y + box.height <= height, `${dir}: ${JSON.stringify(box)}`);
        }
      },
      { context: { viewport: { width: 390, height: 600 } } },
    ));

  test('open in a link without following it', () =>
    withPage(async (page, { address }) => {
      await page.evaluate(async ({ negative }) => {
        defineElement();
        const link = Object.assign(document.createElement('a'), { href: '/elsewhere' });
        const mark = make(negative);
        link.append(mark);
        show(link);
        await scored([mark]);
      }, HEADLINES);
      await page.locator('undertone-mark button').click();
      await explained(page);
      assert.equal(page.url(), address);
    }));
});

describe('who looks with other eyes', () => {
  const SCHEMES = process.env.FIREFOX ? [undefined] : ['light', 'dark'];
  for (const colorScheme of SCHEMES) {
    test(`axe finds no violation${colorScheme ? ` in a ${colorScheme} page` : ''}`, () =>
      withPage(
        async (page) => {
          await page.evaluate(async (headlines) => {
            document.documentElement.style.cssText = 'color-scheme: light dark';
            defineElement();
            const list = document.createElement('ul');
            list.append(
              ...headlines.map((headline) => {
                const item = document.createElement('li');
                item.append(make(headline));
                return item;
              }),
            );
            const heading = Object.assign(document.createElement('h1'), { textContent: headlines[0] });
            show(heading, list);
            mark(heading, { loading: 'eager' });
            await scored(document.querySelectorAll('undertone-mark'));
          }, Object.values(HEADLINES));
          assert.deepEqual(await violations(page), []);
          await page.locator('li undertone-mark button').first().click();
          await page.waitForFunction(() => look(document.querySelector('li undertone-mark')).why?.length > 0);
          assert.deepEqual(await violations(page), []);
        },
        { context: colorScheme && { colorScheme, reducedMotion: 'reduce' } },
      ));
  }

  chromiumTest('forced colours leave the shape, and reduced motion nothing that moves', () =>
    withPage(
      async (page) => {
        const { shape, text, motion } = await page.evaluate(async ({ negative }) => {
          defineElement();
          const mark = make(negative);
          show(mark);
          await scored([mark]);
          const style = (name) => getComputedStyle(part(mark, name));
          const { transitionDuration } = style('mark');
          return { shape: style('shape').color, text: style('label').color, motion: transitionDuration };
        }, HEADLINES);
        assert.deepEqual({ shape, motion }, { shape: text, motion: '0s' });
      },
      { context: { forcedColors: 'active', reducedMotion: 'reduce' } },
    ));
});

describe('many marks', () => {
  test('are scored in few messages', () =>
    withPage(async (page) => {
      const found = await page.evaluate(async () => {
        defineElement();
        const marks = Array.from({ length: 1000 }, (_, index) => make(`Shares rise ${index} points`));
        show(...marks);
        await scored(marks);
        return { posted, labels: new Set(marks.map((mark) => look(mark).label)).size };
      });
      assert.deepEqual(found, { posted: ['open', 'scoreBatch'], labels: 1 });
    }));

  test('of a long page are scored when they come in sight, and the module is fetched only then', () =>
    withPage(async (page, { requests }) => {
      await page.evaluate(({ positive }) => {
        defineElement();
        const gap = () => Object.assign(document.createElement('div'), { style: 'block-size: 400vh' });
        const marks = Array.from({ length: 100 }, () => make(positive, {}));
        show(gap(), ...marks.flatMap((mark) => [mark, document.createElement('hr')]), gap(), make(positive, {}));
      }, HEADLINES);
      // Two frames later the browser has told of all that is in sight.
      await page.evaluate(() => new Promise((end) => requestAnimationFrame(() => requestAnimationFrame(end))));
      assert.deepEqual(requests.filter((path) => path.endsWith('.wasm')), []);
      const count = await page.evaluate(async () => {
        const marks = [...document.querySelectorAll('undertone-mark')];
        marks[0].scrollIntoView();
        await scored(marks.slice(0, 1));
        return marks.filter((mark) => mark.prediction).length;
      });
      assert.ok(count > 1 && count < 101, `${count} of 101 are scored`);
      const last = await page.evaluate(async () => {
        const mark = [...document.querySelectorAll('undertone-mark')].at(-1);
        mark.scrollIntoView();
        await scored([mark]);
        return look(mark).label;
      });
      assert.equal(last, 'positive');
    }));

  test('that are gone before they are scored are never scored', () =>
    withPage(async (page) => {
      const found = await page.evaluate(async ({ negative, positive }) => {
        defineElement();
        const gone = make(negative);
        const stays = make(positive);
        show(gone, stays);
        gone.remove();
        await scored([stays]);
        return [gone.prediction, look(stays).label];
      }, HEADLINES);
      assert.deepEqual(found, [null, 'positive']);
    }));
});

describe('mark(element)', () => {
  test('leaves the document as it was once it is removed', () =>
    withPage(async (page) => {
      const found = await page.evaluate(async ({ negative, positive }) => {
        const heading = document.createElement('h2');
        const link = Object.assign(document.createElement('a'), { href: '#', textContent: positive });
        const inner = Object.assign(document.createElement('a'), { href: '#', textContent: negative });
        heading.append(inner);
        show(heading, link, 'after');
        const main = document.querySelector('main');
        const html = main.innerHTML;
        const marked = mark(document.querySelectorAll('h2, main > a'), { loading: 'eager' });
        const places = [heading.lastChild.localName, link.nextSibling.localName, link.childNodes.length];
        await scored(document.querySelectorAll('undertone-mark'));
        const labels = [look(heading.lastChild).label, look(link.nextSibling).label];
        const same = heading.firstChild === inner;
        mark(heading);
        const count = heading.querySelectorAll('undertone-mark').length;
        mark(heading).remove();
        marked.remove();
        return { places, labels, same, count, isAsBefore: main.innerHTML === html };
      }, HEADLINES);
      const places = ['undertone-mark', 'undertone-mark', 1];
      const labels = ['negative', 'positive'];
      assert.deepEqual(found, { places, labels, same: true, count: 1, isAsBefore: true });
    }));

  test('follows the element’s text, and comes back where a page writes it anew', () =>
    withPage(async (page) => {
      const labels = await page.evaluate(async ({ negative, neutral, positive }) => {
        const heading = Object.assign(document.createElement('h2'), { textContent: positive });
        show(heading);
        const marked = mark(heading, { loading: 'eager' });
        await scored([heading.lastChild]);
        const labels = [look(heading.lastChild).label];
        const again = told(heading.lastChild);
        heading.firstChild.data = negative;
        await again;
        labels.push(look(heading.lastChild).label);
        const { lastChild } = heading;
        const anew = told(lastChild);
        heading.textContent = neutral;
        await anew;
        labels.push(look(heading.lastChild).label, heading.lastChild === lastChild);
        marked.remove();
        heading.textContent = positive;
        await Promise.resolve();
        return [...labels, heading.childNodes.length];
      }, HEADLINES);
      assert.deepEqual(labels, ['positive', 'negative', 'neutral', true, 1]);
    }));
});

describe('a model of the page’s own', () => {
  test('that gives several labels has all of them as text, in a shape that takes no side', () =>
    withPage(async (page) => {
      const found = await page.evaluate(async () => {
        defineElement();
        setClassifier(load({ model: 'several.bin' }));
        const marks = [
          'Norvik Ferries cuts jobs after a wider quarterly loss',
          'Court fines Orrin Bank over pricing',
          'Orrin Bank opens a visitor centre',
        ].map((text) => make(text));
        show(...marks);
        await scored(marks);
        part(marks[1], 'mark').click();
        await new Promise((resume) => setTimeout(resume));
        const towards = part(marks[1], 'towards').textContent;
        return { looks: marks.map((mark) => [look(mark).shape, look(mark).label, look(mark).confidence]), towards };
      });
      const looks = [['◆', 'earnings, jobs', ''], ['◆', 'law', ''], ['○', 'none', '']];
      assert.deepEqual(found, { looks, towards: 'for law' });
    }));

  test('with other labels has their names in a shape that takes no side', async () => {
    const { train } = await import(pathToFileURL(join(installed.installed, 'train-node.js')));
    const { model } = await train(LABELLED, { folds: 0 });
    await withPage(async (page) => {
      const found = await page.evaluate(
        async ([bytes, headline]) => {
          const model = await load({ model: new Uint8Array(bytes) });
          defineElement({ load: () => model });
          const mark = make(headline);
          show(mark);
          await scored([mark]);
          return { shape: look(mark).shape, label: look(mark).label, isMine: mark.prediction.label };
        },
        [[...model], LABELLED[0].text],
      );
      assert.deepEqual(found, { shape: '◆', label: 'sports', isMine: 'sports' });
    });
  });

  test('takes the place of another, and marks are scored anew', () =>
    withPage(async (page) => {
      const found = await page.evaluate(async ({ negative }) => {
        defineElement();
        const mark = make(negative);
        show(mark);
        await scored([mark]);
        const before = mark.prediction.confidence;
        const classifier = await load();
        classifier.learn(negative, 'positive');
        setClassifier(classifier);
        await told(mark);
        const taught = mark.prediction.confidence;
        classifier.reset();
        setClassifier(classifier);
        await told(mark);
        const reset = mark.prediction.confidence;
        setClassifier();
        await told(mark);
        return [taught !== before, reset === before, mark.prediction.confidence === before];
      }, HEADLINES);
      assert.deepEqual(found, [true, true, true]);
    }));
});

describe('when something goes wrong', () => {
  test('a mark says so by an event and a state, shows nothing, and recovers', () =>
    withPage(
      async (page) => {
        const found = await page.evaluate(async ({ negative }) => {
          defineElement({ load: () => load({ model: 'none.bin' }) });
          const heard = [];
          document.addEventListener('error', ({ target, error }) => heard.push([target.localName, error.code]), true);
          const mark = make(negative);
          show(mark);
          await told(mark, 'error');
          const failed = {
            code: mark.error.code,
            isSeen: look(mark).isSeen,
            text: mark.textContent,
            state: mark.matches(':state(error)'),
            prediction: mark.prediction,
          };
          setClassifier(load());
          await told(mark);
          return { failed, heard, label: look(mark).label, error: mark.error };
        }, HEADLINES);
        const failed = { code: 'fetch-failed', isSeen: false, text: HEADLINES.negative, state: true, prediction: null };
        const heard = [['undertone-mark', 'fetch-failed']];
        assert.deepEqual(found, { failed, heard, label: 'negative', error: null });
      },
      { expected: (message) => message.includes('404') },
    ));

  test('words that can’t be had are told of where they would be', () =>
    withPage(async (page) => {
      const found = await page.evaluate(async ({ negative }) => {
        const classifier = await load();
        defineElement({ load: () => classifier });
        const mark = make(negative);
        show(mark);
        await scored([mark]);
        classifier.free();
        const failure = told(mark, 'error');
        part(mark, 'mark').click();
        const { error } = await failure;
        return { code: error.code, note: part(mark, 'note').textContent, label: look(mark).label };
      }, HEADLINES);
      assert.deepEqual(found, { code: 'freed', note: 'This could not be explained.', label: 'negative' });
    }));
});

describe('under a strict Content-Security-Policy', () => {
  const policy =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src data:";
  const works = async (page) => {
    const found = await page.evaluate(async ({ negative }) => {
      defineElement();
      const mark = make(negative);
      show(mark);
      await scored([mark]);
      part(mark, 'mark').click();
      while (!look(mark).why?.length) {
        await new Promise((resume) => setTimeout(resume, 10));
      }
      const { display } = getComputedStyle(part(mark, 'mark'));
      return { label: look(mark).label, words: look(mark).why, display, messages: posted.length };
    }, HEADLINES);
    assert.deepEqual(lower(found.words), expectedWords(HEADLINES.negative));
    assert.equal(found.label, 'negative');
    assert.equal(found.display, 'inline-flex', 'its style is in force');
    return found.messages;
  };

  test('it needs no style of its own allowed', () =>
    withPage(async (page) => assert.equal(await works(page), 3), {
      headers: { 'Content-Security-Policy': policy },
    }));

  test('it scores on the page’s thread where no worker may start', () =>
    withPage(works, {
      headers: { 'Content-Security-Policy': `${policy}; worker-src 'none'` },
      expected: (message) => /Content.Security.Policy/.test(message),
    }));

  test('and where Trusted Types are required', () =>
    withPage(works, {
      headers: { 'Content-Security-Policy': `${policy}; require-trusted-types-for 'script'; trusted-types 'none'` },
      expected: (message) => /Trusted|Content.Security.Policy/.test(message),
    }));
});
