// The points of a map: their places, what they are, and which of them is near a place. They are kept
// in a shuffled order that is always the same: drawn row by row, a data set that is sorted by class
// would hide its first classes under its last. A "slot" is a place in that order, a "row" one of the data.

const TRAINING_BIT = 0x80000000;
const STEPS = 65_535;
const POINTS_A_CELL = 4;
const MOST_CELLS = 192;

let lastOrder = new Uint32Array(0);

// The numbers from 0 to count - 1, shuffled the same way every time (Fisher and Yates; mulberry32).
export function shuffled(count) {
  if (lastOrder.length === count) return lastOrder;
  const order = new Uint32Array(count);
  let state = 20_240_229;
  for (let i = 0; i < count; i++) {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    const j = Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * (i + 1));
    order[i] = order[j];
    order[j] = i;
  }
  lastOrder = order;
  return order;
}

export class Cloud {
  // bytes: the number of points, their index with the training split as its highest bit (uint32), x and
  // y in steps of the extent [[x0, x1], [y0, y1]] (uint16), label (int16).
  constructor(bytes, extent) {
    const count = bytes.byteLength >= 4 ? new Uint32Array(bytes, 0, 1)[0] : -1;
    if (bytes.byteLength !== 4 + 10 * count) throw new Error("the points are not as long as they say");
    this.count = count;
    this.extent = extent;
    this.rows = shuffled(count);
    this.slots = new Uint32Array(count);
    for (let slot = 0; slot < count; slot++) this.slots[this.rows[slot]] = slot;
    this.index = this.inOrder(new Uint32Array(bytes, 4, count));
    this.label = this.inOrder(new Int16Array(bytes, 4 + 8 * count, count));
    this.x = this.#places(new Uint16Array(bytes, 4 + 4 * count, count), extent[0]);
    this.y = this.#places(new Uint16Array(bytes, 4 + 6 * count, count), extent[1]);
    this.#sortIntoCells();
  }

  // Values of the rows, an array of any type, in the order of the slots.
  inOrder(values) {
    const { rows } = this;
    const ordered = new values.constructor(rows.length);
    for (let slot = 0; slot < rows.length; slot++) ordered[slot] = values[rows[slot]];
    return ordered;
  }

  isTraining(slot) {
    return this.index[slot] >= TRAINING_BIT;
  }

  // The number of the picture in its split.
  pictureNumber(slot) {
    return this.index[slot] & ~TRAINING_BIT;
  }

  // The slot nearest to (x, y) within `reach` whose `mask` is not 0; -1 if there is none.
  nearest(x, y, reach, mask) {
    let best = -1, least = reach * reach;
    this.eachAround(square(x, y, reach), (slot) => {
      const across = this.x[slot] - x, up = this.y[slot] - y, away = across * across + up * up;
      if (away > least || !mask[slot]) return;
      best = slot;
      least = away;
    });
    return best;
  }

  // At most `count` slots within `reach` of (x, y) whose `mask` is not 0, the nearest first.
  near(x, y, reach, mask, count) {
    let found = [];
    // From a small reach on: in a crowd the nearest are close by, and all the others many.
    for (let within = reach / 16; found.length < count && within <= reach; within *= 2) {
      found = [];
      this.eachAround(square(x, y, within), (slot) => {
        const away = Math.hypot(this.x[slot] - x, this.y[slot] - y);
        if (away <= within && mask[slot]) found.push([away, slot]);
      });
    }
    return found.sort(([a], [b]) => a - b).slice(0, count).map(([, slot]) => slot);
  }

  // Slots in the rectangle x0 ≤ x ≤ x1, y0 ≤ y ≤ y1 whose `mask` is not 0, ascending; null if there are
  // more than `most` of them.
  within({ x0, x1, y0, y1 }, mask, most = Infinity) {
    const found = [];
    const { x, y } = this;
    this.eachAround({ x0, x1, y0, y1 }, (slot) => {
      if (mask[slot] && x[slot] >= x0 && x[slot] <= x1 && y[slot] >= y0 && y[slot] <= y1) found.push(slot);
      return found.length > most;
    });
    return found.length > most ? null : found.sort((a, b) => a - b);
  }

  // Visits every slot in the cells that a rectangle touches, until one visit returns true. Cells of one
  // line lie one after the other.
  eachAround({ x0, x1, y0, y1 }, visit) {
    const left = this.#cellOf(x0, 0), right = this.#cellOf(x1, 0), high = this.#cellOf(y1, 1);
    for (let line = this.#cellOf(y0, 1); line <= high; line++) {
      const end = this.starts[line * this.cells + right + 1];
      for (let i = this.starts[line * this.cells + left]; i < end; i++) {
        if (visit(this.sorted[i])) return;
      }
    }
  }

  #places(steps, [low, high]) {
    const places = new Float32Array(this.count), step = (high - low) / STEPS;
    for (let slot = 0; slot < this.count; slot++) places[slot] = low + step * steps[this.rows[slot]];
    return places;
  }

  #cellOf(value, axis) {
    const [low, high] = this.extent[axis];
    const cell = Math.floor(((value - low) / (high - low)) * this.cells);
    return Math.min(this.cells - 1, Math.max(0, cell));
  }

  // A grid over the extent: `sorted` has the slots cell by cell, `starts` where each cell begins in it.
  #sortIntoCells() {
    const { count, x, y } = this;
    this.cells = Math.min(MOST_CELLS, Math.max(1, Math.ceil(Math.sqrt(count / POINTS_A_CELL))));
    const cellOf = new Uint32Array(count);
    this.starts = new Uint32Array(this.cells ** 2 + 1);
    for (let slot = 0; slot < count; slot++) {
      cellOf[slot] = this.#cellOf(y[slot], 1) * this.cells + this.#cellOf(x[slot], 0);
      this.starts[cellOf[slot] + 1]++;
    }
    for (let cell = 0; cell < this.cells ** 2; cell++) this.starts[cell + 1] += this.starts[cell];
    const next = this.starts.slice();
    this.sorted = new Uint32Array(count);
    for (let slot = 0; slot < count; slot++) this.sorted[next[cellOf[slot]]++] = slot;
  }
}

function square(x, y, reach) {
  return { x0: x - reach, x1: x + reach, y0: y - reach, y1: y + reach };
}
