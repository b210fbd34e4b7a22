// Bytes from the server's shelf: fetched once, the last few kept, since an address says what it holds.

const MOST = 12;

const fetched = new Map();

// A promise of the bytes behind an address.
export function bytesAt(url) {
  const known = fetched.get(url);
  const loading = known ?? fetch(url).then((response) => {
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return response.arrayBuffer();
  });
  loading.catch(() => fetched.delete(url));
  fetched.delete(url);
  fetched.set(url, loading);
  if (fetched.size > MOST) fetched.delete(fetched.keys().next().value);
  return loading;
}
