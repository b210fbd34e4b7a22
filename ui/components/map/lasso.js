// Drawing round points: an outline with few corners, and which places lie inside it.

const MOST_CORNERS = 200;

// At most `most` of the corners [x, y] of a closed outline: those whose loss would be seen first
// (Douglas and Peucker 1973), with the smallest tolerance that leaves few enough.
export function simplified(corners, most = MOST_CORNERS) {
  const open = corners.filter(([x, y], i) => i === 0 || x !== corners[i - 1][0] || y !== corners[i - 1][1]);
  if (open.length <= most) return open;
  const weights = importance(open);
  const kept = weights.map((_, i) => i).sort((a, b) => weights[b] - weights[a]).slice(0, most);
  return kept.sort((a, b) => a - b).map((i) => open[i]);
}

// The tolerance at which each corner would be left out; Infinity for the ends.
function importance(corners) {
  const weights = new Array(corners.length).fill(0);
  weights[0] = weights[corners.length - 1] = Infinity;
  const spans = [[0, corners.length - 1, Infinity]];
  while (spans.length) {
    const [from, to, bound] = spans.pop();
    let farthest = -1, most = -1;
    for (let i = from + 1; i < to; i++) {
      const away = distanceToLine(corners[i], corners[from], corners[to]);
      if (away > most) [farthest, most] = [i, away];
    }
    if (farthest < 0) continue;
    // No corner outlives the one that split its span.
    weights[farthest] = Math.min(bound, most);
    spans.push([from, farthest, weights[farthest]], [farthest, to, weights[farthest]]);
  }
  return weights;
}

function distanceToLine([x, y], [ax, ay], [bx, by]) {
  const dx = bx - ax, dy = by - ay, length = dx * dx + dy * dy;
  const share = length ? Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length)) : 0;
  return Math.hypot(x - ax - share * dx, y - ay - share * dy);
}

// The corners of an upright box between two opposite corners.
export function boxBetween([x0, y0], [x1, y1]) {
  return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
}

// Corners as they are sent: what is counted here and on the server is the same outline.
export function sendable(corners) {
  return corners.map((corner) => corner.map((value) => +value.toPrecision(7)));
}

// One number for each slot of a cloud, 1 for those inside an outline (even-odd rule) whose `mask` is not 0.
export function markInside(cloud, corners, mask) {
  const marked = new Uint8Array(cloud.count);
  if (corners.length < 3) return marked;
  const xs = corners.map(([x]) => x), ys = corners.map(([, y]) => y);
  const box = { x0: Math.min(...xs), x1: Math.max(...xs), y0: Math.min(...ys), y1: Math.max(...ys) };
  const edges = edgesOf(corners);
  const { x, y } = cloud;
  cloud.eachAround(box, (slot) => {
    if (mask[slot] && isInside(x[slot], y[slot], edges)) marked[slot] = 1;
  });
  return marked;
}

function edgesOf(corners) {
  const edges = [];
  corners.forEach(([x1, y1], i) => {
    const [x0, y0] = corners[(i + corners.length - 1) % corners.length];
    if (y0 !== y1) edges.push(x0, y0, x1, y1);
  });
  return Float64Array.from(edges);
}

function isInside(x, y, edges) {
  let inside = false;
  for (let i = 0; i < edges.length; i += 4) {
    const y0 = edges[i + 1], y1 = edges[i + 3];
    if (y0 > y === y1 > y) continue;
    if (x < edges[i] + ((y - y0) * (edges[i + 2] - edges[i])) / (y1 - y0)) inside = !inside;
  }
  return inside;
}
