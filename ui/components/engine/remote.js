// Decoding on the server, for a decoder that is still on its way or cannot travel: one request at a
// time, at most 20 a second, and only the newest code is asked for.

const MINIMUM_INTERVAL = 50;
const PATIENCE = 10_000;

// The server answered, and its one line says why it does not decode.
export class ServerRefusal extends Error {}

export class RemoteDecoder {
  constructor(url, onPixels, onFailure) {
    Object.assign(this, { url, onPixels, onFailure });
    this.wanted = null;
    this.busy = false;
    this.stopped = false;
  }

  request(z) {
    this.wanted = Array.from(z);
    if (!this.busy) this.#drain();
  }

  stop() {
    this.stopped = true;
  }

  async #drain() {
    this.busy = true;
    while (this.wanted && !this.stopped) {
      const z = this.wanted;
      this.wanted = null;
      const started = performance.now();
      try {
        const response = await fetch(`${this.url}?z=${z.join(",")}`, { signal: AbortSignal.timeout(PATIENCE) });
        if (!response.ok) throw new ServerRefusal(await response.text());
        const bytes = new Uint8Array(await response.arrayBuffer());
        if (!this.stopped) this.onPixels(bytes, z, performance.now() - started);
      } catch (error) {
        if (!this.stopped) this.onFailure(error);
        // A server that is only slow is asked again, or the picture would wait for the next move.
        if (error.name === "TimeoutError") this.wanted ??= z;
      }
      const rest = MINIMUM_INTERVAL - (performance.now() - started);
      if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
    }
    this.busy = false;
  }
}
