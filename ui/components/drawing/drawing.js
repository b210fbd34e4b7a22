// A canvas of a model's own pixels to draw on: soft white strokes on black, sent when a stroke ends.

import { base64Bytes, coverSegment, withStroke } from "./ink.js";

const UNDO_STEPS = 50;
const PEN_SHARE = 1 / 14;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const drawings = new WeakMap();

// Called at every change of data or theme; one Drawing lives as long as its element.
export function mount({ data, parentElement, setStateValue }) {
  let drawing = drawings.get(parentElement);
  if (!drawing) drawings.set(parentElement, (drawing = new Drawing(parentElement)));
  drawing.report = (value) => setStateValue("drawing", value);
  drawing.update(data);
  return () => drawings.delete(parentElement);
}

class Drawing {
  constructor(root) {
    const names = ["surface", "canvas", "brush", "hint", "eraser", "undo", "clear", "status"];
    this.parts = Object.fromEntries(names.map((name) => [name, root.querySelector(`[data-part="${name}"]`)]));
    const { surface, eraser, undo, clear } = this.parts;
    this.sizes = [...root.querySelectorAll("[data-brush]")];
    for (const size of this.sizes) size.onclick = () => this.chooseSize(size);
    eraser.onclick = () => this.chooseEraser(eraser.getAttribute("aria-pressed") !== "true");
    undo.onclick = () => this.undo();
    clear.onclick = () => this.clear();
    surface.onpointerdown = (event) => this.press(event);
    surface.onpointermove = (event) => this.follow(event);
    surface.onpointerup = surface.onpointercancel = surface.onlostpointercapture = (event) => {
      if (event.pointerId === this.held) this.endStroke();
    };
    surface.onpointerleave = () => {
      if (this.held === null && !this.keyed) this.parts.brush.hidden = true;
    };
    surface.onkeydown = (event) => this.keyDown(event);
    surface.onkeyup = (event) => this.keyUp(event);
    surface.onfocus = () => {
      if (surface.matches(":focus-visible") && !("pointer" in surface.dataset)) this.takeKeys();
    };
    surface.onblur = () => {
      delete surface.dataset.pointer;
      this.endStroke();
      this.keyed = false;
      this.parts.brush.hidden = true;
    };
    this.chooseSize(this.sizes.find((size) => size.getAttribute("aria-pressed") === "true"));
    this.chooseEraser(false);
  }

  update({ shape }) {
    if (this.shape?.join() === shape.join()) return;
    const [height, width] = shape;
    const { canvas, surface } = this.parts;
    this.shape = shape;
    this.held = null;
    this.coverage = null;
    this.history = [];
    this.at = [width / 2, height / 2];
    this.values = new Float32Array(height * width);
    canvas.width = width;
    canvas.height = height;
    canvas.style.aspectRatio = `${width} / ${height}`;
    this.context = canvas.getContext("2d");
    surface.setAttribute(
      "aria-label",
      `Drawing canvas, ${width} by ${height} pixels. Draw with mouse, finger or pen. With keys: arrow keys move the ` +
        "brush, Shift moves farther; hold Space to draw, or press it once to put the pen down and again to lift it.",
    );
    this.show();
  }

  get penWidth() {
    return Math.max(1, this.shape[0] * PEN_SHARE) * this.size;
  }

  chooseSize(chosen) {
    this.size = Number(chosen.dataset.brush);
    for (const size of this.sizes) size.setAttribute("aria-pressed", String(size === chosen));
    if (this.shape) this.placeBrush();
  }

  chooseEraser(on) {
    this.erases = on;
    this.parts.eraser.setAttribute("aria-pressed", String(on));
    this.parts.brush.toggleAttribute("data-erases", on);
  }

  // Pointer

  press(event) {
    if (event.button !== 0 || this.held !== null) return;
    const { surface } = this.parts;
    event.preventDefault();
    this.endStroke();
    // The frame of the focus is for keys; a hand needs none.
    surface.dataset.pointer = "";
    surface.focus({ preventScroll: true });
    surface.setPointerCapture(event.pointerId);
    this.keyed = false;
    this.held = event.pointerId;
    this.at = this.placeOf(event);
    this.beginStroke();
    this.parts.brush.hidden = event.pointerType !== "mouse";
  }

  follow(event) {
    if (this.held === null && event.pointerType === "mouse" && !this.keyed) {
      this.at = this.placeOf(event);
      this.parts.brush.hidden = false;
      this.placeBrush();
    }
    if (event.pointerId !== this.held) return;
    if (!event.buttons) {
      this.endStroke();
      return;
    }
    // The browser gathers what a quick hand does between two frames.
    const steps = event.getCoalescedEvents?.() ?? [];
    for (const step of steps.length ? steps : [event]) this.moveTo(this.placeOf(step));
  }

  placeOf(event) {
    const box = this.parts.canvas.getBoundingClientRect();
    const [height, width] = this.shape;
    return [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
  }

  // Keys

  takeKeys() {
    if (!this.keyed) this.at = this.at.map((value, axis) => this.inside(value, axis));
    this.keyed = true;
    delete this.parts.surface.dataset.pointer;
    this.parts.brush.hidden = false;
    this.placeBrush();
  }

  keyDown(event) {
    if (this.held !== null || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = ARROWS[event.key];
    if (step) {
      this.takeKeys();
      const length = event.shiftKey ? 3 : 1;
      this.moveTo(this.at.map((value, axis) => this.inside(value + length * step[axis], axis)));
      this.movedWithSpace = true;
    } else if (event.key === " ") {
      this.takeKeys();
      if (!event.repeat) this.spaceDown();
    } else if (event.key === "Escape") this.liftPen();
    else return;
    event.preventDefault();
  }

  spaceDown() {
    if (this.coverage) {
      this.liftPen();
      return;
    }
    this.movedWithSpace = false;
    this.spaceHeld = true;
    this.beginStroke();
    this.say("Pen down");
  }

  keyUp(event) {
    if (event.key !== " ") return;
    // Held while the brush moved, Space draws as long as it is held; else it has put the pen down.
    if (this.spaceHeld && this.movedWithSpace) this.liftPen();
    this.spaceHeld = false;
  }

  liftPen() {
    if (!this.coverage) return;
    this.endStroke();
    this.say("Pen up");
  }

  inside(value, axis) {
    return Math.min(this.shape[1 - axis] - 0.5, Math.max(0.5, value));
  }

  // Strokes

  beginStroke() {
    this.coverage = new Float32Array(this.values.length);
    this.ground = this.values;
    this.moveTo(this.at);
  }

  moveTo(place) {
    const from = this.at;
    this.at = place;
    if (this.coverage) {
      coverSegment(this.coverage, this.shape, from, place, this.penWidth);
      this.values = withStroke(this.ground, this.coverage, this.erases);
      this.show();
    }
    this.placeBrush();
  }

  endStroke() {
    if (!this.coverage) return;
    this.coverage = null;
    this.held = null;
    this.remember(this.ground);
    this.say("");
    this.send();
  }

  remember(values) {
    this.history.push(values);
    if (this.history.length > UNDO_STEPS) this.history.shift();
    this.show();
  }

  undo() {
    this.endStroke();
    this.values = this.history.pop() ?? this.values;
    this.show();
    this.say("Last stroke taken back");
    this.send();
  }

  clear() {
    this.endStroke();
    this.remember(this.values);
    this.values = new Float32Array(this.values.length);
    this.chooseEraser(false);
    this.show();
    this.say("Canvas cleared");
    this.send();
  }

  send() {
    const stroke = crypto.randomUUID?.() ?? String(Math.random());
    this.report({ pixels: base64Bytes(this.values), shape: this.shape, stroke });
  }

  // What one sees

  show() {
    const [height, width] = this.shape;
    const picture = this.context.createImageData(width, height);
    this.values.forEach((value, at) => picture.data.fill(Math.round(255 * value), 4 * at, 4 * at + 3));
    for (let at = 3; at < picture.data.length; at += 4) picture.data[at] = 255;
    this.context.putImageData(picture, 0, 0);
    const blank = !this.values.some((value) => value > 0);
    this.parts.hint.hidden = !blank;
    this.parts.clear.disabled = blank;
    this.parts.undo.disabled = !this.history.length;
    this.placeBrush();
  }

  placeBrush() {
    const [height, width] = this.shape;
    const { brush } = this.parts;
    brush.style.left = `${(100 * this.at[0]) / width}%`;
    brush.style.top = `${(100 * this.at[1]) / height}%`;
    brush.style.width = `max(10px, ${(100 * this.penWidth) / width}%)`;
    brush.toggleAttribute("data-down", Boolean(this.coverage));
  }

  say(text) {
    this.parts.status.textContent = text;
  }
}
