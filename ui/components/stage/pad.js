// The latent pad: a plane through the point to drag in, the map beneath it and what is laid over it.

import { Backdrop } from "./backdrop.js";
import { followGestures } from "../kit/gestures.js";
import { edgeNumber, formatNumber } from "../kit/numbers.js";
import { Overlays } from "./overlays.js";
import { planeOf } from "./plane.js";

const SETTLED = 150;

export class Pad {
  // taken() before a motion, moved(z) during it, released() at its end.
  constructor(parts, { taken, moved, released }) {
    Object.assign(this, { parts, taken, moved, released });
    this.backdrop = new Backdrop(parts.backdrop);
    this.overlays = new Overlays(parts.overlay);
  }

  open(data, player) {
    const { surface, x, y } = this.parts;
    this.data = data;
    this.player = player;
    this.plane = planeOf(data.space, data.axes);
    this.z = null;
    const [[lowX, highX], [lowY, highY]] = this.plane.ranges.map((pair) => pair.map(edgeNumber));
    const [nameX, nameY] = data.axis_names;
    x.replaceChildren(...edgeLabels(lowX, nameX, highX));
    y.replaceChildren(...edgeLabels(highY, nameY, lowY));
    surface.setAttribute(
      "aria-label",
      `Latent pad of ${data.name}: ${nameX} from ${lowX} to ${highX} across, ${nameY} from ${lowY} to ${highY} ` +
        "upwards. Drag, or use the arrow keys; Shift moves farther, Home returns to the centre.",
    );
    this.settle = followGestures(surface, {
      place: this.plane,
      current: () => this.at,
      take: this.taken,
      move: (coordinates) => this.moved(this.plane.code(coordinates)),
      release: this.released,
    });
    this.backdrop.open({
      shape: data.source.shape,
      plane: this.plane,
      isMain: !data.axes,
      pictureUrl: (origin) => this.#layerUrl("plane", origin),
      decoder: () => player.decoder,
    });
  }

  show(z) {
    const { readout, handle } = this.parts;
    this.z = z;
    this.plane.passThrough(z);
    this.at = this.plane.coordinates(z);
    readout.setAttribute("aria-busy", "true");
    readout.textContent = this.data.axis_names.map((name, axis) => `${name} ${formatNumber(this.at[axis])}`).join("   ");
    // A point from an address may lie outside the map: the handle waits at the rim.
    const [left, top] = this.plane.toShares(this.at).map((share) => Math.min(1, Math.max(0, share)));
    handle.style.transform = `translate(${100 * left}cqw, ${100 * top}cqh)`;
    clearTimeout(this.resting);
    this.backdrop.stop();
    this.resting = setTimeout(() => this.#rest(), SETTLED);
  }

  // What assistive technology hears once a motion has ended.
  describe() {
    const { canvas, readout } = this.parts;
    canvas.setAttribute("aria-label", `Decoded image of ${this.data.name} at ${readout.textContent}`);
    readout.setAttribute("aria-busy", "false");
    this.#rest();
  }

  // data: as it is now, with the overlays that are chosen.
  showLayers(data) {
    this.data = data;
    const { density, shade } = this.parts;
    setPicture(density, data.layers.density ? this.#layerUrl("density") : null);
    shade.dataset.plain = String(Object.values(data.layers.shown).some(Boolean) || Boolean(data.spread));
    shade.dataset.hollow = String(Boolean(data.spread));
    if (!data.layers.codes) this.codes = null;
    this.#showOverlays();
    if (this.z) this.#showOpinion();
  }

  showCodes(codes) {
    this.codes = codes;
    this.#showOverlays();
  }

  #showOverlays() {
    const { shown, colours } = this.data.layers;
    this.overlays.show({
      plane: this.plane,
      codes: shown.codes ? this.codes : null,
      colours,
      grid: shown.grid,
      spread: this.data.spread,
    });
  }

  // What follows the point only when it rests: the map beneath it and a classifier's view of that.
  #rest() {
    clearTimeout(this.resting);
    this.backdrop.refresh(this.at, { decodes: this.player.place });
    this.#showOpinion();
  }

  #showOpinion() {
    setPicture(this.parts.opinion, this.data.layers.opinion ? this.#layerUrl("opinion", this.plane.base) : null);
  }

  #layerUrl(kind, origin) {
    const query = new URLSearchParams();
    if (this.data.axes) query.set("axes", this.data.axes.map((axis) => axis + 1).join(","));
    if (origin && this.plane.shift) query.set("z", origin.map((value) => +value.toPrecision(4)).join(","));
    return `${this.data.layers.root}/${kind}.png${query.size ? `?${query}` : ""}`;
  }

  stop() {
    clearTimeout(this.resting);
    this.settle?.();
    this.backdrop.stop();
    this.overlays.stop();
  }
}

function setPicture(image, url) {
  image.hidden = !url;
  if (url && image.getAttribute("src") !== url) image.src = url;
  else if (!url) image.removeAttribute("src");
}

function edgeLabels(first, name, last) {
  return [first, name, last].map((text) => {
    const label = document.createElement("span");
    label.textContent = text;
    return label;
  });
}
