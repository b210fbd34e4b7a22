// A plane through latent space: coordinates on the pad to codes and back.

function dot(a, b) {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

export class Plane {
  // slice: {origin: [d], axes: [2][d], ranges: [2][low, high]}; the axes are orthogonal.
  constructor({ origin, axes, ranges }) {
    Object.assign(this, { origin, axes, ranges });
  }

  get centre() {
    return [0, 0].map((middle, axis) => this.clamp(middle, axis));
  }

  clamp(value, axis) {
    const [low, high] = this.ranges[axis];
    return Math.min(high, Math.max(low, value));
  }

  code([u, v]) {
    return this.origin.map((start, i) => start + u * this.axes[0][i] + v * this.axes[1][i]);
  }

  // The coordinates of the point of the plane that is nearest to the code.
  coordinates(z) {
    const offset = z.map((value, i) => value - this.origin[i]);
    return this.axes.map((axis) => dot(offset, axis) / (dot(axis, axis) || 1));
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
}
