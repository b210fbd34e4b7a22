// A plane through latent space: coordinates on the pad to codes and back.

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function unit(latentDim, axis) {
  return Array.from({ length: latentDim }, (_, i) => (i === axis ? 1 : 0));
}

// The plane of a model's space along two of its dimensions, or along its main directions.
export function planeOf(space, axes) {
  const latentDim = space.origin.length;
  const plane = axes
    ? new Plane(
      new Array(latentDim).fill(0),
      axes.map((axis) => unit(latentDim, axis)),
      axes.map((axis) => [space.low[axis], space.high[axis]]),
    )
    : new Plane(space.origin, space.axes, space.ranges);
  plane.middle = plane.coordinates(space.start);
  return plane;
}

export class Plane {
  // origin: [d], where both coordinates are 0; axes: [2][d], orthogonal; ranges: [2][low, high].
  constructor(origin, axes, ranges) {
    Object.assign(this, { origin, axes, ranges });
    this.base = origin;
    // Where a double click leads.
    this.middle = [0, 0];
  }

  get centre() {
    return this.middle.map((middle, axis) => this.clamp(middle, axis));
  }

  clamp(value, axis) {
    const [low, high] = this.ranges[axis];
    return Math.min(high, Math.max(low, value));
  }

  // The coordinates of the point of the plane that is nearest to the code.
  coordinates(z) {
    const offset = z.map((value, i) => value - this.origin[i]);
    return this.axes.map((axis) => dot(offset, axis) / (dot(axis, axis) || 1));
  }

  // Shift the plane, its directions kept, so that it holds this code.
  passThrough(z) {
    const [u, v] = this.coordinates(z);
    this.base = z.map((value, i) => value - u * this.axes[0][i] - v * this.axes[1][i]);
  }

  code([u, v]) {
    return this.base.map((start, i) => start + u * this.axes[0][i] + v * this.axes[1][i]);
  }

  // How far the plane has been shifted from where it lay at first.
  get shift() {
    return Math.sqrt(this.base.reduce((sum, value, i) => sum + (value - this.origin[i]) ** 2, 0));
  }

  // Shares of the pad from its left and top edge, to coordinates; v grows upwards.
  fromShares(left, top) {
    const [[lowU, highU], [lowV, highV]] = this.ranges;
    return [
      this.clamp(lowU + left * (highU - lowU), 0),
      this.clamp(highV - top * (highV - lowV), 1),
    ];
  }

  toShares([u, v]) {
    const [[lowU, highU], [lowV, highV]] = this.ranges;
    return [(u - lowU) / (highU - lowU), (highV - v) / (highV - lowV)];
  }

  // Where a key leads; share: how much of the range a step takes. Nothing for other keys.
  stepped(coordinates, key, share) {
    if (key === "Home") return this.centre;
    const step = ARROWS[key];
    return step && coordinates.map((value, axis) => {
      const [low, high] = this.ranges[axis];
      return step[axis] ? this.clamp(value + step[axis] * share * (high - low), axis) : value;
    });
  }
}
