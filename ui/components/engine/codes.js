// The codes of the held-out pictures: fetched once, drawn on the map, asked how far the nearest lies.

import { float16ToFloat32 } from "./float16.js";

const fetched = new Map();

export class Codes {
  // bytes: rows and dimensions (uint32 each), codes (float16), labels (int16).
  constructor(bytes) {
    [this.count, this.latentDim] = new Uint32Array(bytes, 0, 2);
    const size = this.count * this.latentDim;
    this.values = float16ToFloat32(new Uint16Array(bytes, 8, size));
    this.labels = new Int16Array(bytes, 8 + 2 * size, this.count);
  }

  code(row) {
    return Array.from(this.values.subarray(row * this.latentDim, (row + 1) * this.latentDim));
  }

  // The Euclidean distance from z to the nearest code.
  distance(z) {
    let least = Infinity;
    for (let row = 0, at = 0; row < this.count; row++, at += this.latentDim) {
      let sum = 0;
      for (let i = 0; i < this.latentDim && sum < least; i++) sum += (this.values[at + i] - z[i]) ** 2;
      if (sum < least) least = sum;
    }
    return Math.sqrt(least);
  }
}

// A promise of the Codes behind an address.
export function codesAt(url) {
  if (!fetched.has(url)) {
    const loading = fetch(url).then(async (response) => {
      if (!response.ok) throw new Error(`${url} answered ${response.status}`);
      return new Codes(await response.arrayBuffer());
    });
    loading.catch(() => fetched.delete(url));
    fetched.set(url, loading);
  }
  return fetched.get(url);
}
