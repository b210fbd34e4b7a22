// The pictures and codes of a run's epochs: fetched around the place that is looked at, dropped far from it.

import { Codes } from "../engine/codes.js";

const MEMORY = 96 * 2 ** 20;
const FRAMES = { least: 24, most: 96 };
const AT_ONCE = 2;
const ATTEMPTS = 3;
const PAUSE = 2000;

// Which indices are wanted, the nearest first, then some spread evenly, so that a far jump shows something
// close at once. At most `room` of them.
export function fetchOrder(index, count, room) {
  const reach = Math.max(1, Math.floor(room / 4));
  const order = new Set([index]);
  for (let step = 1; step <= reach; step++) order.add(index + step).add(index - step);
  const spread = Math.max(1, room - 2 * reach - 1);
  for (let i = 0; i < spread; i++) order.add(Math.round((i * (count - 1)) / Math.max(1, spread - 1)));
  return [...order].filter((i) => i >= 0 && i < count);
}

export class Frames {
  // changed() is called whenever a frame arrives, or turns out to be missing.
  constructor(changed) {
    this.changed = changed;
    this.centre = 0;
    this.#reset(null);
  }

  // epochs: ascending numbers; versions: a text each, another one when an epoch was written again.
  list(root, epochs, versions) {
    if (root !== this.root) {
      this.stop();
      this.#reset(root);
    }
    const before = this.versions;
    this.epochs = epochs;
    this.versions = new Map(epochs.map((epoch, i) => [epoch, versions[i]]));
    for (const [epoch, version] of before) {
      if (this.versions.get(epoch) !== version) this.attempts.delete(epoch);
      // One that was written again stays until the new one is here.
      if (!this.versions.has(epoch)) this.#drop(epoch);
    }
    this.#fetchNext();
  }

  lookAt(index) {
    this.centre = index;
    this.#fetchNext();
  }

  // {grid, reconstructions: ImageBitmap, pictures: number, codes: Codes}, or undefined.
  at(index) {
    return this.frames.get(this.epochs[index]);
  }

  isMissing(index) {
    return (this.attempts.get(this.epochs[index]) ?? 0) >= ATTEMPTS;
  }

  // The index of the nearest frame that is here; undefined if there is none.
  nearest(index) {
    for (let step = 0; step < this.epochs.length; step++) {
      if (this.at(index - step)) return index - step;
      if (this.at(index + step)) return index + step;
    }
    return undefined;
  }

  stop() {
    clearTimeout(this.timer);
    this.leaving?.abort();
    for (const epoch of [...this.frames.keys()]) this.#drop(epoch);
  }

  #reset(root) {
    Object.assign(this, { root, epochs: [], room: FRAMES.least, timer: 0, leaving: new AbortController() });
    this.versions = new Map();
    this.frames = new Map();
    this.attempts = new Map();
    this.underway = new Set();
  }

  #drop(epoch) {
    const frame = this.frames.get(epoch);
    this.frames.delete(epoch);
    frame?.grid.close();
    frame?.reconstructions.close();
  }

  #isWanted(index) {
    const epoch = this.epochs[index];
    const isHere = this.frames.get(epoch)?.version === this.versions.get(epoch);
    return !isHere && !this.underway.has(epoch) && !this.isMissing(index);
  }

  #fetchNext() {
    const order = fetchOrder(this.centre, this.epochs.length, this.room);
    for (const index of order) {
      if (this.underway.size >= AT_ONCE) return;
      if (this.#isWanted(index)) this.#fetch(this.epochs[index]);
    }
  }

  async #fetch(epoch) {
    const { leaving, underway, attempts } = this;
    const version = this.versions.get(epoch);
    underway.add(epoch);
    try {
      const frame = await fetchFrame(`${this.root}/${epoch}`, version, leaving.signal);
      if (leaving.signal.aborted || this.versions.get(epoch) !== version) {
        frame.grid.close();
        frame.reconstructions.close();
      } else this.#keep(epoch, frame);
    } catch {
      if (leaving.signal.aborted) return;
      attempts.set(epoch, (attempts.get(epoch) ?? 0) + 1);
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.#fetchNext(), PAUSE);
      underway.delete(epoch);
      this.changed();
      return;
    }
    underway.delete(epoch);
    if (leaving.signal.aborted) return;
    this.#fetchNext();
    this.changed();
  }

  #keep(epoch, frame) {
    this.#drop(epoch);
    this.frames.set(epoch, frame);
    const { grid, reconstructions } = frame;
    const bytes = 4 * (grid.width * grid.height + reconstructions.width * reconstructions.height);
    this.room = Math.min(FRAMES.most, Math.max(FRAMES.least, Math.floor(MEMORY / bytes)));
    if (this.frames.size <= this.room) return;
    const wanted = new Set(fetchOrder(this.centre, this.epochs.length, this.room).map((i) => this.epochs[i]));
    for (const other of [...this.frames.keys()]) if (!wanted.has(other)) this.#drop(other);
  }
}

async function fetchFrame(address, version, signal) {
  const answers = await Promise.all(
    ["grid.png", "reconstructions.png", "codes.bin"].map(async (name) => {
      const response = await fetch(`${address}/${name}?v=${version}`, { signal });
      if (!response.ok) throw new Error(`${name} answered ${response.status}`);
      return response;
    }),
  );
  const [grid, reconstructions, codes] = answers;
  return {
    version,
    pictures: Math.max(1, Number(reconstructions.headers.get("X-Pictures")) || 1),
    grid: await createImageBitmap(await grid.blob()),
    reconstructions: await createImageBitmap(await reconstructions.blob()),
    codes: new Codes(await codes.arrayBuffer()),
  };
}
