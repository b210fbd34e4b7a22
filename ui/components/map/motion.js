// Motions of a map: the camera from one place to another, the points from one arrangement to another.

// The slower the nearer to both ends.
export function eased(share) {
  const bounded = Math.min(1, Math.max(0, share));
  return bounded * bounded * (3 - 2 * bounded);
}

export function prefersCalm() {
  return document.hidden || matchMedia("(prefers-reduced-motion: reduce)").matches;
}

// Between two places {x, y, scale} of a camera: the scale grows by equal factors, and one place of the
// map stays where it is on the screen.
export function placeBetween(from, to, share) {
  const scale = from.scale * (to.scale / from.scale) ** share;
  const isZoom = Math.abs(to.scale / from.scale - 1) > 1e-6;
  const moved = isZoom ? (1 / from.scale - 1 / scale) / (1 / from.scale - 1 / to.scale) : share;
  return { x: from.x + moved * (to.x - from.x), y: from.y + moved * (to.y - from.y), scale };
}

// One motion at a time: start(milliseconds, go) calls go(share) at every step until share is 1.
export class Motion {
  start(milliseconds, go) {
    if (prefersCalm()) {
      this.stop();
      go(1);
      return;
    }
    Object.assign(this, { milliseconds, go, began: performance.now() });
  }

  stop() {
    this.go = null;
  }

  get isOn() {
    return Boolean(this.go);
  }

  step(now) {
    if (!this.go) return;
    const { go } = this;
    const share = Math.min(1, Math.max(0, (now - this.began) / this.milliseconds));
    if (share === 1) this.go = null;
    go(share);
  }
}

// Where points stand on the way from `from` to `to`, {x, y} each, in arrays of its own.
export class Flight {
  constructor(from, to) {
    Object.assign(this, { from, to, x: Float32Array.from(from.x), y: Float32Array.from(from.y) });
  }

  moveTo(share) {
    const { from, to } = this;
    for (let i = 0; i < this.x.length; i++) {
      this.x[i] = from.x[i] + share * (to.x[i] - from.x[i]);
      this.y[i] = from.y[i] + share * (to.y[i] - from.y[i]);
    }
  }
}

// Places as they are seen now, in coordinates in which another camera sees them at the same pixels.
export function seenBy({ x, y }, before, after) {
  const ratio = before.scale / after.scale;
  const left = after.x - before.x * ratio, low = after.y - before.y * ratio;
  return { x: x.map((value) => value * ratio + left), y: y.map((value) => value * ratio + low) };
}
