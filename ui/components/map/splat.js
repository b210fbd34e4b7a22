// Many round points into pixels, without a graphics card: each is a small stamp, made once for every
// quarter of a pixel that its middle may be off, and laid over what is there.

const PHASES = 4;
const MOST_RADIUS = 24;
const OPAQUE = 250;
const STEPS_A_PIXEL = 8;
const SPARE = 9;

// What of the upper colour is seen where a stamp of one opacity lies over one of another, in 256ths (Porter
// and Duff 1984, "over", for colours that are not multiplied with their opacity). Of both opacities the six
// highest bits count: so small a table stays in the fastest memory, and nobody sees the difference.
const SHARES = new Uint16Array(64 * 64);
for (let i = 0; i < SHARES.length; i++) {
  const above = ((i >> 6) + 0.5) / 64, below = ((i & 63) + 0.5) / 64;
  SHARES[i] = Math.round((256 * above) / (above + below - above * below));
}

// A CSS colour #rrggbb as a pixel without opacity, blue in the highest byte of three.
export function packed(colour) {
  const value = parseInt(colour.slice(1), 16);
  return ((value & 0xff) << 16) | (value & 0xff00) | (value >> 16);
}

// The pixels that discs of `radius` pixels cover, for each phase of their middle: {reach: pixels to all
// sides, phases: [{across, down, cover: 1 to 255 each}]}.
export function stampsOf(radius) {
  const r = Math.min(MOST_RADIUS, Math.max(0.3, radius));
  const reach = Math.ceil(r + 1);
  const phases = [];
  for (let phase = 0; phase < PHASES ** 2; phase++) {
    const middleX = ((phase % PHASES) + 0.5) / PHASES - 0.5;
    const middleY = (Math.floor(phase / PHASES) + 0.5) / PHASES - 0.5;
    const pixels = { across: [], down: [], cover: [] };
    for (let down = -reach; down <= reach; down++) {
      for (let across = -reach; across <= reach; across++) {
        const cover = Math.round(255 * Math.min(1, r + 0.5 - Math.hypot(across - middleX, down - middleY)));
        if (cover < 1) continue;
        pixels.across.push(across);
        pixels.down.push(down);
        pixels.cover.push(cover);
      }
    }
    phases.push(pixels);
  }
  return { reach, phases };
}

export class Splatter {
  constructor() {
    Object.assign(this, { radius: null, width: 0, height: 0, margin: 0 });
  }

  // An empty picture of that many pixels, for points of `radius` pixels.
  begin(width, height, radius) {
    const rounded = Math.round(radius * STEPS_A_PIXEL) / STEPS_A_PIXEL;
    if (rounded !== this.radius) {
      this.radius = rounded;
      this.stamps = stampsOf(rounded);
      this.ready = new Map();
    }
    const isOtherSize = width !== this.width || height !== this.height;
    if (isOtherSize || this.stamps.reach + 1 > this.margin) this.#makeRoom(width, height);
    else this.pixels.fill(0);
  }

  // Points (x, y) whose `levels` are `level`, at x * scale + left and top - y * scale, in the colour
  // that `colours` (packed) has for their value. opacity: 0 to 1. Returns how many are in the picture.
  draw({ x, y, values, levels }, { scale, left, top }, colours, level, opacity) {
    const { pixels, rowLength, margin, width, height } = this;
    const stamps = this.#stampsWith(opacity);
    const most = { x: width + margin, y: height + margin };
    let drawn = 0;
    for (let i = 0; i < levels.length; i++) {
      if (levels[i] !== level) continue;
      const across = x[i] * scale + left, down = top - y[i] * scale;
      if (!(across >= -margin && across < most.x && down >= -margin && down < most.y)) continue;
      // Moved by the margin, numbers are positive, and cutting them off is rounding down.
      const column = (across + margin) | 0, row = (down + margin) | 0;
      const phaseX = ((across + margin - column) * PHASES) | 0, phaseY = ((down + margin - row) * PHASES) | 0;
      const { offsets, covers } = stamps[phaseY * PHASES + phaseX];
      lay(pixels, (row + margin) * rowLength + column + margin, offsets, covers, colours[values[i]]);
      drawn++;
    }
    return drawn;
  }

  putInto(context) {
    const { margin, width, height } = this;
    const before = 2 * margin;
    context.putImageData(this.image, -before, -before, before, before, width, height);
  }

  // Around the picture lies room for stamps whose middle is up to a margin outside: none needs clipping.
  // It is taken for larger points too, so that zooming need not take it anew at every frame.
  #makeRoom(width, height) {
    this.margin = Math.max(SPARE, this.stamps.reach + 1);
    this.rowLength = width + 4 * this.margin;
    this.image = new ImageData(this.rowLength, height + 4 * this.margin);
    this.pixels = new Int32Array(this.image.data.buffer);
    this.ready = new Map();
    Object.assign(this, { width, height });
  }

  #stampsWith(opacity) {
    const key = Math.round(255 * Math.min(1, Math.max(0, opacity)));
    if (!this.ready.has(key)) {
      const phases = this.stamps.phases.map(({ across, down, cover }) => ({
        offsets: Int32Array.from(across, (x, i) => down[i] * this.rowLength + x),
        covers: Uint8Array.from(cover, (share) => Math.max(1, Math.round((share * key) / 255))),
      }));
      this.ready.set(key, phases);
    }
    return this.ready.get(key);
  }
}

// One stamp over the pixels around `middle`, as signed numbers, which engines are quickest with. Red and
// blue are mixed in one product, in separate bytes.
function lay(pixels, middle, offsets, covers, colour) {
  const redBlue = colour & 0xff00ff, green = colour & 0xff00;
  for (let i = 0; i < offsets.length; i++) {
    const at = middle + offsets[i], above = covers[i], there = pixels[at];
    if (above >= OPAQUE || there === 0) {
      pixels[at] = colour | (above << 24);
      continue;
    }
    const below = there >>> 24, share = SHARES[((above & 252) << 4) | (below >> 2)];
    const oldRedBlue = there & 0xff00ff, oldGreen = there & 0xff00;
    const mixedRedBlue = (oldRedBlue + (Math.imul(redBlue - oldRedBlue, share) >>> 8)) & 0xff00ff;
    const mixedGreen = (oldGreen + (Math.imul(green - oldGreen, share) >>> 8)) & 0xff00;
    const opacity = above + below - ((above * below) >> 8);
    pixels[at] = ((opacity > 255 ? 255 : opacity) << 24) | mixedGreen | mixedRedBlue;
  }
}
