// The stage: one point of latent space, seen as a place on the pad, as sliders and as a picture. A
// motion of any of them moves the point, and the point moves all of them, without the server.

import { codesAt } from "../engine/codes.js";
import { savePicture } from "../engine/draw.js";
import { glide } from "../kit/glide.js";
import { mirror } from "../kit/mirror.js";
import { rounded } from "../kit/numbers.js";
import { Pad } from "./pad.js";
import { Player } from "../engine/player.js";
import { Sliders } from "./sliders.js";
import { showStatus } from "../engine/status.js";

const PARTS = [
  ...["lab", "surface", "backdrop", "density", "opinion", "overlay", "shade", "handle", "hint", "x", "y"],
  ...["canvas", "readout", "status", "bar", "sliders", "undo", "redo", "surprise", "reset", "keep", "save", "mirror"],
];
const stages = new WeakMap();

// Called at every change of data or theme; one Stage lives as long as its element.
export function mount({ data, parentElement, setStateValue }) {
  let stage = stages.get(parentElement);
  if (!stage) stages.set(parentElement, (stage = new Stage(parentElement)));
  stage.send = (message) => setStateValue("point", message);
  stage.update(data.stage);
  return () => {
    stage.stop();
    stages.delete(parentElement);
  };
}

class Stage {
  constructor(root) {
    this.parts = Object.fromEntries(PARTS.map((name) => [name, root.querySelector(`[data-part="${name}"]`)]));
    const events = { taken: () => this.take(), released: () => this.release() };
    this.pad = new Pad(this.parts, { ...events, moved: (z) => this.moveTo(z) });
    this.sliders = new Sliders(this.parts.sliders, {
      ...events,
      moved: (axis, value) => this.moveTo(this.z.map((old, i) => (i === axis ? value : old))),
    });
    const { save, reset } = this.parts;
    save.onclick = () => {
      const place = this.z.slice(0, 8).map((value) => +value.toFixed(2)).join("_");
      savePicture(this.parts.canvas, `${this.data.name}-${place}.png`);
    };
    reset.onclick = () => {
      this.take();
      this.moveTo(this.data.space.start);
      this.release();
    };
    for (const action of ["undo", "redo", "surprise", "keep"]) {
      this.parts[action].onclick = () => this.act(action);
    }
    this.stopMirror = mirror(this.parts.mirror, this.parts.canvas);
    this.parts.lab.onkeydown = (event) => this.#historyKey(event);
  }

  update(data) {
    const { name, source, space, axes } = data;
    const identity = JSON.stringify([name, source, space, axes]);
    const other = identity !== this.identity;
    const elsewhere = name !== this.data?.name;
    this.identity = identity;
    // A hand on the point outranks what Python knew before it was put there.
    const moved = other || (data.moves !== this.data.moves && !this.held);
    this.data = data;
    completeAddress(data.address);
    if (other) this.open(elsewhere);
    this.#showSteps();
    this.pad.showLayers(data);
    this.#bringCodes();
    if (!moved) return;
    this.stopGlide?.();
    if (elsewhere) this.arrive(data.z);
    else {
      this.goal = data.z;
      this.stopGlide = glide(this.z, data.z, (z) => this.moveTo(z), () => this.arrive(data.z));
    }
  }

  get held() {
    return "held" in this.parts.surface.dataset || this.sliders.held;
  }

  open(otherModel) {
    const { data, parts } = this;
    if (otherModel) {
      this.player?.stop();
      this.player = new Player(parts.canvas, data.source, (status) => this.#status(status));
      parts.canvas.style.aspectRatio = `${data.source.shape[1]} / ${data.source.shape[0]}`;
      this.z = null;
      this.codes = null;
    }
    parts.sliders.hidden = !data.sliders;
    parts.keep.hidden = !data.sliders;
    parts.lab.dataset.dimensions = data.sliders && data.space.low.length > 4 ? "many" : "few";
    if (data.sliders) this.sliders.open(data.space);
    this.pad.open(data, this.player);
  }

  // Every motion, whatever made it, passes here.
  moveTo(z) {
    this.z = z;
    this.pad.show(z);
    this.sliders.show(z);
    this.player.show(z);
    this.#hint();
  }

  // A hand takes the point, on a glide where that ends: what it does not move stays there.
  take() {
    this.stopGlide?.();
    if (this.goal) this.arrive(this.goal);
  }

  // Show the point at the end of a motion.
  arrive(z) {
    this.goal = null;
    this.moveTo(z);
    this.pad.describe(this.player.place);
  }

  release() {
    this.take();
    this.arrive(rounded(this.z));
    this.report({ z: this.z });
  }

  report(message) {
    this.send({ model: this.data.name, ...message, release: crypto.randomUUID?.() ?? String(Math.random()) });
  }

  // An action carries the point: a motion by keys that has not settled yet goes before it. On a glide
  // the point is already where that ends. It also says which moves of Python's are known here: those of
  // an action that is not answered yet are not, and then the point is one that Python has left.
  act(action) {
    this.pad.settle(true);
    this.sliders.settle(true);
    this.report({ action, moves: this.data.moves, z: rounded(this.goal ?? this.z) });
  }

  #historyKey(event) {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    event.preventDefault();
    const button = this.parts[event.shiftKey ? "redo" : "undo"];
    if (!button.disabled || event.target !== button) this.act(event.shiftKey ? "redo" : "undo");
  }

  #showSteps() {
    const { undo, redo } = this.data.steps;
    this.parts.undo.disabled = !undo;
    this.parts.redo.disabled = !redo;
  }

  // The codes travel only when something on the map needs them.
  async #bringCodes() {
    const url = this.data.layers.codes;
    if (!url) {
      this.codes = null;
      this.#hint();
      return;
    }
    try {
      const codes = await codesAt(url);
      if (this.data.layers.codes !== url) return;
      this.codes = codes;
      this.pad.showCodes(codes);
      this.#hint();
    } catch (error) {
      this.parts.status.textContent = "The codes could not be loaded: check the connection and reload the page.";
    }
  }

  #hint() {
    const { hint } = this.parts;
    const distance = this.codes?.count && this.z ? this.codes.distance(this.z) : 0;
    hint.hidden = distance <= this.data.far;
    if (!hint.hidden) hint.textContent = `Off the map: no data lies here. The nearest code is ${distance.toFixed(1)} away.`;
  }

  #status(status) {
    const before = this.place;
    this.place = status.place;
    showStatus(this.parts, this.data, status);
    if (before !== status.place && this.z) this.pad.describe(status.place);
  }

  stop() {
    this.stopGlide?.();
    this.stopMirror();
    this.pad.stop();
    this.sliders.settle();
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
