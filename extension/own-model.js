// The bytes of the reader's own model, kept by the browser: its storage for settings takes no bytes.

const STORE = 'models';
/** The model in use, and one that has not been tried yet. */
export const IN_USE = 'in-use';
export const OFFERED = 'offered';

/** @returns {Promise<Uint8Array | undefined>} */
export const modelAt = (key) => withStore('readonly', (store) => store.get(key));
export const keepModel = (key, bytes) => withStore('readwrite', (store) => store.put(bytes, key));
export const dropModel = (key) => withStore('readwrite', (store) => store.delete(key));

async function withStore(mode, act) {
  const opening = indexedDB.open('undertone', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await done(opening);
  try {
    return await done(act(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
