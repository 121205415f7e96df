// Works without a network after the first visit, and takes up a new version of itself.

/** What tells the worker to take over; sw.js knows it too. */
const TAKE_OVER = 'take over';

/** `offer` is handed what to call once the reader agrees to a new version. */
export async function keepUpToDate(offer) {
  const { serviceWorker } = navigator;
  if (!serviceWorker) {
    return;
  }
  // The first worker takes over a page that is already up to date.
  let updating = false;
  serviceWorker.addEventListener('controllerchange', () => {
    if (updating) {
      location.reload();
    }
  });
  const registration = await serviceWorker.register('sw.js');
  const update = () => {
    updating = true;
    registration.waiting.postMessage(TAKE_OVER);
  };
  const offerWaiting = () => {
    if (registration.waiting && serviceWorker.controller) {
      offer(update);
    }
  };
  if (registration.waiting && serviceWorker.controller) {
    // It came during an earlier visit, and this one has only begun: what was pasted is kept.
    update();
  }
  registration.addEventListener('updatefound', () => {
    registration.installing?.addEventListener('statechange', offerWaiting);
  });
}
