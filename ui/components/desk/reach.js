// How far the data go from each of the pictures, along one concept and along a mix of them.

import { Mix, MOST, beyondWords, isBeyond } from "./mix.js";

// The share of the real pictures before the one end of the data, and behind the other.
const OUTSIDE = 0.005;

// content: of the shelf, as desk_data in Python lays it; crowd is null where no real pictures came along.
export function unpacked(content, { labels, faders, crowd, source }) {
  const values = new Float32Array(content);
  const size = (labels.length + faders.length) * source.latent_dim;
  const mix = new Mix(values.subarray(0, size), labels.length, faders.length, source.latent_dim);
  return { mix, crowd: crowd ? new Crowd(values.subarray(size), crowd, mix) : null };
}

// The ends that Python knows: of the first picture, for each concept alone.
export class KnownEnds {
  constructor(insides) {
    this.insides = insides;
  }

  ends(picture, fader) {
    return picture ? null : this.insides[fader];
  }

  marksEnds(picture) {
    return !picture && this.insides.some(([low, high]) => low > -MOST || high < MOST);
  }

  isBeyond(picture, strengths) {
    return !picture && this.insides.some((inside, k) => isBeyond(inside, strengths[k]));
  }

  // alone: the sliders that lead beyond the data by themselves.
  words(picture, strengths, alone, labels) {
    if (picture) return `Where the data end is known for the first picture only, ${labels[0]}.`;
    return beyondWords(alone.map(({ name }) => name));
  }
}

// Ends found from real pictures, for every picture and for the whole mix: of the real ones, one in a
// hundred lies outside of them along the way that the strengths lead together.
export class Crowd {
  // places: for each of count real pictures its code times each of the mix's directions.
  constructor(places, count, { codes, directions }) {
    if (places.length !== count * directions.length) throw new Error(`a crowd of ${places.length} numbers`);
    Object.assign(this, { places, count, along: new Float64Array(count) });
    this.starts = codes.map((code) => directions.map((direction) => product(code, direction)));
    this.overlaps = directions.map((one) => directions.map((other) => product(one, other)));
    this.alone = directions.map((_, k) => this.#endsAlong(directions.map((_, j) => Number(j === k))));
  }

  ends(picture, fader) {
    const length = this.overlaps[fader][fader];
    if (!length) return [-Infinity, Infinity];
    return this.alone[fader].map((end) => (end - this.starts[picture][fader]) / length);
  }

  marksEnds() {
    return true;
  }

  isBeyond(picture, strengths) {
    if (!strengths.some(Boolean)) return false;
    const mark = strengths.join();
    // For all pictures in turn the strengths are the same.
    if (mark !== this.mark) Object.assign(this, { mark, together: this.#endsAlong(strengths) });
    const starts = this.starts[picture];
    const reached = this.overlaps.map((overlap, k) => starts[k] + product(overlap, strengths));
    const place = product(reached, strengths);
    return place < this.together[0] || place > this.together[1];
  }

  words(picture, strengths, alone) {
    if (!this.isBeyond(picture, strengths)) return "";
    return beyondWords(alone.map(({ name }) => name)) || "Together they lead beyond the data: the picture is a guess.";
  }

  #endsAlong(strengths) {
    const { places, along, count } = this;
    const width = strengths.length;
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += strengths[k] * places[i * width + k];
      along[i] = sum;
    }
    along.sort();
    return [quantile(along, OUTSIDE), quantile(along, 1 - OUTSIDE)];
  }
}

// Of sorted values, between two of them on the straight line.
function quantile(sorted, share) {
  const place = share * (sorted.length - 1);
  const before = Math.floor(place);
  const after = Math.min(before + 1, sorted.length - 1);
  return sorted[before] + (place - before) * (sorted[after] - sorted[before]);
}

function product(one, other) {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += one[i] * other[i];
  return sum;
}
