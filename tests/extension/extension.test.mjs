// The extension in a real browser, over local pages: `cargo xtask test --only extension` says which browser.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { violations } from '../browser/axe.mjs';
import { chromiumTest } from '../browser/browsers.mjs';
import { SITE, extended, press, serving, until } from './extended.mjs';
import { MANY, RESTLESS, SITES, STRICT } from './sites.mjs';

const SCREENSHOTS = new URL('../../target/screenshots/', import.meta.url).pathname;
const KIND = process.env.FIREFOX ? 'firefox' : 'chromium';
const LARGE = 10_000;

const paths = new Map(Object.keys(SITES).map((name, index) => [name, `/${index}`]));
let browser;
let served;
/** The extension's options, open throughout: what the tests ask of the extension they ask here. */
let options;

before(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const pages = Object.entries(SITES).map(([name, { html }]) => [paths.get(name), html]);
  served = await serving({ ...Object.fromEntries(pages), '/many': MANY, '/restless': RESTLESS, '/strict': STRICT });
  browser = await extended();
  options = await browser.own('options.html');
});
after(async () => {
  await browser.close();
  await served.close();
});

/** Opens a page, runs `use` with it and its tab's number, and closes it. */
async function on(path, use, at = served.address) {
  const url = `${at}${path}`;
  const page = await browser.open(url);
  try {
    const tab = await options.evaluate(async (wanted) => {
      const tabs = await chrome.tabs.query({});
      // Without a permission for its site a tab has no address: the newest is the one.
      return (tabs.find(({ url }) => url === wanted) ?? tabs.toSorted((a, b) => b.id - a.id)[0]).id;
    }, url);
    await use(page, tab);
  } finally {
    await page.close();
  }
}

/** What the page tells the popup, once it holds; undefined where nothing of the extension is on the page. */
const reported = (tab) =>
  options.evaluate(async (id) => {
    try {
      return (await chrome.tabs.sendMessage(id, { kind: 'report' })).result;
    } catch {
      return undefined;
    }
  }, tab);
const reports = (tab, count) =>
  until(
    options,
    async ([id, wanted]) => {
      const answered = await chrome.tabs.sendMessage(id, { kind: 'report' }).catch(() => undefined);
      return answered?.result.texts.length >= wanted && answered.result;
    },
    [tab, count],
  );
const marks = (page) => page.evaluate(() => document.querySelectorAll('undertone-note').length);
const marked = (page, count) =>
  until(page, (wanted) => document.querySelectorAll('undertone-note').length === wanted, count);

/** Where each text of a page is, to a thousandth of a pixel, and how far the page can be scrolled. */
const layout = (page) =>
  page.evaluate(() => {
    const boxes = [];
    const visit = (root) => {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
      while (walker.nextNode()) {
        const node = walker.currentNode;
        if (node.shadowRoot) {
          visit(node.shadowRoot);
        }
        if (node.nodeType === Node.TEXT_NODE && node.data.trim() !== '') {
          const range = document.createRange();
          range.selectNodeContents(node);
          for (const { x, y, width, height } of range.getClientRects()) {
            boxes.push([x, y, width, height].map((number) => number.toFixed(3)).join(' '));
          }
        }
      }
    };
    visit(document.body);
    const { scrollWidth, scrollHeight } = document.documentElement;
    return { boxes, scrollWidth, scrollHeight };
  });

const stop = (tab) => options.evaluate((id) => chrome.tabs.sendMessage(id, { kind: 'stop' }), tab);

/** The marks as they are drawn: what each shows and what is heard, with the texts in closed shadow trees. */
async function drawn(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('DOM.enable');
  const { nodes } = await session.send('DOM.getFlattenedDocument', { depth: -1, pierce: true });
  const badges = nodes.filter(({ attributes = [] }) => attributes.some((value) => /^mark /.test(value)));
  return badges.map(({ attributes, nodeName }) => {
    const at = (name) => attributes[attributes.indexOf(name) + 1];
    return { heard: at('aria-label'), tones: at('class'), isButton: nodeName === 'BUTTON' };
  });
}

/** Presses a button of the popup that hangs from the extension's own, once it can be seen. */
async function pressInPopup(session, id) {
  const expression = `document.getElementById('${id}')?.hidden === false && (document.getElementById('${id}').click(), true)`;
  for (let isPressed = false; !isPressed; ) {
    const { targetInfos } = await session.send('Target.getTargets');
    const popup = targetInfos.find(({ url }) => url === `${browser.address}popup.html`);
    if (popup) {
      const { sessionId } = await session.send('Target.attachToTarget', { targetId: popup.targetId });
      const answered = new Promise((resolve) => {
        session.once('Target.receivedMessageFromTarget', ({ message }) => resolve(JSON.parse(message)));
      });
      const message = JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } });
      await session.send('Target.sendMessageToTarget', { sessionId, message });
      isPressed = (await answered).result.result.value === true;
      await session.send('Target.detachFromTarget', { sessionId });
    }
  }
}

describe('a site', () => {
  if (KIND === 'firefox') {
    test('is not read before it is allowed, and is once it is, in the pages that are open as well', () =>
      on('/0', async (page, tab) => {
        assert.equal(await reported(tab), undefined);
        assert.equal(await marks(page), 0);
        await options.evaluate(() => {
          document.querySelector('#site').value = 'http://127.0.0.1';
        });
        await press(options, '#add button');
        await until(options, () => document.querySelector('#sites li')?.innerText.includes('127.0.0.1'));
        await reports(tab, 1);
      }));
  } else {
    test('that is not allowed is marked once by the button’s popup, and only till it is left', () =>
      on(
        '/0',
        async (page, tab) => {
          assert.equal(await reported(tab), undefined);
          await page.bringToFront();
          const session = await browser.context.browser().newBrowserCDPSession();
          const { targetInfos } = await session.send('Target.getTargets', { filter: [{ type: 'tab' }] });
          const { targetId } = targetInfos.find(({ url }) => url === page.url());
          await session.send('Extensions.triggerAction', { id: new URL(browser.address).host, targetId });
          await pressInPopup(session, 'once');
          await reports(tab, 3);
          await page.reload();
          assert.equal(await reported(tab), undefined);
        },
        served.address.replace('127.0.0.1', 'localhost'),
      ));
  }

  test('no other permission was asked for', async () => {
    const { permissions, origins } = await options.evaluate(() => chrome.permissions.getAll());
    assert.deepEqual(permissions.toSorted(), ['activeTab', 'scripting', 'storage']);
    assert.deepEqual(origins, [SITE]);
    const source = JSON.parse(readFileSync(new URL('../../extension/manifest.json', import.meta.url), 'utf8'));
    assert.equal(source.host_permissions, undefined);
    assert.match(source.content_security_policy.extension_pages, /default-src 'none'.*connect-src 'self';/);
  });
});

describe('ten kinds of news site', () => {
  for (const [name, { headlines }] of Object.entries(SITES)) {
    test(`${name}: its headlines and nothing else, and no text moves`, () =>
      on(paths.get(name), async (page, tab) => {
        const { texts, problem } = await reports(tab, headlines.length);
        assert.equal(problem, undefined);
        assert.deepEqual(texts.toSorted(), headlines.toSorted());
        const isShadow = /shadow/.test(name);
        await marked(page, isShadow ? 0 : headlines.length);
        await page.screenshot({ path: `${SCREENSHOTS}extension-${KIND}-${paths.get(name).slice(1)}.png` });
        const before = await layout(page);
        await stop(tab);
        await marked(page, 0);
        assert.deepEqual(before, await layout(page));
      }));
  }

  test('new headlines are marked, changed ones anew, and on another page of the application the old are gone', () =>
    on(paths.get(Object.keys(SITES).at(-1)), async (page, tab) => {
      await reports(tab, 2);
      await page.evaluate(() => globalThis.more('Retail chain files for bankruptcy protection'));
      const { texts } = await reports(tab, 3);
      assert.equal(texts.at(-1), 'Retail chain files for bankruptcy protection');
      await page.evaluate(() => {
        document.querySelector('[role="heading"]').textContent = 'Regulator fines lender over hidden fees';
      });
      await until(
        options,
        async (id) => {
          const { result } = await chrome.tabs.sendMessage(id, { kind: 'report' });
          return result.texts.includes('Regulator fines lender over hidden fees') && result.texts.length === 3;
        },
        tab,
      );
      await page.evaluate(() => globalThis.navigate('Insurer names new head of claims'));
      await until(
        options,
        async (id) => {
          const { result } = await chrome.tabs.sendMessage(id, { kind: 'report' });
          return result.texts.join() === 'Insurer names new head of claims';
        },
        tab,
      );
    }));
});

describe('a mark', () => {
  chromiumTest('tells the label by shape, colour and probability, and stands in the order of the keyboard by itself only where there is no link', () =>
    on('/0', async (page, tab) => {
      await reports(tab, 3);
      await marked(page, 3);
      await until(page, () => true);
      const [first, , third] = await drawn(page);
      assert.match(first.heard, /^negative \d+%$/);
      assert.match(first.tones, /^mark down .*placed$/);
      assert.deepEqual([first.isButton, third.isButton], [false, true]);
    }));

  test('explains itself under the pointer and by the keyboard, and Escape closes that', () =>
    on('/0', async (page, tab) => {
      await reports(tab, 3);
      await marked(page, 3);
      /** Whether an explanation is open: its element takes no place, but what it shows is found where it is. */
      const isOpen = (wanted) =>
        until(
          page,
          (whether) => {
            const notes = [...document.documentElement.children].filter(({ localName }) => localName === 'undertone-note');
            let isShown = false;
            for (let x = 5; x < innerWidth; x += 20) {
              for (let y = 5; y < innerHeight; y += 20) {
                isShown ||= notes.includes(document.elementFromPoint(x, y));
              }
            }
            return isShown === whether;
          },
          wanted,
        );
      await isOpen(false);
      await page.evaluate(() => document.querySelector('nav').remove());
      await page.keyboard.press('Tab');
      await isOpen(true);
      await page.screenshot({ path: `${SCREENSHOTS}extension-${KIND}-why.png` });
      await page.keyboard.press('Escape');
      await isOpen(false);
      const text = await page.evaluate(() => {
        const { right, top, bottom } = document.querySelector('h2 a').getBoundingClientRect();
        return { right, middle: (top + bottom) / 2 };
      });
      await page.mouse.move(text.right + 20, text.middle);
      await isOpen(true);
      await page.mouse.move(5, 890);
      await isOpen(false);
    }));
});

describe('hostile pages', () => {
  test('ten thousand headings are all counted, and only those in sight have marks', () =>
    on('/many', async (page, tab) => {
      await until(options, async (id) => /10,000 headlines/.test(await chrome.action.getTitle({ tabId: id })), tab);
      const { texts, isWhole } = await reported(tab);
      assert.equal(texts.length, LARGE);
      assert.equal(isWhole, true);
      const count = await until(page, () => document.querySelectorAll('undertone-note').length);
      assert.ok(count > 0 && count < 200, String(count));
      await page.evaluate(() => scrollTo(0, document.body.scrollHeight / 2));
      await until(page, () => {
        const link = document.elementFromPoint(100, 450)?.closest('h2');
        return link?.querySelector('undertone-note') !== null;
      });
    }));

  test('a page that changes all the time goes on, and what it wipes away comes back', () =>
    on('/restless', async (page, tab) => {
      await reports(tab, 2);
      const before = await page.evaluate(() => globalThis.ticks);
      for (let round = 0; round < 2; round += 1) {
        await page.evaluate(() => {
          const link = document.querySelector('#wiped a');
          link.textContent = link.textContent;
        });
        await until(page, () => document.querySelector('#wiped undertone-note') !== null);
      }
      await until(page, (least) => globalThis.ticks > least, before);
    }));

  test('a policy that allows nothing, Trusted Types and a sandbox are no matter', () =>
    on('/strict', async (page, tab) => {
      const { texts, scores } = await reports(tab, 1);
      assert.deepEqual(texts, ['Exchange halts withdrawals as losses mount']);
      assert.equal(scores[0].label, 0);
      await marked(page, 1);
    }));
});

describe('the popup', () => {
  /** The popup of a page, in a tab of its own. */
  async function popup(tab, use) {
    const page = await browser.own(`popup.html?tab=${tab}`);
    try {
      await use(page);
    } finally {
      await page.close();
    }
  }

  test('shows the balance, each coin’s and the list, and the button has the balance', () =>
    on(paths.get(Object.keys(SITES).at(-1)), async (_, tab) => {
      await reports(tab, 2);
      await popup(tab, async (page) => {
        await until(page, () => document.querySelectorAll('#list li').length === 2);
        assert.equal(await page.evaluate(() => document.querySelector('#balance').textContent), '+100');
        await press(page, 'summary');
        const names = await until(page, () => {
          const rows = [...document.querySelectorAll('tbody th')].map((head) => head.textContent);
          return rows.length > 0 && rows;
        });
        assert.deepEqual(names.toSorted(), ['Bitcoin', 'Tesla']);
        assert.deepEqual(await violations(page), []);
        await until(options, async (id) => (await chrome.action.getBadgeText({ tabId: id })) === '+100', tab);
        for (const width of [320, 800]) {
          await page.setViewportSize({ width, height: 800 });
          const [scroll, client] = await page.evaluate(() => {
            const { scrollWidth, clientWidth } = document.documentElement;
            return [scrollWidth, clientWidth];
          });
          assert.ok(scroll <= client, `nothing sticks out sideways: ${scroll} ${client}`);
          await page.screenshot({ path: `${SCREENSHOTS}extension-${KIND}-popup-${width}.png` });
        }
      });
    }));

  chromiumTest('has the headlines as a file, in light and dark', () =>
    on('/0', async (_, tab) => {
      await reports(tab, 3);
      await popup(tab, async (page) => {
        await until(page, () => document.querySelectorAll('#list li').length === 3);
        const download = page.waitForEvent('download');
        await press(page, '#csv');
        const csv = readFileSync(await (await download).path(), 'utf8');
        assert.equal(csv.split('\r\n')[0], 'text,label,confidence,unsure,negative,neutral,positive,known,foreign');
        assert.match(csv, /Exchange halts withdrawals as losses mount,negative,/);
        for (const colorScheme of ['light', 'dark']) {
          await page.emulateMedia({ colorScheme });
          await page.setViewportSize({ width: 368, height: 600 });
          assert.deepEqual(await violations(page), []);
          await page.screenshot({ path: `${SCREENSHOTS}extension-popup-${colorScheme}.png`, fullPage: true });
        }
      });
    }));
});

describe('the options', () => {
  const set = (id, value) =>
    options.evaluate(
      ([name, wanted]) => {
        const control = document.getElementById(name);
        control.value = wanted;
        control.dispatchEvent(new Event('change'));
      },
      [id, value],
    );

  test('are accessible, and nothing sticks out at 320 px', async () => {
    const size = options.viewportSize();
    await options.setViewportSize({ width: 320, height: 900 });
    assert.deepEqual(await violations(options), []);
    const sideways = await options.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(sideways <= 0, String(sideways));
    await options.screenshot({ path: `${SCREENSHOTS}extension-${KIND}-options.png` });
    await options.setViewportSize(size);
  });

  test('which headlines are marked, and the threshold, hold at once in open pages', () =>
    on('/1', async (page, tab) => {
      await reports(tab, 3);
      await marked(page, 3);
      await set('which', 'telling');
      await marked(page, 2);
      await set('which', 'all');
      await marked(page, 3);
      await set('threshold', '95');
      await until(options, async () => (await chrome.storage.local.get('threshold')).threshold === 0.95);
      await set('threshold', '0');
    }));

  test('a model of one’s own is used once it opens, is refused with a reason, and can be left again', () =>
    on('/1', async (_, tab) => {
      const offer = (bytes, name) =>
        options.evaluate(
          async ([numbers, file]) => {
            const input = document.getElementById('file');
            const holder = new DataTransfer();
            holder.items.add(new File([new Uint8Array(numbers)], file));
            input.files = holder.files;
            input.dispatchEvent(new Event('change'));
          },
          [[...bytes], name],
        );
      await reports(tab, 3);
      await offer(Buffer.from('no model at all'), 'not.bin');
      const reason = await until(options, () => document.getElementById('model-problem').textContent);
      assert.match(reason, /^not\.bin is not in use: .*expected/);
      const several = readFileSync(new URL('../fixtures/models/version-5-several-labels.bin', import.meta.url));
      await offer(several, 'several.bin');
      await until(options, () => document.getElementById('model').textContent.startsWith('several.bin'));
      await until(
        options,
        async (id) => (await chrome.tabs.sendMessage(id, { kind: 'report' })).result.model.link === 'independent',
        tab,
      );
      await press(options, '#inside');
      await until(
        options,
        async (id) => (await chrome.tabs.sendMessage(id, { kind: 'report' })).result.model.link !== 'independent',
        tab,
      );
    }));
});
