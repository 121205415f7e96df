// Headlines into a link and out of it: compressed, in the fragment, which browsers never send to a server.

import { KEY } from './link.js';

/** Longer links are cut off by mail programs and chats, in characters. */
const LONGEST_LINK = 16_000;
/** A link that unpacks to more is not one of ours, in bytes. */
const LARGEST_TEXT = 1_000_000;

const FORMAT = 'deflate-raw';

/** The address of this page with these headlines. */
export async function linkTo(text) {
  if (text.length > LARGEST_TEXT) {
    throw tooLong();
  }
  const packed = await bytesOf(new Blob([text]).stream().pipeThrough(new CompressionStream(FORMAT)));
  const base64 = btoa(String.fromCharCode(...packed.subarray(0, LONGEST_LINK)));
  const code = base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  const link = new URL(`${KEY}${code}`, location.href).href;
  if (link.length > LONGEST_LINK) {
    throw tooLong();
  }
  return link;
}

const tooLong = () =>
  new Error(
    `These headlines make a link of more than ${LONGEST_LINK} characters, which many programs cut ` +
      'off. Share fewer, or download them as a file.',
  );

/** The headlines that the page's address carries. */
export async function textInLink() {
  try {
    const base64 = location.hash.slice(KEY.length).replaceAll('-', '+').replaceAll('_', '/');
    const packed = Uint8Array.from(atob(base64), (unit) => unit.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream(FORMAT));
    return new TextDecoder().decode(await bytesOf(stream));
  } catch {
    throw new Error('The link is damaged: it was probably cut off. Ask for it again.');
  }
}

async function bytesOf(stream) {
  const chunks = [];
  let length = 0;
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) {
      break;
    }
    length += value.length;
    if (length > LARGEST_TEXT) {
      await reader.cancel();
      throw new Error(`expected at most ${LARGEST_TEXT} bytes`);
    }
    chunks.push(value);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
