// The pictures of a sheet on its pad, decoded a few a frame while nothing moves, each of them once.

import { Screen } from "../engine/draw.js";
import { RemoteDecoder } from "../engine/remote.js";

const BUDGET = 7;
// The canvas has squares of whole pixels for those of a picture, as many as a pad of this width may need:
// made smaller by the browser they stay crisp and of equal size.
const LARGEST_PAD = 560;

export class CornerPictures {
  // finished(): all pictures are there.
  constructor(canvas, finished) {
    Object.assign(this, { canvas, finished, cells: [], frame: 0 });
    this.context = canvas.getContext("2d");
  }

  // source: as of a Player; sheet: a CornerSheet.
  open(source, sheet) {
    this.stop();
    const [height, width] = source.shape;
    const { across } = sheet;
    this.sheet = sheet;
    this.cell = new Screen(document.createElement("canvas"), source.shape);
    const scale = Math.max(1, Math.ceil((LARGEST_PAD * Math.min(2, devicePixelRatio)) / (across * width)));
    this.size = [scale * width, scale * height];
    this.canvas.width = across * this.size[0];
    this.canvas.height = across * this.size[1];
    this.context.imageSmoothingEnabled = false;
    this.cells = Array.from({ length: across * across }, (_, i) => ({ column: i % across, row: Math.floor(i / across) }));
    this.asked = null;
    this.remote = new RemoteDecoder(source.decode, (bytes) => this.#receive(bytes), (error) => this.#giveBack(error));
  }

  // Go on with the pictures that are missing, those near the place first. player: the Player of the model.
  resume(place, { place: where, decoder }) {
    this.pause();
    if (!this.cells.length) return;
    this.#order(place);
    this.running = true;
    if (where === "browser") this.frame = requestAnimationFrame(() => this.#slice(decoder));
    else if (where === "server") this.#ask();
  }

  pause() {
    this.running = false;
    cancelAnimationFrame(this.frame);
  }

  stop() {
    this.pause();
    this.remote?.stop();
  }

  #placeOf({ column, row }) {
    return [column, row].map((index) => index / (this.sheet.across - 1));
  }

  // The next cell is the last. The corners come before all others: they say what the sheet is.
  #order([u, v]) {
    const farness = (cell) => {
      const [x, y] = this.#placeOf(cell);
      return x % 1 === 0 && y % 1 === 0 ? -1 : Math.hypot(x - u, y - v);
    };
    this.cells.sort((one, other) => farness(other) - farness(one));
  }

  // As many as fit into a frame, if the next takes as long as the longest of them.
  #slice(decoder) {
    const started = performance.now();
    let [now, longest] = [started, 0];
    do {
      const cell = this.cells.pop();
      this.#draw(cell, decoder.decode(this.sheet.code(this.#placeOf(cell))), false);
      const before = now;
      now = performance.now();
      longest = Math.max(longest, now - before);
    } while (this.cells.length && now - started + longest < BUDGET);
    if (this.cells.length) this.frame = requestAnimationFrame(() => this.#slice(decoder));
    else this.finished();
  }

  #ask() {
    if (!this.running || this.asked || !this.cells.length) return;
    this.asked = this.cells.pop();
    this.remote.request(this.sheet.code(this.#placeOf(this.asked)));
  }

  #receive(bytes) {
    this.#draw(this.asked, bytes, true);
    this.asked = null;
    if (this.cells.length) this.#ask();
    else this.finished();
  }

  // The server did not answer; the next rest asks again. A slow one is asked again at once.
  #giveBack(error) {
    if (error.name === "TimeoutError") return;
    this.cells.push(this.asked);
    this.asked = null;
    this.running = false;
  }

  #draw({ column, row }, values, isBytes) {
    this.cell.draw(values, isBytes);
    const [width, height] = this.size;
    this.context.drawImage(this.cell.canvas, column * width, row * height, width, height);
  }
}
