// The clock of a film: plays, rests at the ends, turns round or begins anew. It stands still while nobody
// sees it.

import { advanced } from "./film.js";

// After a hitch it goes on from where it was, not from where it would be.
const LONGEST_STEP = 0.1;
const FIRST_REST = 0.35;

export class Playback {
  // moved() after every step, turned() whenever it starts or stops.
  constructor({ moved, turned }) {
    Object.assign(this, { moved, turned, speed: 1, repeat: "bounce", seconds: 1, isPlaying: false, isSeen: true });
    this.frame = 0;
    this.rewind();
  }

  rewind() {
    Object.assign(this, { share: 0, direction: 1, rest: FIRST_REST });
  }

  // The rest before the first step began so many seconds ago.
  shortenRest(seconds) {
    this.rest = Math.max(0, this.rest - seconds);
  }

  moveTo(share) {
    this.share = Math.min(1, Math.max(0, share));
    this.rest = 0;
    this.moved();
  }

  play() {
    if (this.isPlaying) return;
    if (this.repeat === "once" && this.share >= 1) this.rewind();
    this.isPlaying = true;
    this.#run();
    this.turned();
  }

  pause() {
    if (!this.isPlaying) return;
    this.isPlaying = false;
    this.#halt();
    this.turned();
  }

  see(isSeen) {
    this.isSeen = isSeen;
    if (isSeen) this.#run();
    else this.#halt();
  }

  #run() {
    if (this.frame || !this.isPlaying || !this.isSeen) return;
    let before = performance.now();
    const step = (now) => {
      const passed = Math.min(LONGEST_STEP, Math.max(0, now - before) / 1000) * this.speed;
      before = now;
      const { ended, ...next } = advanced(this, passed, this.seconds, this.repeat);
      Object.assign(this, next);
      this.moved();
      if (ended) this.pause();
      // After what was moved has asked for its own turn: in the next frame it is drawn before the next step.
      else this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }

  #halt() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }
}
