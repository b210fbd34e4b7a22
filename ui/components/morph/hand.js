// A hand on a strip, or on the slider of the film that plays: looks at a place of that film.

import { placeOn } from "./film.js";

export class MorphHand {
  // playback; film(): the one that is shown; isHeld(): whether by a pointer; choose(film) shows another,
  // stays() when it remains chosen.
  constructor({ playback, film, isHeld, choose, stays }) {
    Object.assign(this, { playback, film, isHeld, choose, stays, before: null });
  }

  get isBusy() {
    return this.before !== null;
  }

  gestures(filmNow) {
    return {
      place: placeOn(filmNow, () => this.playback.share),
      current: () => [this.playback.share],
      move: ([next]) => this.#hold(filmNow(), next),
      release: () => this.#letGo(),
      cancel: ([start]) => this.#letGo(start),
    };
  }

  // The film plays as soon as the hand lets go.
  playAfter() {
    this.before.wasPlaying = true;
  }

  // Whatever was held is gone.
  forget() {
    this.before = null;
  }

  #hold(film, share) {
    if (film.isBroken) return;
    const { playback } = this;
    this.before ??= { film: this.film(), wasPlaying: playback.isPlaying && this.isHeld() };
    playback.pause();
    this.choose(film);
    playback.moveTo(share);
  }

  // start: where the browser took the touch away to scroll the page; nothing has happened then.
  #letGo(start = null) {
    const { before } = this;
    this.before = null;
    if (!before) return;
    if (start !== null) {
      this.choose(before.film);
      this.playback.moveTo(start);
    } else if (before.film !== this.film()) this.stays();
    if (before.wasPlaying) this.playback.play();
  }
}
