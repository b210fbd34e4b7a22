// Selecting points of a map: drawing round them, which they are, and the line that says so.

import { boxBetween, markInside, sendable, simplified } from "./lasso.js";
import { classNameOf } from "./legend.js";

const MOST_CLASSES = 6;
const HINT = "Choose Box or Lasso and draw round some points to see them together.";
const NOTHING = "Nothing is selected: no point lies inside.";

// How many of the marked slots have each label, the most frequent first: [[label, count], …].
export function countsOf(labels, marked) {
  const counts = new Map();
  for (let slot = 0; slot < marked.length; slot++) {
    if (marked[slot]) counts.set(labels[slot], (counts.get(labels[slot]) ?? 0) + 1);
  }
  return [...counts].sort(([a, n], [b, m]) => m - n || a - b);
}

export class Selection {
  // parts: selection (the line), count, shares, clear; view: the MapView; changed(polygon) when something
  // was selected, with corners in coordinates of the map, or null when nothing is any more.
  constructor(parts, view, changed) {
    Object.assign(this, { parts, view, changed, marked: null, corners: [], start: null });
    parts.clear.onclick = () => this.clear();
    this.#say(HINT);
  }

  // One number a slot, 1 where it is selected; null where nothing is.
  take(marked) {
    this.marked = marked?.some(Boolean) ? marked : null;
    this.#count();
  }

  // Corners in pixels of what is being drawn; null if nothing is.
  get outline() {
    if (!this.start) return null;
    return this.isBox ? boxBetween(this.start, this.corners.at(-1) ?? this.start) : this.corners;
  }

  draw(left, top, phase, isBox) {
    if (phase === "start") Object.assign(this, { start: [left, top], corners: [[left, top]], isBox });
    else if (phase === "go") this.corners.push([left, top]);
    else {
      const outline = phase === "end" ? this.outline : null;
      this.start = null;
      if (outline) this.#close(outline);
    }
    this.view.request();
  }

  // A box between where the crosshair was at the first call and where it is at the second.
  boxByKey(place) {
    if (!this.start) this.draw(...place, "start", true);
    else {
      this.draw(...place, "go");
      this.draw(...place, "end");
    }
  }

  // Takes back what is being drawn, else what is selected; false if there is neither.
  escape() {
    if (this.start) this.draw(0, 0, "cancel");
    else if (this.marked) this.clear();
    else return false;
    return true;
  }

  clear() {
    const had = Boolean(this.marked);
    this.take(null);
    this.#say(HINT);
    if (!had) return;
    this.view.setLevels();
    this.changed(null);
  }

  #close(outline) {
    const began = performance.now();
    const { camera, cloud, levels } = this.view;
    const polygon = sendable(simplified(outline).map(([left, top]) => camera.toMap(left, top)));
    const marked = markInside(cloud, polygon, levels);
    if (!marked.some(Boolean)) {
      this.clear();
      this.#say(NOTHING);
      return;
    }
    this.take(marked);
    this.view.announce("counted", { points: this.total, milliseconds: performance.now() - began });
    this.view.setLevels();
    this.changed(polygon);
  }

  #count() {
    if (!this.marked) {
      this.#say(HINT);
      return;
    }
    const { cloud, data } = this.view;
    const counts = countsOf(cloud.label, this.marked);
    const total = counts.reduce((sum, [, n]) => sum + n, 0);
    const { count, shares, clear } = this.parts;
    this.total = total;
    count.textContent = `${total.toLocaleString("en")} ${total === 1 ? "point" : "points"} selected`;
    const named = data.classes.length ? counts : [];
    const chips = named.slice(0, MOST_CLASSES)
      .map(([label, n]) => chip(classNameOf(label, data.classes), n, this.#colourOf(label)));
    const others = named.slice(MOST_CLASSES);
    if (others.length) chips.push(chip(`${others.length} more`, others.reduce((sum, [, n]) => sum + n, 0), null));
    shares.replaceChildren(...chips);
    clear.hidden = false;
    this.parts.selection.toggleAttribute("data-some", true);
  }

  // Of a class, where points are coloured by it; else null.
  #colourOf(label) {
    const { data, colours } = this.view;
    const isByClass = JSON.stringify(data.column.categories) === JSON.stringify(data.classes);
    return isByClass && label >= 0 ? colours.css[label] : null;
  }

  #say(text) {
    const { count, shares, clear, selection } = this.parts;
    count.textContent = text;
    shares.replaceChildren();
    clear.hidden = true;
    selection.toggleAttribute("data-some", false);
  }
}

function chip(name, count, colour) {
  const item = document.createElement("li");
  const text = document.createElement("span"), figure = document.createElement("span");
  if (colour) item.style.setProperty("--colour", colour);
  text.textContent = name;
  text.className = "name";
  figure.textContent = count.toLocaleString("en");
  figure.className = "figure";
  item.append(text, figure);
  return item;
}
