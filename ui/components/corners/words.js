// What a place on the sheet is in figures: shares of its four corners, or strengths along its two axes.

import { percentages, weightsAt } from "./sheet.js";
import { signed } from "../kit/numbers.js";

// data: labels of the corners, and axes, null or [name, strength at the ends] across and upwards.
export function namesOf({ labels, axes }) {
  return axes ? axes.map(([name]) => name) : labels;
}

// For each of the names a figure, and how much of its line is filled, from 0 to 1.
export function figuresAt(place, { axes }) {
  if (!axes) {
    return percentages(weightsAt(place)).map((value) => ({ figure: `${value}\u00a0%`, share: value / 100 }));
  }
  const [u, v] = place;
  return [2 * u - 1, 1 - 2 * v].map((way, axis) => ({ figure: signed(way * axes[axis][1]), share: Math.abs(way) }));
}

// The same in a sentence, without corners that have no share.
export function described(place, data) {
  const names = namesOf(data);
  const figures = figuresAt(place, data);
  if (data.axes) return figures.map(({ figure }, axis) => `${names[axis]} ${figure}`).join(", ");
  return figures
    .map(({ figure, share }, corner) => (share ? `${figure} of ${names[corner]}` : ""))
    .filter(Boolean)
    .join(", ");
}
