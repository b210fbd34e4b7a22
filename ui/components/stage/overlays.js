// What can be laid over the map: the encoded pictures, a grid of lines, the spread of a posterior.

const POINT = 2.2;
const GRID = "rgb(255 255 255 / 0.34)";
const AXIS = "rgb(255 255 255 / 0.75)";

export class Overlays {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(canvas);
  }

  // what: {plane, codes: Codes or null, colours: one per label, grid: boolean, spread: {centre,
  // covariance, draws} in coordinates of the plane, or null}.
  show(what) {
    this.what = what;
    this.draw();
  }

  stop() {
    this.observer.disconnect();
  }

  draw() {
    const { canvas, context, what } = this;
    if (!what) return;
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(canvas.clientWidth * scale);
    canvas.height = Math.round(canvas.clientHeight * scale);
    context.scale(scale, scale);
    if (what.grid) this.#grid();
    if (what.codes) this.#codes();
    if (what.spread) this.#spread();
  }

  #at(coordinates) {
    const [left, top] = this.what.plane.toShares(coordinates);
    return [left * this.canvas.clientWidth, top * this.canvas.clientHeight];
  }

  #line(from, to, colour) {
    this.context.strokeStyle = colour;
    this.context.beginPath();
    this.context.moveTo(...this.#at(from));
    this.context.lineTo(...this.#at(to));
    this.context.stroke();
  }

  // A line at every whole number, or at every nth where they would crowd.
  #grid() {
    const [[lowU, highU], [lowV, highV]] = this.what.plane.ranges;
    const step = Math.max(1, Math.ceil((highU - lowU) / 16), Math.ceil((highV - lowV) / 16));
    this.context.lineWidth = 1;
    const ticks = (low, high) => Array.from(
      { length: Math.floor(high / step) - Math.ceil(low / step) + 1 },
      (_, i) => (Math.ceil(low / step) + i) * step,
    );
    for (const u of ticks(lowU, highU)) this.#line([u, lowV], [u, highV], u ? GRID : AXIS);
    for (const v of ticks(lowV, highV)) this.#line([lowU, v], [highU, v], v ? GRID : AXIS);
  }

  #codes() {
    const { plane, codes, colours } = this.what;
    const { context } = this;
    for (let row = 0; row < codes.count; row++) {
      const [x, y] = this.#at(plane.coordinates(codes.code(row)));
      context.fillStyle = colours[codes.labels[row]] ?? "#fff";
      context.fillRect(x - POINT / 2, y - POINT / 2, POINT, POINT);
    }
  }

  // Ellipses of one and two standard deviations, and the draws, to the scale of the map.
  #spread() {
    const { context } = this;
    const { centre, covariance: [[a, b], [, d]], draws } = this.what.spread;
    const middle = (a + d) / 2;
    const reach = Math.sqrt(((a - d) / 2) ** 2 + b * b);
    const angle = 0.5 * Math.atan2(2 * b, a - d);
    const radii = [Math.sqrt(middle + reach), Math.sqrt(Math.max(0, middle - reach))];
    context.strokeStyle = "#fff";
    context.fillStyle = "rgb(255 255 255 / 0.9)";
    for (const deviations of [1, 2]) {
      context.lineWidth = deviations === 1 ? 2 : 1;
      context.beginPath();
      for (let turn = 0; turn <= 64; turn++) {
        const [p, q] = [Math.cos((turn / 32) * Math.PI), Math.sin((turn / 32) * Math.PI)]
          .map((value, i) => value * radii[i] * deviations);
        context.lineTo(...this.#at([
          centre[0] + p * Math.cos(angle) - q * Math.sin(angle),
          centre[1] + p * Math.sin(angle) + q * Math.cos(angle),
        ]));
      }
      context.stroke();
    }
    for (const draw of draws) {
      context.beginPath();
      context.arc(...this.#at(draw), 2, 0, 2 * Math.PI);
      context.fill();
    }
  }
}
