// Fetches a decoder once for the whole page; the browser's cache keeps it for the next visit.

import { Decoder } from "./decoder.js";
import { float16ToFloat32 } from "./float16.js";

const decoders = new Map();

async function answered(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response;
}

async function readWithProgress(response, total, onProgress) {
  const bytes = new Uint8Array(total);
  const reader = response.body.getReader();
  let received = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (received + value.length > total) throw new Error("more weights arrived than player.json says");
    bytes.set(value, received);
    received += value.length;
    onProgress(received / total);
  }
  if (received !== total) throw new Error("fewer weights arrived than player.json says");
  return bytes;
}

async function load({ layout: layoutUrl, values: valuesUrl }, onProgress) {
  const [layoutResponse, valuesResponse] = await Promise.all([answered(layoutUrl), answered(valuesUrl)]);
  const layout = await layoutResponse.json();
  const bytes = await readWithProgress(valuesResponse, layout.bytes, onProgress);
  return new Decoder(layout, float16ToFloat32(new Uint16Array(bytes.buffer)));
}

// A promise of the Decoder behind urls = {layout, values}; onProgress gets shares from 0 to 1.
export function decoderAt(urls, onProgress) {
  if (!decoders.has(urls.values)) {
    const listeners = new Set();
    const loading = load(urls, (share) => listeners.forEach((listener) => listener(share)));
    // A failure is forgotten, so that the next visit tries again.
    loading.catch(() => decoders.delete(urls.values));
    decoders.set(urls.values, { loading, listeners });
  }
  const entry = decoders.get(urls.values);
  entry.listeners.add(onProgress);
  return entry.loading;
}
