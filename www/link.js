// Whether the page's address carries headlines. share.js, which is fetched then, makes and reads them.

/** What the fragment of such an address begins with. */
export const KEY = '#z=';

/** Whether what is on the page came by a link and has not been edited since. */
export const isLinked = () => location.hash.startsWith(KEY);

/** Takes the headlines out of the address once they are no longer what is on the page. */
export function forgetLink() {
  if (isLinked()) {
    history.replaceState(null, '', location.pathname + location.search);
  }
}
