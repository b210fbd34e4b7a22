// Histograms along the edges of a map: how the points in view spread across and up, class on class.

const OPACITY = 0.8;
const BASELINE_OPACITY = 0.25;

// xs, ys: coordinates; values: the category of each point, or null; mask: 0 for points left out, null for
// none; view: {x0, x1, y0, y1}; bins on each axis; categories: how many there are, 0 for a number.
// Returns {across, up}: for each category a Uint32Array of counts from low to high, and one more for points
// without a category; of a number that one alone. Points outside the view count on neither axis.
export function marginals(xs, ys, values, mask, { x0, x1, y0, y1 }, bins = 60, categories = 0) {
  const across = new Uint32Array((categories + 1) * bins), up = new Uint32Array((categories + 1) * bins);
  const scaleX = bins / (x1 - x0), scaleY = bins / (y1 - y0);
  const count = x1 > x0 && y1 > y0 ? xs.length : 0;
  for (let i = 0; i < count; i++) {
    const x = xs[i], y = ys[i];
    if ((mask && !mask[i]) || !(x >= x0 && x <= x1 && y >= y0 && y <= y1)) continue;
    const value = values && values[i] >= 0 && values[i] < categories ? values[i] : categories;
    // The last bin holds what lies on the edge.
    across[value * bins + Math.min(bins - 1, ((x - x0) * scaleX) | 0)]++;
    up[value * bins + Math.min(bins - 1, ((y - y0) * scaleY) | 0)]++;
  }
  const part = (counts, i) => counts.subarray(i * bins, (i + 1) * bins);
  const series = (counts) => Array.from({ length: categories + 1 }, (_, i) => part(counts, i));
  return { across: series(across), up: series(up) };
}

// boxes: {across, up}, each {x, y, width, height} in pixels of the canvas or null. Across, bars stand on the
// lower edge of their box; up, they lie on its left edge, the lowest bin at the bottom. Each axis has its own
// scale, the highest stack fills the box. colours: CSS, one a category; neutral is that of other points.
export function drawMarginals(context, { across, up }, boxes, colours, neutral = "gray") {
  context.save();
  if (boxes.across) drawStacks(context, across, colours, neutral, standing(boxes.across));
  if (boxes.up) drawStacks(context, up, colours, neutral, lying(boxes.up));
  context.restore();
}

// How many points the highest stack holds.
export function highest(series) {
  let most = 0;
  for (let bin = 0; bin < series[0].length; bin++) {
    most = Math.max(most, series.reduce((sum, counts) => sum + counts[bin], 0));
  }
  return most;
}

// A bar from one share of the axis to the next and from one share of the height to another, as a rectangle.
// Edges on whole pixels: bars side by side show no seam.
const standing = (box) => (from, to, low, high) => {
  const left = Math.round(box.x + from * box.width), right = Math.round(box.x + to * box.width);
  const top = box.y + (1 - high) * box.height;
  return [left, top, right - left, (high - low) * box.height];
};

const lying = (box) => (from, to, low, high) => {
  const bottom = Math.round(box.y + (1 - from) * box.height), top = Math.round(box.y + (1 - to) * box.height);
  return [box.x + low * box.width, top, (high - low) * box.width, bottom - top];
};

function drawStacks(context, series, colours, neutral, barOf) {
  const bins = series[0].length, most = highest(series);
  context.globalAlpha = BASELINE_OPACITY;
  context.fillStyle = neutral;
  const [x, y, width, height] = barOf(0, 1, 0, 0);
  const thin = Math.max(1, globalThis.devicePixelRatio || 1);
  if (width) context.fillRect(x, y - thin, width, thin);
  else context.fillRect(x, y, thin, height);
  if (!most) return;
  context.globalAlpha = OPACITY;
  const heights = new Uint32Array(bins);
  series.forEach((counts, category) => {
    context.fillStyle = colours[category] ?? neutral;
    context.beginPath();
    for (let bin = 0; bin < bins; bin++) {
      if (!counts[bin]) continue;
      const low = heights[bin];
      heights[bin] += counts[bin];
      context.rect(...barOf(bin / bins, (bin + 1) / bins, low / most, heights[bin] / most));
    }
    context.fill();
  });
}
