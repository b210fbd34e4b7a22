// The sheet between four corners: places on a pad to codes, and to shares of the corners.

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
// A place is exactly what is said of it and sent: a hundredth of a per cent.
const STEPS = 10_000;

function placed(value) {
  return Math.round(STEPS * Math.min(1, Math.max(0, value))) / STEPS;
}

// With the interface of a plane, so that the same gestures move on it. Coordinates [u, v] go across from
// the left and down from the top, from 0 to 1.
export class CornerSheet {
  // corners: [4][d], top left, top right, bottom left, bottom right; across: pictures in a row and a column
  // of the pad. The outer ones stand for the edges of the sheet, so that these lie in their middles.
  constructor(corners, across) {
    Object.assign(this, { corners, across });
  }

  get centre() {
    return [0.5, 0.5];
  }

  code(place) {
    const weights = weightsAt(place);
    return this.corners[0].map((_, i) => weights.reduce((sum, weight, k) => sum + weight * this.corners[k][i], 0));
  }

  fromShares(left, top) {
    return [left, top].map((share) => placed((share * this.across - 0.5) / (this.across - 1)));
  }

  toShares(place) {
    return place.map((value) => (0.5 + value * (this.across - 1)) / this.across);
  }

  // Where a key leads: by a hundredth, by a tenth where the gesture asks for a long step.
  stepped(place, key, share) {
    if (key === "Home") return this.centre;
    const step = share > 0.05 ? 0.1 : 0.01;
    return ARROWS[key] && place.map((value, axis) => (ARROWS[key][axis] ? placed(value + step * ARROWS[key][axis]) : value));
  }
}

// How much of each corner is in a place; the four add up to 1.
export function weightsAt([u, v]) {
  return [(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v];
}

// Whole per cents that add up to 100: those cut off most get what is left (largest remainder).
export function percentages(weights) {
  const exact = weights.map((weight) => 100 * weight);
  // Sums of products miss a whole number by less than this.
  const whole = exact.map((value) => Math.floor(value + 1e-9));
  const left = 100 - whole.reduce((sum, value) => sum + value, 0);
  const order = exact.map((value, i) => [value - whole[i], i]).sort(([a, i], [b, j]) => b - a || i - j);
  for (const [, i] of order.slice(0, left)) whole[i] += 1;
  return whole;
}

// Pictures in a row of the pad: more of small ones, and an odd number, so that one stands in the middle.
export function picturesAcross([height, width]) {
  const fitting = Math.floor(400 / Math.max(height, width));
  return Math.min(13, Math.max(9, fitting - ((fitting + 1) % 2)));
}
