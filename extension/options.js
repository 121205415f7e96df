// The options: sites, the look of marks, the threshold, and a model of one's own.

import { button, byId, element } from '../www/element.js';
import { count, percent } from '../www/numbers.js';

import { api, ask } from './api.js';
import { OFFERED, keepModel } from './own-model.js';
import { choose, onChange, settings } from './settings.js';
import { allowedSites, shown, siteTyped } from './sites.js';

/** What is larger is no model of ours, in bytes. */
const LARGEST_MODEL = 64 << 20;

async function showSites() {
  const sites = await allowedSites();
  byId('none').hidden = sites.length > 0;
  byId('sites').replaceChildren(
    ...sites.map((site) => {
      const remove = button('Remove', 'plain', () => api.permissions.remove({ origins: [site] }));
      remove.setAttribute('aria-label', `Remove ${shown(site)}`);
      return element('li', '', element('span', '', shown(site)), remove);
    }),
  );
}

async function showChosen() {
  const { threshold, look, which, model } = await settings();
  byId('look').value = look;
  byId('which').value = which;
  byId('threshold').value = Math.round(100 * threshold);
  byId('threshold-said').textContent = percent(threshold);
  byId('inside').hidden = model === null;
  byId('model').textContent =
    model === null
      ? 'The model inside: negative, neutral, positive.'
      : `${model.name}, ${count(model.bytes)} bytes: ${model.labels.join(', ')}.`;
}

byId('add').addEventListener('submit', async (event) => {
  event.preventDefault();
  const site = siteTyped(byId('site').value);
  if (site === undefined) {
    byId('site-problem').textContent = 'Expected the address of a site, such as news.example.org.';
    return;
  }
  byId('site-problem').textContent = '';
  try {
    if (await api.permissions.request({ origins: [site] })) {
      byId('site').value = '';
    }
  } catch ({ message }) {
    byId('site-problem').textContent = message;
  }
});

for (const id of ['look', 'which']) {
  byId(id).addEventListener('change', ({ target }) => choose({ [id]: target.value }));
}
byId('threshold').addEventListener('input', ({ target }) => {
  byId('threshold-said').textContent = percent(target.value / 100);
});
byId('threshold').addEventListener('change', ({ target }) => choose({ threshold: target.value / 100 }));

byId('open').addEventListener('click', () => byId('file').click());
byId('file').addEventListener('change', async ({ target }) => {
  const [file] = target.files;
  if (!file) {
    return;
  }
  byId('model-problem').textContent = '';
  try {
    if (file.size > LARGEST_MODEL) {
      throw new Error(`expected at most ${count(LARGEST_MODEL)} bytes, found ${count(file.size)}`);
    }
    await keepModel(OFFERED, new Uint8Array(await file.arrayBuffer()));
    await ask('useOffered', { name: file.name });
  } catch ({ message }) {
    byId('model-problem').textContent = `${file.name} is not in use: ${message}`;
  }
  target.value = '';
});
byId('inside').addEventListener('click', async () => {
  await ask('useOwn');
  byId('open').focus();
});

onChange(showChosen);
api.permissions.onAdded.addListener(showSites);
api.permissions.onRemoved.addListener(showSites);
showSites();
showChosen();
