// Where a map is looked at from: a place in its middle and a scale, the same across and up, so that
// distances on the screen are those of the map.

// Shares of the scale at which everything is seen.
const SCALES = { least: 0.5, most: 160 };
// Pixels between the outermost points and the rim.
const MARGIN = 26;
const LEAST_SPREAD = 0.15;

// Low and high of x and of y that hold an extent [[x0, x1], [y0, y1]] and further places [x, y].
export function extentWith(extent, places) {
  const [[x0, x1], [y0, y1]] = extent;
  const xs = places.map(([x]) => x), ys = places.map(([, y]) => y);
  return [[Math.min(x0, ...xs), Math.max(x1, ...xs)], [Math.min(y0, ...ys), Math.max(y1, ...ys)]];
}

export class Camera {
  constructor() {
    Object.assign(this, { x: 0, y: 0, scale: 1, width: 1, height: 1, isFitted: true });
    this.extent = [[-1, 1], [-1, 1]];
  }

  // The window in CSS pixels. What was in the middle stays there; what was fitted stays fitted.
  resize(width, height) {
    const before = this.#fittedScale();
    Object.assign(this, { width: Math.max(1, width), height: Math.max(1, height) });
    if (this.isFitted) this.fit();
    else this.scale *= this.#fittedScale() / before;
  }

  // What there is to see; the place of the camera stays as it is.
  show(extent) {
    this.extent = extent;
  }

  // All of it.
  fit() {
    Object.assign(this, this.fitted());
    this.isFitted = true;
  }

  // Place and scale from which all of it is seen.
  fitted() {
    const [[x0, x1], [y0, y1]] = this.extent;
    return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, scale: this.#fittedScale() };
  }

  get place() {
    return { x: this.x, y: this.y, scale: this.scale };
  }

  // How many times larger than fitted.
  get zoom() {
    return this.scale / this.#fittedScale();
  }

  // Square pixels that the extent takes when it is fitted, at least a share of the window.
  get spread() {
    const [[x0, x1], [y0, y1]] = this.extent;
    const least = LEAST_SPREAD * this.width * this.height;
    return Math.max(least, (x1 - x0) * (y1 - y0) * this.#fittedScale() ** 2);
  }

  moveTo({ x, y, scale }) {
    Object.assign(this, { x, y, scale, isFitted: false });
    this.#stayNear();
  }

  panBy(across, down) {
    this.moveTo({ x: this.x - across / this.scale, y: this.y + down / this.scale, scale: this.scale });
  }

  // Larger or smaller by `factor`, so that what lies at `left`, `top` stays there.
  zoomAt(left, top, factor) {
    const whole = this.#fittedScale();
    const scale = Math.min(SCALES.most * whole, Math.max(SCALES.least * whole, this.scale * factor));
    const [x, y] = this.toMap(left, top);
    this.moveTo({
      x: x - (left - this.width / 2) / scale,
      y: y + (top - this.height / 2) / scale,
      scale,
    });
  }

  toScreen(x, y) {
    return [this.width / 2 + (x - this.x) * this.scale, this.height / 2 - (y - this.y) * this.scale];
  }

  toMap(left, top) {
    return [this.x + (left - this.width / 2) / this.scale, this.y - (top - this.height / 2) / this.scale];
  }

  // Low and high of x and y that are in view.
  get view() {
    const [x0, y1] = this.toMap(0, 0);
    const [x1, y0] = this.toMap(this.width, this.height);
    return { x0, x1, y0, y1 };
  }

  #fittedScale() {
    const [[x0, x1], [y0, y1]] = this.extent;
    const room = [this.width, this.height].map((side) => Math.max(0.5 * side, side - 2 * MARGIN));
    return Math.min(room[0] / (x1 - x0), room[1] / (y1 - y0));
  }

  // The middle of the window stays over the extent: nobody gets lost.
  #stayNear() {
    const [[x0, x1], [y0, y1]] = this.extent;
    this.x = Math.min(x1, Math.max(x0, this.x));
    this.y = Math.min(y1, Math.max(y0, this.y));
  }
}
