// Ink on a picture of few pixels: soft strokes, and the picture as text.

// The core of a stroke is saturated and its rim fades: a Gaussian, enlarged and cut at 1.
const GAIN = 1.5;

// Adds the straight piece of a stroke from one place to another (pixels from the top left corner) to the
// stroke's coverage, 0 to 1. The larger value stays: slow and quick hands draw alike. ``width`` is where
// half of the ink is left.
export function coverSegment(coverage, [height, width], from, to, penWidth) {
  const deviation = penWidth / (2 * Math.sqrt(2 * Math.log(2 * GAIN)));
  const reach = 4 * deviation;
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = dx * dx + dy * dy;
  const [left, right] = [Math.min(from[0], to[0]) - reach, Math.max(from[0], to[0]) + reach];
  const [top, bottom] = [Math.min(from[1], to[1]) - reach, Math.max(from[1], to[1]) + reach];
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(height, bottom); y++) {
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(width, right); x++) {
      const [px, py] = [x + 0.5 - from[0], y + 0.5 - from[1]];
      const along = length ? Math.min(1, Math.max(0, (px * dx + py * dy) / length)) : 0;
      const distance = Math.hypot(px - along * dx, py - along * dy);
      const ink = Math.min(1, GAIN * Math.exp((-distance * distance) / (2 * deviation * deviation)));
      const at = y * width + x;
      if (ink > coverage[at]) coverage[at] = ink;
    }
  }
}

// What stands on the canvas once a stroke lies on it: added, or taken away, between 0 and 1.
export function withStroke(ground, coverage, erases) {
  return ground.map((value, at) => Math.min(1, Math.max(0, value + (erases ? -1 : 1) * coverage[at])));
}

// One byte per value in [0, 1], in base64.
export function base64Bytes(values) {
  return btoa(Array.from(values, (value) => String.fromCharCode(Math.round(255 * value))).join(""));
}
