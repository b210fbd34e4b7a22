// What one epoch of a run looks like: what the decoder draws, where the codes lie, what comes back.

import { edgeNumber } from "../kit/numbers.js";
import { drawPairs } from "./pairs.js";
import { axesOf, reachOf, Scatter } from "./scatter.js";

export class Views {
  // parts: the elements grid, codes, reconstructions (canvases), low, across, high (texts of the axis).
  constructor(parts) {
    this.parts = parts;
    this.scatter = new Scatter(parts.codes);
    this.observer = new ResizeObserver(() => this.fit());
    for (const canvas of this.#pictures()) this.observer.observe(canvas);
    this.forget();
  }

  // Blank, until a frame of another run is shown.
  forget() {
    Object.assign(this, { drawn: null, measured: null, axes: null, reach: 0 });
    for (const canvas of [...this.#pictures(), this.parts.codes]) {
      canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
      canvas.removeAttribute("aria-label");
    }
    this.scatter.show(null);
  }

  showPictures(frame, epoch) {
    if (frame === this.drawn) return;
    const { grid, reconstructions, codes } = this.parts;
    Object.assign(grid, { width: frame.grid.width, height: frame.grid.height });
    grid.getContext("2d").drawImage(frame.grid, 0, 0);
    drawPairs(reconstructions, frame.reconstructions, frame.pictures);
    const labels = [
      [grid, `What the decoder draws across the latent space at epoch ${epoch}`],
      [codes, `Codes of ${frame.codes.count.toLocaleString("en")} pictures at epoch ${epoch}`],
      [reconstructions, `${frame.pictures} originals and, below each, what comes back at epoch ${epoch}`],
    ];
    for (const [canvas, label] of labels) canvas.setAttribute("aria-label", label);
    this.drawn = frame;
    this.fit();
  }

  // from, to: Codes; share of the way between them. latest: Codes that the axes are chosen by; reach: half
  // the width of both axes, null for one that fits and only ever widens.
  showPoints(from, to, share, { latest, reach, colours }) {
    if (latest !== this.measured) this.#chooseAxes(latest, reach);
    this.scatter.show({ from, to, share, axes: this.axes, reach: this.reach, colours });
  }

  fit() {
    for (const canvas of this.#pictures()) {
      canvas.toggleAttribute("data-shrunk", canvas.clientWidth * devicePixelRatio < canvas.width);
    }
  }

  stop() {
    this.scatter.stop();
    this.observer.disconnect();
  }

  #pictures() {
    return [this.parts.grid, this.parts.reconstructions];
  }

  #chooseAxes(latest, reach) {
    const { low, high, across } = this.parts;
    this.measured = latest;
    this.axes = axesOf(latest, this.axes);
    this.reach = reach ?? Math.max(this.reach, reachOf(latest, this.axes));
    low.textContent = edgeNumber(-this.reach);
    high.textContent = edgeNumber(this.reach);
    across.textContent = `z${this.axes[0] + 1}`;
  }
}
