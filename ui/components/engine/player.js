// Plays codes: decodes each here as soon as the decoder has arrived, and on the server until then or
// where it cannot travel. Every drawn frame is announced by a "drawn" event on the canvas.

import { Screen } from "./draw.js";
import { LatestWins } from "./loop.js";
import { RemoteDecoder } from "./remote.js";
import { decoderAt } from "./weights.js";

export class Player {
  // source: {weights: {layout, values} or null, decode: url, shape: [height, width, channels],
  // latent_dim: numbers of a code}.
  // onStatus gets {place: "loading" | "browser" | "server" | "failed", share, milliseconds, error}.
  constructor(canvas, source, onStatus) {
    this.screen = new Screen(canvas, source.shape);
    this.onStatus = onStatus;
    this.shape = source.shape;
    this.latentDim = source.latent_dim;
    this.decoder = null;
    this.place = source.weights ? "loading" : "server";
    this.share = 0;
    this.stopped = false;
    this.loop = new LatestWins((z) => this.#play(z));
    this.remote = new RemoteDecoder(
      source.decode,
      (bytes, z, milliseconds) => this.#drawRemote(bytes, z, milliseconds),
      (error) => this.#announce({ place: this.decoder ? "browser" : "failed", error }),
    );
    if (source.weights) this.#load(source.weights);
    else this.#announce({});
  }

  // Draw this code at the next frame, unless a newer one comes first.
  show(z) {
    this.z = z;
    this.loop.request(z);
  }

  stop() {
    this.stopped = true;
    this.loop.stop();
    this.remote.stop();
  }

  async #load(weights) {
    try {
      const decoder = await decoderAt(weights, (share) => {
        this.share = share;
        if (!this.decoder && !this.stopped) this.#announce({});
      });
      if (this.stopped) return;
      this.#check(decoder);
      this.decoder = decoder;
      this.place = "browser";
      if (this.z) this.show(this.z);
    } catch (error) {
      if (this.stopped) return;
      this.place = "server";
      this.#announce({ error });
      // The server may have been silent meanwhile: its answer, or that there is none, is said last.
      if (this.z) this.show(this.z);
    }
  }

  // A decoder that does not draw this model's pictures is not used.
  #check(decoder) {
    const size = this.shape.reduce((product, side) => product * side, 1);
    const values = decoder.decode(new Float32Array(decoder.inputSize));
    const fits = decoder.inputSize === this.latentDim && values.length === size;
    if (!fits || !values.every(Number.isFinite)) throw new Error("player.json does not fit the model");
  }

  #play(z) {
    if (!this.decoder) {
      this.remote.request(z);
      return;
    }
    const started = performance.now();
    this.screen.draw(this.decoder.decode(z), false);
    this.#drawn(z, performance.now() - started);
  }

  #drawRemote(bytes, z, milliseconds) {
    // An answer that comes after the decoder is older than what the screen shows.
    if (this.decoder) return;
    this.screen.draw(bytes, true);
    this.#drawn(z, milliseconds);
  }

  #drawn(z, milliseconds) {
    const detail = { z: Array.from(z), milliseconds, place: this.place };
    this.screen.canvas.dispatchEvent(new CustomEvent("drawn", { detail, bubbles: true, composed: true }));
    this.#announce({ milliseconds });
  }

  #announce(change) {
    if (!this.stopped) this.onStatus({ place: this.place, share: this.share, ...change });
  }
}
