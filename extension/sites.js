// The sites that the reader allowed: the browser's own list of permissions, and no other.

import { api } from './api.js';

const ID = 'undertone';
export const SCRIPT = 'content.js';

/** What the permission for an address's site is called; undefined of what is no web page. */
export function siteOf(address) {
  const url = URL.canParse(address ?? '') ? new URL(address) : undefined;
  return /^https?:$/.test(url?.protocol) ? `${url.protocol}//${url.hostname}/*` : undefined;
}

/** What the reader typed as a site's permission; undefined of what is none. */
export function siteTyped(text) {
  const typed = text.trim();
  return typed === '' || /\s/.test(typed) ? undefined : siteOf(/^https?:/i.test(typed) ? typed : `https://${typed}`);
}

/** How a site is shown: without what is the same for all. */
export const shown = (site) => site.replace(/^https:\/\//, '').replace(/\/\*$/, '');

export async function allowedSites() {
  const { origins = [] } = await api.permissions.getAll();
  return origins.toSorted();
}

/** Marks a page that is open. */
export const markTab = (tabId) => api.scripting.executeScript({ target: { tabId }, files: [SCRIPT] });

let following = Promise.resolve();

/** Has the browser start the script on the allowed sites, and on no other. One call waits for the one before. */
export function followSites() {
  following = following.then(register, register);
  return following;
}

async function register() {
  const [matches, [registered]] = await Promise.all([
    allowedSites(),
    api.scripting.getRegisteredContentScripts({ ids: [ID] }),
  ]);
  if (matches.length === 0) {
    await (registered && api.scripting.unregisterContentScripts({ ids: [ID] }));
    return;
  }
  const script = { id: ID, matches, js: [SCRIPT], runAt: 'document_idle' };
  await (registered
    ? api.scripting.updateContentScripts([script])
    : api.scripting.registerContentScripts([{ ...script, persistAcrossSessions: true }]));
}

/** Marks what is open of sites that were allowed just now. */
export async function markOpen(origins) {
  const tabs = await api.tabs.query({ url: origins });
  // One that is being closed, or shows the browser's own page of an error, is none to mark.
  await Promise.allSettled(tabs.map(({ id }) => markTab(id)));
}

/** Tells every page which sites are allowed no more: their marks go. */
export async function unmark(origins) {
  const tabs = await api.tabs.query({});
  await Promise.allSettled(tabs.map(({ id }) => api.tabs.sendMessage(id, { kind: 'forbidden', origins })));
}
