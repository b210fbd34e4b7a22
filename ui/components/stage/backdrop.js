// The map under the handle: the plane's own picture where it is at rest, painted anew in the browser
// where another dimension has shifted the plane.

import { Screen } from "../engine/draw.js";

const CELLS = 15;
const BUDGET = 6;
const PATIENCE = 150;
// A plane shifted by less than this is, to the eye, the plane of the picture.
const NEGLIGIBLE = 0.02;

export class Backdrop {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.waiting = 0;
    this.frame = 0;
  }

  // shape: of one picture; plane: where the pad moves; pictureUrl(origin): the server's picture of the
  // plane through origin, of the plane at rest without; decoder(): the player's, once it is there.
  open({ shape, plane, isMain, pictureUrl, decoder }) {
    this.stop();
    Object.assign(this, { plane, isMain, pictureUrl, decoder });
    const [height, width] = shape;
    this.cell = new Screen(document.createElement("canvas"), shape);
    this.canvas.width = CELLS * width;
    this.canvas.height = CELLS * height;
    this.painted = null;
  }

  // Bring the map up to date once nothing has moved for a moment; cells near the handle come first.
  refresh(handle, { decodes }) {
    this.stop();
    if (this.#isCurrent()) {
      this.canvas.dataset.state = "current";
      return;
    }
    this.canvas.dataset.state = "stale";
    if (this.isMain && this.plane.shift < NEGLIGIBLE) this.#fetch(this.pictureUrl());
    else if (decodes !== "browser") this.waiting = setTimeout(() => this.#fetch(this.pictureUrl(this.plane.base)), PATIENCE);
    else this.waiting = setTimeout(() => this.#paint(handle), PATIENCE);
  }

  stop() {
    clearTimeout(this.waiting);
    cancelAnimationFrame(this.frame);
    if (this.picture) this.picture.onload = null;
  }

  #isCurrent() {
    if (!this.painted) return false;
    const apart = this.plane.base.reduce((sum, value, i) => sum + (value - this.painted[i]) ** 2, 0);
    return Math.sqrt(apart) < NEGLIGIBLE;
  }

  #done() {
    this.painted = this.plane.base;
    this.canvas.dataset.state = "current";
  }

  #fetch(url) {
    this.picture = new Image();
    this.picture.onload = () => {
      this.context.drawImage(this.picture, 0, 0, this.canvas.width, this.canvas.height);
      this.#done();
    };
    this.picture.src = url;
  }

  #paint(handle) {
    const decoder = this.decoder();
    if (!decoder) return;
    const cells = this.#cellsAround(this.plane.toShares(handle));
    const step = () => {
      const until = performance.now() + BUDGET;
      while (cells.length && performance.now() < until) this.#paintCell(cells.pop(), decoder);
      if (cells.length) this.frame = requestAnimationFrame(step);
      else this.#done();
    };
    step();
  }

  // Columns and rows of all cells, the nearest to the handle last.
  #cellsAround([left, top]) {
    const cells = [];
    for (let row = 0; row < CELLS; row++) {
      for (let column = 0; column < CELLS; column++) {
        const away = Math.hypot((column + 0.5) / CELLS - left, (row + 0.5) / CELLS - top);
        cells.push({ column, row, away });
      }
    }
    return cells.sort((one, other) => other.away - one.away);
  }

  #paintCell({ column, row }, decoder) {
    const z = this.plane.code(this.plane.fromShares((column + 0.5) / CELLS, (row + 0.5) / CELLS));
    this.cell.draw(decoder.decode(z), false);
    const { canvas } = this.cell;
    this.context.drawImage(canvas, column * canvas.width, row * canvas.height);
  }
}
