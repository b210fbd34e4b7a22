// Bytes from the server's shelf: fetched once, the last few kept, since an address says what it holds.

const MOST = 12;
// What the server answers, in one line, where there is nothing (any more) or nothing can be made.
const GONE = 404, BROKEN = 422;

const fetched = new Map();

// What the server says instead of the bytes; isFinal: to ask again would not help.
export class ShelfRefusal extends Error {
  constructor(words, isFinal) {
    super(words);
    this.isFinal = isFinal;
  }
}

// A promise of the bytes behind an address.
export function bytesAt(url) {
  const known = fetched.get(url);
  const loading = known ?? load(url);
  loading.catch(() => fetched.delete(url));
  fetched.delete(url);
  fetched.set(url, loading);
  if (fetched.size > MOST) fetched.delete(fetched.keys().next().value);
  return loading;
}

async function load(url) {
  const response = await fetch(url);
  if (response.ok) return response.arrayBuffer();
  const { status } = response;
  if (status === GONE || status === BROKEN) throw new ShelfRefusal(await response.text(), status === BROKEN);
  throw new Error(`${url} answered ${status}`);
}
