// Lines around where points lie densely: level lines of a smoothed histogram.

// Shares of the points that the lines enclose, the outermost first.
export const SHARES = [0.97, 0.9, 0.7, 0.5, 0.3, 0.1];
// Beyond three bandwidths a Gaussian has 0.3 % of its mass.
const REACH = 3;
const NARROWEST_CELLS = 1;
// Densities are ranked as whole numbers of 31 bits, with the number of the cell in the 21 bits below.
const RANKS = 2 ** 31;
const CELLS_BITS = 2 ** 21;
const MOST_CELLS = 256;

// The sides of a square are numbered below, right, above, left; its corners count 1 (left below), 2 (right
// below), 4 (right above) and 8 (left above) where they are inside. Lines go from one side to another with
// the inside on their left.
const SIDES = [
  [], [0, 3], [1, 0], [1, 3], [2, 1], null, [2, 0], [2, 3],
  [3, 2], [0, 2], null, [1, 2], [3, 1], [0, 1], [3, 0], [],
];
// Two opposite corners inside: they are joined where the middle is inside, apart where it is not.
const SADDLES = {
  5: { joined: [0, 1, 2, 3], apart: [0, 3, 2, 1] },
  10: { joined: [3, 0, 1, 2], apart: [1, 0, 3, 2] },
};

// Highest-density regions (Hyndman 1996, section 2): within the line of a share, the density is higher than
// outside and that share of the points lies there. The density is a histogram of cells × cells over the
// extent, smoothed with a Gaussian of Scott's bandwidth, n^(-1/6) standard deviations on each axis (Scott
// 1992, section 6.2), at least one cell.
//
// xs, ys: coordinates of the points; mask: 0 for those left out, null for none; extent: {x0, x1, y0, y1}.
// Returns [{level, lines}], the outermost first: level is the share, 0 … 1, and each line a Float32Array of
// x, y, x, y, … whose last place is its first where it closes. Points beyond the extent count only as far as
// their Gaussian reaches inside. [] where there is no point inside; a share whose line would be another's is
// left out.
export function contours(xs, ys, mask, extent, { cells = 96, levels = SHARES } = {}) {
  const spread = spreadInside(xs, ys, mask, extent);
  if (!spread.count || !(cells >= 2 && cells <= MOST_CELLS)) return [];
  const grid = new Grid(extent, cells, spread);
  const counts = grid.count(xs, ys, mask);
  const density = grid.smoothed(counts);
  return grid.lines(density, levelsOf(density, counts, levels));
}

// How many points are in the extent, and their standard deviation on each axis.
function spreadInside(xs, ys, mask, { x0, x1, y0, y1 }) {
  const middleX = (x0 + x1) / 2, middleY = (y0 + y1) / 2;
  let count = 0, sumX = 0, sumY = 0, squaresX = 0, squaresY = 0;
  for (let i = 0; i < xs.length; i++) {
    const x = xs[i], y = ys[i];
    if ((mask && !mask[i]) || !(x >= x0 && x <= x1 && y >= y0 && y <= y1)) continue;
    // From the middle, or a cloud far from 0 would lose its variance to rounding.
    const dx = x - middleX, dy = y - middleY;
    count++;
    sumX += dx;
    sumY += dy;
    squaresX += dx * dx;
    squaresY += dy * dy;
  }
  const deviation = (sum, squares) => Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
  return { count: x1 > x0 && y1 > y0 ? count : 0, x: deviation(sumX, squaresX), y: deviation(sumY, squaresY) };
}

// The density above which each share of the points lies, as [share, density]; no density twice.
function levelsOf(density, counts, shares) {
  let highest = 0, total = 0;
  for (let cell = 0; cell < counts.length; cell++) {
    total += counts[cell];
    if (counts[cell] && density[cell] > highest) highest = density[cell];
  }
  const filled = [];
  for (let cell = 0; cell < counts.length; cell++) {
    if (counts[cell]) filled.push(Math.round((density[cell] / highest) * RANKS) * CELLS_BITS + cell);
  }
  // Numbers of their own kind sort ten times faster than rows with a comparison.
  const ranked = Float64Array.from(filled).sort().reverse();
  const ascending = [...shares].sort((a, b) => a - b);
  const found = new Map();
  for (let rank = 0, sum = 0, next = 0; rank < ranked.length; rank++) {
    sum += counts[ranked[rank] % CELLS_BITS];
    const here = density[ranked[rank] % CELLS_BITS];
    const below = rank + 1 < ranked.length ? density[ranked[rank + 1] % CELLS_BITS] : 0;
    while (next < ascending.length && sum >= ascending[next] * total) {
      found.set((here + below) / 2, ascending[next++]);
    }
  }
  return [...found].map(([height, share]) => [share, height]).reverse();
}

// The cells of the extent, and around them as many as a Gaussian reaches, so that lines may close.
class Grid {
  constructor({ x0, x1, y0, y1 }, cells, spread) {
    Object.assign(this, { x0, y0, stepX: (x1 - x0) / cells, stepY: (y1 - y0) / cells });
    const scott = spread.count ** (-1 / 6);
    this.kernelX = kernelOf(Math.max(NARROWEST_CELLS, (spread.x * scott) / this.stepX));
    this.kernelY = kernelOf(Math.max(NARROWEST_CELLS, (spread.y * scott) / this.stepY));
    // One more than it reaches: outermost cells are empty, and no line ends there.
    this.marginX = (this.kernelX.length + 1) / 2;
    this.marginY = (this.kernelY.length + 1) / 2;
    this.width = cells + 2 * this.marginX;
    this.height = cells + 2 * this.marginY;
  }

  count(xs, ys, mask) {
    const { width, height, x0, y0, stepX, stepY, marginX, marginY } = this;
    const counts = new Uint32Array(width * height);
    for (let i = 0; i < xs.length; i++) {
      if (mask && !mask[i]) continue;
      const column = Math.floor((xs[i] - x0) / stepX) + marginX;
      const row = Math.floor((ys[i] - y0) / stepY) + marginY;
      if (column >= 0 && column < width && row >= 0 && row < height) counts[row * width + column]++;
    }
    return counts;
  }

  // First across, then up; empty cells and rows cost nothing.
  smoothed(counts) {
    const { width, height, kernelX, kernelY } = this;
    const across = new Float64Array(width * height), both = new Float64Array(width * height);
    for (let row = 0; row < height; row++) {
      let isEmpty = true;
      for (let column = 0; column < width; column++) {
        const count = counts[row * width + column];
        if (!count) continue;
        isEmpty = false;
        addKernel(across, row * width, width, column, kernelX, count);
      }
      if (isEmpty) continue;
      const reach = (kernelY.length - 1) / 2;
      const start = Math.max(0, row - reach), end = Math.min(height - 1, row + reach);
      for (let other = start; other <= end; other++) {
        const share = kernelY[other - row + reach];
        for (let column = 0; column < width; column++) {
          both[other * width + column] += share * across[row * width + column];
        }
      }
    }
    return both;
  }

  // Marching squares (Lorensen and Cline 1987, in the plane) between the middles of cells. levels: as of
  // levelsOf. One pass finds the steps of all levels, from which edge between two cells the line goes on to
  // which. An edge has the number of its first cell twice, and one more where it goes up.
  lines(density, levels) {
    const { width } = this;
    const steps = levels.map(() => ({ next: new Int32Array(2 * density.length).fill(-1), edges: [] }));
    for (let row = 0; row + 1 < this.height; row++) {
      for (let column = 0; column + 1 < width; column++) {
        const cell = row * width + column, above = cell + width;
        const a = density[cell], b = density[cell + 1], c = density[above + 1], d = density[above];
        const most = Math.max(a, b, c, d);
        if (!most) continue;
        const least = Math.min(a, b, c, d);
        for (let i = 0; i < levels.length && levels[i][1] < most; i++) {
          if (levels[i][1] >= least) addSteps(steps[i], [a, b, c, d], levels[i][1], cell, width);
        }
      }
    }
    const found = levels.map(([level, height], i) => ({ level, lines: this.#joined(density, height, steps[i]) }));
    return found.filter((each) => each.lines.length > 0);
  }

  // Lines that end somewhere are followed from where they begin, and then those that close.
  #joined(density, level, { next, edges }) {
    const ends = new Set(edges.map((edge) => next[edge]));
    const lines = [];
    for (const edge of [...edges.filter((each) => !ends.has(each)), ...edges]) {
      if (next[edge] >= 0) lines.push(this.#line(density, level, next, edge));
    }
    return lines;
  }

  // Follows and takes away the steps from an edge on.
  #line(density, level, next, edge) {
    const places = [];
    for (let here = edge; here >= 0; ) {
      const [x, y] = this.#place(density, level, here);
      places.push(x, y);
      const to = next[here];
      next[here] = -1;
      here = to;
    }
    return Float32Array.from(places);
  }

  #place(density, level, edge) {
    const { width, x0, y0, stepX, stepY, marginX, marginY } = this;
    const cell = edge >> 1, goesUp = edge & 1;
    const from = density[cell], to = density[cell + (goesUp ? width : 1)];
    const share = (level - from) / (to - from);
    const column = (cell % width) + (goesUp ? 0 : share), row = Math.floor(cell / width) + (goesUp ? share : 0);
    return [x0 + (column + 0.5 - marginX) * stepX, y0 + (row + 0.5 - marginY) * stepY];
  }
}

// The steps through one square, whose lower left corner is a cell.
function addSteps({ next, edges }, [a, b, c, d], level, cell, width) {
  const inside = (a > level ? 1 : 0) | (b > level ? 2 : 0) | (c > level ? 4 : 0) | (d > level ? 8 : 0);
  const sides = SIDES[inside] ?? SADDLES[inside][(a + b + c + d) / 4 > level ? "joined" : "apart"];
  const around = [2 * cell, 2 * (cell + 1) + 1, 2 * (cell + width), 2 * cell + 1];
  for (let i = 0; i < sides.length; i += 2) {
    edges.push(around[sides[i]]);
    next[around[sides[i]]] = around[sides[i + 1]];
  }
}

// A Gaussian of so many cells, cut where it has nearly ended; its sum is 1.
function kernelOf(bandwidth) {
  const reach = Math.ceil(REACH * bandwidth);
  const weight = (_, i) => Math.exp(-0.5 * ((i - reach) / bandwidth) ** 2);
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, weight);
  const sum = kernel.reduce((total, value) => total + value, 0);
  return kernel.map((value) => value / sum);
}

function addKernel(values, offset, width, column, kernel, weight) {
  const reach = (kernel.length - 1) / 2;
  const start = Math.max(0, column - reach), end = Math.min(width - 1, column + reach);
  for (let other = start; other <= end; other++) values[offset + other] += weight * kernel[other - column + reach];
}
