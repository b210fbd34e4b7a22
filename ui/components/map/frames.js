// When a map is drawn: at most once a frame, for as long as anything moves, and once more, sharper, when
// it has come to rest.

import { Motion, eased, placeBetween } from "./motion.js";

const STILL = 120;
const GLIDES = { step: 120, button: 220, whole: 340 };

export class Frames {
  // draw(isMoving) draws; moved() is called when the camera has moved, rested() a while after the last time.
  constructor(camera, { draw, moved, rested }) {
    Object.assign(this, { camera, draw, moved, rested, frame: 0, goal: null, lastMove: -Infinity });
    this.glide = new Motion();
    this.flight = new Motion();
  }

  request() {
    this.frame ||= requestAnimationFrame(() => this.#step());
  }

  panBy(across, down) {
    this.#stopGlide();
    this.camera.panBy(across, down);
    this.#move();
  }

  // isStep: of a button or a notch, which come singly and need a motion to follow.
  zoomAt(left, top, factor, isStep, milliseconds = GLIDES.step) {
    const from = this.camera.place;
    // A further step starts where the last one will have led.
    if (isStep && this.goal) this.camera.moveTo(this.goal);
    else if (!isStep) this.#stopGlide();
    this.camera.zoomAt(left, top, factor);
    if (!isStep) this.#move();
    else {
      const to = this.camera.place;
      this.camera.moveTo(from);
      this.#glideTo(to, milliseconds);
    }
  }

  zoomBy(factor, [left, top] = [this.camera.width / 2, this.camera.height / 2]) {
    this.zoomAt(left, top, factor, true, GLIDES.button);
  }

  fit() {
    this.#glideTo(this.camera.fitted(), GLIDES.whole, () => this.camera.fit());
  }

  // Lets fly(share) move the points.
  fly(milliseconds, fly) {
    this.flight.start(milliseconds, (share) => fly(eased(share)));
    this.request();
  }

  land() {
    this.flight.stop();
    this.#stopGlide();
  }

  stop() {
    this.land();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.resting);
  }

  get isFlying() {
    return this.flight.isOn;
  }

  #glideTo(to, milliseconds, arrived = () => {}) {
    const from = this.camera.place;
    this.goal = to;
    this.glide.start(milliseconds, (share) => {
      this.camera.moveTo(placeBetween(from, to, eased(share)));
      if (share === 1) {
        this.goal = null;
        arrived();
      }
      this.#move();
    });
    this.request();
  }

  #stopGlide() {
    this.glide.stop();
    this.goal = null;
  }

  #move() {
    this.lastMove = performance.now();
    this.moved();
    this.request();
  }

  #step() {
    this.frame = 0;
    const now = performance.now();
    this.glide.step(now);
    this.flight.step(now);
    const isMoving = this.isFlying || this.glide.isOn || now - this.lastMove < STILL;
    this.draw(isMoving);
    if (this.isFlying || this.glide.isOn) this.request();
    if (!isMoving) return;
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.rested();
      this.request();
    }, STILL);
  }
}
