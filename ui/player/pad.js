// The latent pad: a plane to drag in and the image that is decoded there.

import { savePicture } from "./draw.js";
import { followGestures } from "./gestures.js";
import { Plane } from "./plane.js";
import { Player } from "./player.js";
import { ServerRefusal } from "./remote.js";

const pads = new WeakMap();

// Called at every change of data or theme; one Pad lives as long as its element.
export function mount({ data, parentElement, setStateValue }) {
  let pad = pads.get(parentElement);
  if (!pad) pads.set(parentElement, (pad = new Pad(parentElement)));
  pad.report = (point) => setStateValue("point", point);
  pad.update(data);
  return () => {
    pad.stop();
    pads.delete(parentElement);
  };
}

export function formatNumber(value) {
  // U+2212 is as wide as a digit, so the readout does not jump at a change of sign.
  return (value < 0 ? "−" : "") + Math.abs(value).toFixed(2);
}

class Pad {
  constructor(root) {
    const part = (name) => root.querySelector(`[data-part="${name}"]`);
    this.parts = Object.fromEntries(
      ["surface", "plane", "handle", "canvas", "readout", "status", "bar", "save", "centre", "x", "y"].map(
        (name) => [name, part(name)],
      ),
    );
    this.parts.save.onclick = () => savePicture(this.parts.canvas, `${this.data.name}-${this.z.map((value) => +value.toFixed(2)).join("_")}.png`);
    this.parts.centre.onclick = () => {
      this.move(this.plane.centre);
      this.release();
    };
  }

  update(data) {
    const identity = JSON.stringify([data.name, data.source, data.slice, data.backdrop]);
    const other = identity !== this.identity;
    this.identity = identity;
    // A hand on the pad outranks what Python knew before it was put there.
    const held = "held" in this.parts.surface.dataset;
    const moved = other || (data.moves !== this.data.moves && !held);
    this.data = data;
    completeAddress(data.address);
    if (other) this.open(data);
    if (moved) {
      this.at = this.plane.coordinates(data.z);
      this.show(data.z);
      this.describe();
    }
  }

  open(data) {
    const { surface, plane, canvas, x, y } = this.parts;
    this.player?.stop();
    this.settle = null;
    this.plane = new Plane(data.slice);
    this.player = new Player(canvas, data.source, (status) => this.showStatus(status));
    canvas.style.aspectRatio = `${data.source.shape[1]} / ${data.source.shape[0]}`;
    if (data.backdrop) plane.src = data.backdrop;
    else plane.removeAttribute("src");
    const [[lowX, highX], [lowY, highY]] = data.slice.ranges;
    const [nameX, nameY] = data.axes;
    x.replaceChildren(...edgeLabels(lowX, nameX, highX));
    y.replaceChildren(...edgeLabels(highY, nameY, lowY));
    surface.setAttribute(
      "aria-label",
      `Latent pad of ${data.name}: ${nameX} from ${lowX} to ${highX} across, ${nameY} from ${lowY} to ${highY} ` +
        "upwards. Drag, or use the arrow keys; Shift moves farther, Home returns to the centre.",
    );
    this.settle = followGestures(surface, {
      plane: this.plane,
      current: () => this.at,
      move: (coordinates) => this.move(coordinates),
      release: () => this.release(),
    });
  }

  move(coordinates) {
    this.at = coordinates;
    this.show(this.plane.code(coordinates));
  }

  show(z) {
    this.z = z;
    this.parts.readout.setAttribute("aria-busy", "true");
    this.parts.readout.textContent = this.data.axes
      .map((name, axis) => `${name} ${formatNumber(this.at[axis])}`)
      .join("   ");
    // A point from an address may lie outside the map: the handle waits at the rim.
    const [left, top] = this.plane.toShares(this.at).map((share) => Math.min(1, Math.max(0, share)));
    this.parts.handle.style.transform = `translate(${100 * left}cqw, ${100 * top}cqh)`;
    this.player.show(z);
  }

  // What assistive technology hears once a motion has ended.
  describe() {
    const { canvas, readout } = this.parts;
    canvas.setAttribute("aria-label", `Decoded image of ${this.data.name} at ${readout.textContent}`);
    readout.setAttribute("aria-busy", "false");
  }

  release() {
    this.describe();
    this.report({ model: this.data.name, z: this.z, release: crypto.randomUUID?.() ?? String(Math.random()) });
  }

  showStatus({ place, share, milliseconds, error }) {
    const { status, bar } = this.parts;
    bar.hidden = place !== "loading";
    bar.value = share;
    const texts = {
      loading: `Bringing the decoder to your browser: ${Math.round(100 * share)} %. The server decodes until then.`,
      browser: "Decoded in your browser",
      server: this.data.source.weights
        ? "The decoder could not be loaded; the server decodes instead"
        : "This decoder cannot travel to the browser; the server decodes",
      failed: error instanceof ServerRefusal
        ? `The server cannot decode this: ${error.message}`
        : "The server does not answer: check the connection, then move the point again",
    };
    const time = milliseconds !== undefined && place !== "loading" ? `, ${milliseconds.toFixed(1)} ms` : "";
    status.textContent = texts[place] + (error ? "" : time);
    status.dataset.place = place;
  }

  stop() {
    this.settle?.();
    this.player?.stop();
  }
}

// An address without the point gets it in place, not as a further stop for Back.
function completeAddress(wanted) {
  const shown = new URLSearchParams(location.search);
  if (shown.has("z")) return;
  new URLSearchParams(wanted).forEach((value, key) => shown.set(key, value));
  history.replaceState(history.state, "", `${location.pathname}?${shown}`);
}

function edgeLabels(first, name, last) {
  return [String(first).replace("-", "−"), name, String(last).replace("-", "−")].map((text) => {
    const label = document.createElement("span");
    label.textContent = text;
    return label;
  });
}
