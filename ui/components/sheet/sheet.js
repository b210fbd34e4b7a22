// A contact sheet: every cell is a button that shows its part of one picture, larger under mouse or focus.

import { MARGIN, previewPlace } from "../kit/preview.js";

const LARGEST_TIGHT_SHEET = 720;
const LEAST_CELL = 44;
const PREVIEW = { scale: 10, least: 120, most: 320 };
const LEAVING = 60;
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const sheets = new WeakMap();

// Called at every change of data or theme; one Sheet lives as long as its element.
export function mount({ data, parentElement, setStateValue }) {
  let sheet = sheets.get(parentElement);
  if (!sheet) sheets.set(parentElement, (sheet = new Sheet(parentElement)));
  sheet.report = (picked) => setStateValue("picked", picked);
  sheet.update(data);
  return () => {
    sheet.stop();
    sheets.delete(parentElement);
  };
}

// The width of a cell in whole pixels of the screen, so that no cell shows a seam of its neighbour.
export function cellWidth(room, columns, gap, most, density = 1) {
  const width = Math.min(most, (room - (columns - 1) * gap) / columns);
  return Math.max(1, Math.floor(width * density) / density);
}

// How many cells stand side by side: half of them, and half again, until each is wide enough to see.
export function columnsThatFit(room, columns, gap) {
  let across = columns;
  while (across > 1 && (room - (across - 1) * gap) / across < LEAST_CELL) across = Math.ceil(across / 2);
  return across;
}

// Whole screen pixels per picture pixel in the preview: about 10, not under 120 or over 320 in width,
// always inside the window.
export function previewScale([height, width], [windowWidth, windowHeight]) {
  const wanted = Math.min(PREVIEW.scale, Math.floor(PREVIEW.most / width));
  const room = Math.min((windowWidth - 4 * MARGIN) / width, (windowHeight - 8 * MARGIN) / height);
  const scale = Math.min(Math.max(wanted, Math.ceil(PREVIEW.least / width)), room);
  return Math.max(scale >= 1 ? Math.floor(scale) : scale, 1 / width);
}

// The cell that a key leads to from another; null if the key is none of ours or there is no cell.
export function cellAfterKey(key, index, columns, count) {
  const line = Math.floor(index / columns);
  if (key === "Home") return line * columns;
  if (key === "End") return Math.min(count, (line + 1) * columns) - 1;
  const step = STEPS[key];
  if (!step) return null;
  const column = (index % columns) + step[0];
  const next = index + step[0] + step[1] * columns;
  return column < 0 || column >= columns || next < 0 || next >= count ? null : next;
}

class Sheet {
  constructor(root) {
    const names = ["sheet", "rows", "cells", "columns", "caption", "preview", "label", "picture"];
    this.parts = Object.fromEntries(names.map((name) => [name, root.querySelector(`[data-part="${name}"]`)]));
    this.root = root;
    this.parts.cells.onkeydown = (event) => this.followKey(event);
    this.listening = new AbortController();
    const { signal } = this.listening;
    addEventListener("scroll", () => this.placePreview(), { capture: true, passive: true, signal });
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this.parts.sheet);
  }

  update(data) {
    const other = data.sheet !== this.data?.sheet;
    this.data = data;
    if (other) this.build();
  }

  build() {
    const { sheet, rows, cells, columns, caption, preview, picture } = this.parts;
    const { data } = this;
    const focused = this.buttons?.indexOf(this.root.activeElement) ?? -1;
    this.hidePreview();
    // One rule for all cells: the picture is parsed once, not once a cell.
    picture.textContent = `.pixels { background-image: url("${data.picture}"); }`;
    if (data.caption) sheet.setAttribute("aria-label", data.caption);
    else sheet.removeAttribute("aria-label");
    sheet.toggleAttribute("data-tight", data.tight);
    sheet.toggleAttribute("data-coloured", data.colours.some(Boolean));
    for (const element of [sheet, preview]) {
      element.style.setProperty("--columns", data.columns);
      element.style.setProperty("--lines", Math.ceil(data.labels.length / data.columns));
    }
    this.buttons = data.labels.map((label, index) => this.cell(label, index));
    cells.replaceChildren(...this.buttons);
    rows.replaceChildren(...data.rowLabels.map(rowLabel));
    columns.replaceChildren(...data.columnLabels.map((label) => text("span", label)));
    caption.textContent = data.caption;
    this.makeReachable(Math.min(Math.max(focused, 0), this.buttons.length - 1));
    this.fit();
    if (focused >= 0) this.buttons[this.reachable].focus({ preventScroll: true });
  }

  cell(label, index) {
    const cell = document.createElement("button");
    cell.type = "button";
    cell.className = "cell pixels";
    cell.tabIndex = -1;
    cell.setAttribute("aria-label", label);
    this.aim(cell, index);
    const colour = this.data.colours[index];
    if (colour) {
      cell.dataset.colour = "";
      cell.style.setProperty("--colour", colour);
    }
    cell.onclick = () => this.pick(index);
    cell.onfocus = () => {
      this.makeReachable(index);
      if (cell.matches(":focus-visible")) this.showPreview(index);
    };
    cell.onblur = () => this.leavePreview();
    cell.onpointerenter = (event) => {
      // A finger covers what it touches, and its tap picks.
      if (event.pointerType !== "touch") this.showPreview(index);
    };
    cell.onpointerleave = () => this.leavePreview();
    return cell;
  }

  // Lets an element with the class "pixels" show one image of the sheet.
  aim(element, index) {
    element.style.setProperty("--column", index % this.data.columns);
    element.style.setProperty("--line", Math.floor(index / this.data.columns));
  }

  // One cell can be reached with Tab, the others from it with arrow keys.
  makeReachable(index) {
    const before = this.buttons[this.reachable];
    if (before) before.tabIndex = -1;
    this.buttons[index].tabIndex = 0;
    this.reachable = index;
  }

  followKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape") this.hidePreview();
    const next = cellAfterKey(event.key, this.reachable, this.across, this.buttons.length);
    if (next === null && !(event.key in STEPS)) return;
    event.preventDefault();
    if (next !== null) this.buttons[next].focus();
  }

  pick(index) {
    const pick = crypto.randomUUID?.() ?? String(Math.random());
    this.report({ sheet: this.data.sheet, index, pick });
  }

  fit() {
    if (!this.data) return;
    const { sheet, rows, cells } = this.parts;
    const [height, width] = this.data.shape;
    const gap = parseFloat(getComputedStyle(cells).columnGap) || 0;
    const room = sheet.clientWidth - rows.offsetWidth;
    if (room <= 0) return;
    const { columns, tight, largest, rowLabels, columnLabels } = this.data;
    const most = tight ? LARGEST_TIGHT_SHEET / columns : largest;
    const isTable = tight || rowLabels.length > 0 || columnLabels.length > 0;
    this.across = isTable ? columns : columnsThatFit(room, columns, gap);
    const cell = cellWidth(room, this.across, gap, most, devicePixelRatio);
    sheet.style.setProperty("--across", this.across);
    const tall = Math.round(((cell * height) / width) * devicePixelRatio) / devicePixelRatio;
    sheet.style.setProperty("--cell", `${cell}px`);
    sheet.style.setProperty("--tall", `${Math.max(1, tall)}px`);
    sheet.toggleAttribute("data-shrunk", cell * devicePixelRatio < width);
    this.placePreview();
  }

  showPreview(index) {
    const { preview, label } = this.parts;
    const [height, width] = this.data.shape;
    const scale = previewScale(this.data.shape, [innerWidth, innerHeight]);
    this.shown = index;
    clearTimeout(this.leaving);
    preview.style.setProperty("--cell", `${width * scale}px`);
    preview.style.setProperty("--tall", `${height * scale}px`);
    this.aim(preview, index);
    label.textContent = this.data.labels[index];
    if (!preview.matches(":popover-open")) preview.showPopover();
    this.placePreview();
  }

  placePreview() {
    const { preview } = this.parts;
    if (this.shown == null) return;
    const cell = this.buttons[this.shown].getBoundingClientRect();
    const size = [preview.offsetWidth, preview.offsetHeight];
    const [left, top] = previewPlace(cell, size, [innerWidth, innerHeight]);
    preview.style.left = `${left}px`;
    preview.style.top = `${top}px`;
  }

  // From one cell to the next the preview stays, or it would flicker.
  leavePreview() {
    clearTimeout(this.leaving);
    this.leaving = setTimeout(() => this.hidePreview(), LEAVING);
  }

  hidePreview() {
    clearTimeout(this.leaving);
    this.shown = null;
    if (this.parts.preview.matches(":popover-open")) this.parts.preview.hidePopover();
  }

  stop() {
    this.listening.abort();
    this.observer.disconnect();
    this.hidePreview();
  }
}

function rowLabel([name, figure]) {
  const label = document.createElement("div");
  label.append(text("span", name));
  if (figure) label.append(text("span", figure, "figure"));
  return label;
}

function text(kind, content, name = "") {
  const element = document.createElement(kind);
  element.textContent = element.title = content;
  if (name) element.className = name;
  return element;
}
