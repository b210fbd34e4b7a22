// The pictures of strips, decoded a few at a time after a frame is on the screen, so that what plays never waits.

import { rounded } from "./numbers.js";
import { RemoteDecoder } from "../engine/remote.js";

const BUDGET = 4;

export class StripPictures {
  // player: of the same model; its decoder is used as soon as it is there.
  constructor(player, decodeUrl) {
    Object.assign(this, { player, strips: [], scheduled: 0, asked: null });
    this.remote = new RemoteDecoder(decodeUrl, (bytes) => this.#receive(bytes), (error) => this.#giveBack(error));
  }

  // strips: in the order in which they are wanted.
  fill(strips) {
    this.strips = strips;
    this.resume();
  }

  // Whenever more can be decoded than before.
  resume() {
    if (this.scheduled || !this.#next()) return;
    this.scheduled = requestAnimationFrame(() => {
      this.timer = setTimeout(() => {
        this.scheduled = 0;
        this.#decode();
      });
    });
  }

  stop() {
    cancelAnimationFrame(this.scheduled);
    clearTimeout(this.timer);
    this.scheduled = 0;
    this.strips = [];
    this.remote.stop();
  }

  #next() {
    for (const strip of this.strips) {
      const { next } = strip;
      if (next) return next;
    }
    return undefined;
  }

  #decode() {
    const { decoder, place } = this.player;
    if (!decoder) {
      if (place === "server") this.#ask();
      return;
    }
    const started = performance.now();
    for (let next = this.#next(); next && performance.now() - started < BUDGET; next = this.#next()) {
      next.draw(decoder.decode(next.code), false);
    }
    this.resume();
  }

  #ask() {
    if (this.asked) return;
    this.asked = this.#next();
    if (this.asked) this.remote.request(rounded(Array.from(this.asked.code)));
  }

  // A slow server is asked the same again: the next answer is of this picture still.
  #giveBack(error) {
    if (error.name !== "TimeoutError") this.asked = null;
  }

  #receive(bytes) {
    this.asked?.draw(bytes, true);
    this.asked = null;
    this.resume();
  }
}
