// The sheet between four pictures: a pad that shows it in small, and beside it the picture where the handle is.

import { CornerPictures } from "./pictures.js";
import { CornerSheet, picturesAcross } from "./sheet.js";
import { described, figuresAt, namesOf } from "./words.js";
import { followGestures } from "../kit/gestures.js";
import { glide } from "../kit/glide.js";
import { Player } from "../engine/player.js";
import { showStatus } from "../engine/status.js";

const PARTS = ["lab", "surface", "pictures", "handle", "canvas", "shares", "readout", "bar", "status", "go"];
const SETTLED = 150;

const views = new WeakMap();

// Called at every change of data or theme; one Corners lives as long as its element.
export function mount({ data, parentElement, setStateValue }) {
  let view = views.get(parentElement);
  if (!view) views.set(parentElement, (view = new Corners(parentElement)));
  view.send = (message) => setStateValue("place", message);
  view.update(data.corners);
  return () => {
    view.stop();
    views.delete(parentElement);
  };
}

class Corners {
  constructor(root) {
    this.parts = Object.fromEntries(PARTS.map((name) => [name, root.querySelector(`[data-part="${name}"]`)]));
    this.names = [...root.querySelectorAll(".names span")];
    this.pictures = new CornerPictures(this.parts.pictures, () => this.#sayWhole(true));
    this.parts.go.onclick = () => this.keep();
    this.parts.canvas.addEventListener("drawn", ({ detail }) => this.#drawn(detail));
  }

  // data: {sheet: digest of model and corners, name, source, corners, labels, axes, place, move}.
  update(data) {
    const before = this.data;
    const elsewhere = isOther(data, before, "name", "source");
    const other = elsewhere || data.sheet !== before.sheet;
    this.data = data;
    if (elsewhere) this.#play();
    if (other) this.#open();
    if (isOther(data, before, "labels", "axes")) this.#name();
    // A hand on the sheet outranks what Python knew before it was put there.
    if (other) this.arrive(data.place);
    else if (data.move !== before.move && !this.isHeld()) this.glideTo(data.place);
  }

  isHeld() {
    return "held" in this.parts.surface.dataset;
  }

  // Every motion, whatever made it, passes here.
  moveTo(place) {
    const { handle, readout } = this.parts;
    this.place = place;
    this.z = this.sheet.code(place);
    this.player.show(this.z);
    const [left, top] = this.sheet.toShares(place);
    handle.style.transform = `translate(${100 * left}cqw, ${100 * top}cqh)`;
    readout.setAttribute("aria-busy", "true");
    this.#showShares();
    this.pictures.pause();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.#rest(), SETTLED);
  }

  // A hand takes the handle, on a glide where that ends.
  take() {
    if (this.goal) this.arrive(this.goal);
  }

  glideTo(place) {
    this.stopGlide?.();
    this.goal = place;
    this.stopGlide = glide(this.place, place, (at) => this.moveTo(at), () => this.arrive(place));
  }

  // Show the place at the end of a motion, and say it.
  arrive(place) {
    this.stopGlide?.();
    this.goal = null;
    this.moveTo(place);
    this.#describe();
  }

  release() {
    this.arrive(this.place);
    this.report(false);
  }

  // A motion by keys that has not settled yet goes along; on a glide the place is already where that ends.
  keep() {
    this.settle(true);
    this.arrive(this.goal ?? this.place);
    this.report(true);
  }

  report(keep) {
    const [u, v] = this.place;
    this.send({ sheet: this.data.sheet, u, v, keep, release: crypto.randomUUID?.() ?? String(Math.random()) });
  }

  stop() {
    this.settle?.();
    this.stopGlide?.();
    clearTimeout(this.resting);
    this.pictures.stop();
    this.player?.stop();
  }

  #play() {
    const { canvas } = this.parts;
    const { source } = this.data;
    this.player?.stop();
    this.where = null;
    this.player = new Player(canvas, source, (status) => this.#status(status));
    canvas.style.aspectRatio = `${source.shape[1]} / ${source.shape[0]}`;
  }

  #open() {
    const { surface, pictures } = this.parts;
    const { source, corners } = this.data;
    this.stopGlide?.();
    this.settle?.(true);
    this.sheet = new CornerSheet(corners, picturesAcross(source.shape));
    this.pictures.open(source, this.sheet);
    surface.style.aspectRatio = `${pictures.width} / ${pictures.height}`;
    this.#sayWhole(false);
    this.settle = followGestures(surface, {
      place: this.sheet,
      current: () => this.place,
      take: () => this.take(),
      move: (place) => this.moveTo(place),
      release: () => this.release(),
    });
  }

  #name() {
    const { labels } = this.data;
    labels.forEach((label, corner) => {
      this.names[corner].textContent = this.names[corner].title = label;
    });
    this.shares = namesOf(this.data).map(shareLine);
    this.parts.shares.replaceChildren(...this.shares.map(({ line }) => line));
    this.parts.surface.setAttribute(
      "aria-label",
      `Sheet between four pictures: ${labels[0]} top left, ${labels[1]} top right, ${labels[2]} bottom left, ` +
        `${labels[3]} bottom right. Drag, or use the arrow keys; Shift moves farther, Home returns to the middle.`,
    );
    if (!this.place) return;
    this.#showShares();
    this.#describe();
  }

  #showShares() {
    figuresAt(this.place, this.data).forEach(({ figure, share }, i) => {
      this.shares[i].figure.textContent = figure;
      this.shares[i].line.style.setProperty("--share", share);
    });
  }

  // What assistive technology hears once a motion has ended.
  #describe() {
    const { canvas, readout } = this.parts;
    const text = described(this.place, this.data);
    if (readout.textContent !== text) readout.textContent = text;
    readout.setAttribute("aria-busy", "false");
    canvas.setAttribute("aria-label", `Decoded picture: ${text}`);
  }

  #rest() {
    clearTimeout(this.resting);
    this.pictures.resume(this.place, this.player);
  }

  #sayWhole(isWhole) {
    this.parts.surface.dataset.sheet = isWhole ? "whole" : "filling";
  }

  #drawn({ z, milliseconds }) {
    const { canvas, lab } = this.parts;
    // A picture from the server may be of a place that the handle has left.
    if (z.every((value, i) => value === this.z[i])) lab.dataset.drawn = this.place.join(",");
    const detail = { milliseconds };
    canvas.dispatchEvent(new CustomEvent("decoded", { detail, bubbles: true, composed: true }));
  }

  #status(status) {
    const before = this.where;
    this.where = status.place;
    showStatus(this.parts, this.data, status);
    if (before && before !== status.place && this.place && !this.isHeld()) this.#rest();
  }
}

function isOther(data, before, ...names) {
  return !before || names.some((name) => JSON.stringify(data[name]) !== JSON.stringify(before[name]));
}

function shareLine(label) {
  const [line, figure, name] = ["div", "b", "span"].map((kind) => document.createElement(kind));
  name.textContent = name.title = label;
  line.append(figure, name);
  return { line, figure };
}
