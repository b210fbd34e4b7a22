// Codes as points on a square whose axes stay: two epochs, and what lies between them.

const REACHES = [1, 1.5, 2, 3, 4, 5, 6, 8];
const LEAST_REACH = 3;
const WITHIN = 0.995;
// Multiples of it, less their whole part, spread evenly: the height of points that have one dimension.
const GOLDEN = 0.618034;

// The variance of each dimension over the finite codes.
export function variances({ count, latentDim, values }) {
  return Array.from({ length: latentDim }, (_, dimension) => {
    let n = 0, sum = 0, squares = 0;
    for (let row = 0; row < count; row++) {
      const value = values[row * latentDim + dimension];
      if (!Number.isFinite(value)) continue;
      n++;
      sum += value;
      squares += value * value;
    }
    return n ? Math.max(0, squares / n - (sum / n) ** 2) : 0;
  });
}

// The two dimensions of highest variance, the lower number first. `before` stays unless others carry
// half as much again: axes that changed with every epoch could not be compared.
export function axesOf(codes, before = null) {
  if (codes.latentDim <= 2) return [0, codes.latentDim === 2 ? 1 : null];
  const spread = variances(codes);
  const best = spread.map((_, i) => i).sort((a, b) => spread[b] - spread[a]).slice(0, 2).sort((a, b) => a - b);
  const carried = (axes) => spread[axes[0]] + spread[axes[1]];
  const fits = before && before.every((axis) => axis !== null && axis < codes.latentDim);
  return fits && carried(best) <= 1.5 * carried(before) ? before : best;
}

// A round number that nearly all codes stay within, at least 3.
export function reachOf({ count, latentDim, values }, axes) {
  const sizes = [];
  for (let row = 0; row < count; row++) {
    for (const axis of axes.filter((each) => each !== null)) {
      const size = Math.abs(values[row * latentDim + axis]);
      if (Number.isFinite(size)) sizes.push(size);
    }
  }
  sizes.sort((a, b) => a - b);
  const size = Math.max(LEAST_REACH, sizes[Math.ceil(WITHIN * (sizes.length - 1))] ?? 0);
  const ten = 10 ** Math.floor(Math.log10(size));
  return ten * (REACHES.find((reach) => reach * ten >= size) ?? 10);
}

export class Scatter {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(canvas);
    this.rows = new WeakMap();
  }

  // what: {from, to: Codes, share: of the way between them, axes: [index, index or null], reach: half
  // the width of the square, colours: of labels 0, 1, … and again}.
  show(what) {
    this.what = what;
    this.draw();
  }

  stop() {
    this.observer.disconnect();
  }

  draw() {
    const { canvas, context, what } = this;
    if (!what || !canvas.clientWidth) return;
    const scale = window.devicePixelRatio || 1;
    const side = Math.round(canvas.clientWidth * scale);
    if (canvas.width !== side) canvas.width = canvas.height = side;
    context.clearRect(0, 0, side, side);
    const colour = getComputedStyle(canvas).color;
    this.#lines(side, scale, colour);
    this.#points(side, scale, colour);
    this.#name(side, scale, colour);
  }

  #lines(side, scale, colour) {
    const { context, what: { reach } } = this;
    const step = [1, 2, 5, 10, 20, 50, 100].find((each) => reach / each <= 6) ?? reach / 4;
    context.strokeStyle = colour;
    context.lineWidth = scale;
    for (let value = -Math.floor(reach / step) * step; value <= reach; value += step) {
      context.globalAlpha = value === 0 ? 0.3 : 0.09;
      const place = Math.round((side * (value + reach)) / (2 * reach)) + 0.5;
      context.beginPath();
      context.moveTo(place, 0);
      context.lineTo(place, side);
      context.moveTo(0, side - place);
      context.lineTo(side, side - place);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  #points(side, scale, colour) {
    const { context, what: { from, to, share, axes: [across, up], reach, colours } } = this;
    const radius = scale * (side / scale < 240 ? 1.5 : 2.3);
    const count = Math.min(from.count, to.count);
    const at = (row, axis) => {
      if (axis === null) return reach * (((row * GOLDEN) % 1) * 1.6 - 0.8);
      const start = from.values[row * from.latentDim + axis];
      return start + share * (to.values[row * to.latentDim + axis] - start);
    };
    context.globalAlpha = 0.85;
    for (const [label, rows] of this.#rowsByLabel(to)) {
      context.fillStyle = colours[label % colours.length] ?? colour;
      context.beginPath();
      for (const row of rows) {
        if (row >= count) continue;
        const x = (side * (at(row, across) + reach)) / (2 * reach);
        const y = (side * (reach - at(row, up))) / (2 * reach);
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 2 * Math.PI);
      }
      context.fill();
    }
    context.globalAlpha = 1;
  }

  #name(side, scale, colour) {
    const { context, canvas, what: { axes: [, up] } } = this;
    if (up === null) return;
    context.fillStyle = colour;
    context.font = `600 ${12.5 * scale}px ${getComputedStyle(canvas).fontFamily}`;
    context.fillText(`z${up + 1} ↑`, 10 * scale, 20 * scale);
  }

  // One path a class is much quicker than one a point.
  #rowsByLabel(codes) {
    if (!this.rows.has(codes)) {
      const rows = new Map();
      codes.labels.forEach((label, row) => rows.get(label)?.push(row) ?? rows.set(label, [row]));
      this.rows.set(codes, rows);
    }
    return this.rows.get(codes);
  }
}
