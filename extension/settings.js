// What the reader chose, kept in this browser.

import { api } from './api.js';

/** `model` is what is known of the reader's own model, whose bytes are in own-model.js's keeping. */
const DEFAULTS = { threshold: 0, look: 'probability', which: 'all', model: null };

export const settings = () => api.storage.local.get(DEFAULTS);

export const choose = (chosen) => api.storage.local.set(chosen);

/** Calls `act` whenever one of the settings changes. */
export function onChange(act) {
  const hear = (_, area) => {
    if (area === 'local') {
      act();
    }
  };
  api.storage.onChanged.addListener(hear);
  return () => api.storage.onChanged.removeListener(hear);
}
