// The map: every picture as a point. Panning, zooming, hovering and selecting happen here, without the
// server; it is told of a point that was picked and of an outline that was drawn.
//
// The element "map" announces what it does: "shown" once new points or colours are on the screen,
// "settled" when they have come to rest, "drawn" after every frame, "hovered" when a card is up (and
// again once its pictures are there), "counted" when a selection is.

import { Camera, extentWith } from "./camera.js";
import { Cloud } from "./cloud.js";
import { contours } from "./contours.js";
import { Drawing, HIDDEN, PALE, SHOWN } from "./drawing.js";
import { saveMap } from "./file.js";
import { Frames } from "./frames.js";
import { Hover } from "./hover.js";
import { followInput } from "./input.js";
import { coloursOf, Legend, MISSING } from "./legend.js";
import { Flight, prefersCalm, seenBy } from "./motion.js";
import { contourPaths } from "./overlay.js";
import { description, sceneOf } from "./scene.js";
import { Selection } from "./selection.js";
import { Talk } from "../kit/talk.js";
import { Tools } from "./tools.js";
import { Pictures } from "./pictures.js";
import { bytesAt } from "../kit/shelf.js";
import { packed } from "./splat.js";
import { Thumbnails } from "./thumbnails.js";

const FLIGHT = 520;
const SLOW_TO_LOAD = 400;
// Of points without a value.
const NEUTRAL = "#8d8996";
const FAILED = "The points could not be loaded: check the connection and reload the page.";

const maps = new WeakMap();

// Called at every change of data or theme; one MapView lives as long as its element.
export function mount({ data, parentElement, setStateValue }) {
  let map = maps.get(parentElement);
  if (!map) maps.set(parentElement, (map = new MapView(parentElement)));
  map.talk.listen(setStateValue, data.heard);
  map.update(data.map);
  return () => {
    map.stop();
    maps.delete(parentElement);
  };
}

class MapView {
  constructor(root) {
    const named = [...root.querySelectorAll("[data-part]")];
    const parts = (this.parts = Object.fromEntries(named.map((part) => [part.dataset.part, part])));
    this.camera = new Camera();
    this.drawing = new Drawing(parts);
    this.frames = new Frames(this.camera, {
      draw: (isMoving) => this.#draw(isMoving),
      moved: () => this.hover.hide(),
      rested: () => this.hover.again(),
    });
    this.hover = new Hover(parts, this);
    this.selection = new Selection(parts, this, (polygon) => this.#reportSelection(polygon));
    this.legend = new Legend(parts, () => this.#filter());
    this.tools = new Tools(root, {
      tool: (name) => (parts.plot.dataset.tool = name),
      zoom: (factor) => this.frames.zoomBy(factor),
      fit: () => this.frames.fit(),
      option: () => this.#showOptions(),
      save: (kind) => saveMap(this, kind).catch((error) => this.#say(error.message)),
    });
    this.stopInput = followInput(parts.plot, this);
    this.observer = new ResizeObserver(() => this.#resize());
    this.observer.observe(parts.plot);
    this.talk = new Talk();
    Object.assign(this, { loads: 0, shownSince: null, picked: -1 });
  }

  // data: as ui.components.map.view.map_data makes it.
  async update(data) {
    const began = performance.now();
    this.drawing.readTheme();
    const { board, plot } = this.parts;
    board.style.setProperty("--height", `${data.height}px`);
    const load = ++this.loads;
    plot.setAttribute("aria-busy", "true");
    const slow = setTimeout(() => this.cloud || this.#say("Loading the points…"), SLOW_TO_LOAD);
    try {
      const urls = [data.points, data.column.values, data.highlighted];
      const [points, values, highlighted] = await Promise.all(urls.map((url) => url && bytesAt(url)));
      if (load !== this.loads) return;
      this.#take(data, { points, values, highlighted }, began);
    } catch (error) {
      if (load !== this.loads) return;
      this.#say(FAILED);
      console.warn(error);
    } finally {
      clearTimeout(slow);
      if (load === this.loads) plot.setAttribute("aria-busy", "false");
    }
  }

  // What a frame shows, and how.
  get scene() {
    return sceneOf(this);
  }

  get isFlying() {
    return this.frames.isFlying;
  }

  request() {
    if (this.cloud) this.frames.request();
  }

  announce(name, detail) {
    this.parts.map.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  // Which points are drawn, and which of them pale.
  setLevels() {
    const { cloud, values } = this, { hidden } = this.legend, { marked } = this.selection;
    if (this.levels?.length !== cloud.count) this.levels = new Uint8Array(cloud.count);
    for (let slot = 0; slot < cloud.count; slot++) {
      const level = marked && !marked[slot] ? PALE : SHOWN;
      this.levels[slot] = hidden.has(values[slot]) ? HIDDEN : level;
    }
    this.request();
  }

  // The point that is looked at.
  pick() {
    const { slot } = this.hover;
    if (slot < 0) return;
    this.picked = slot;
    this.request();
    this.#report("picked", { row: this.cloud.rows[slot] });
  }

  stop() {
    this.loads++;
    this.observer.disconnect();
    this.stopInput();
    this.frames.stop();
    this.hover.stop();
    this.pictures?.stop();
  }

  // What is as it was is left alone: a page is run again for much that is not the map's.
  #take(data, { points, values, highlighted }, began) {
    const old = this.data;
    const isElsewhere = data.id !== old?.id;
    const isRecoloured = isElsewhere || JSON.stringify(data.column) !== JSON.stringify(old.column);
    const cloud = isElsewhere ? new Cloud(points, data.extent) : this.cloud;
    if ([cloud.count, values.byteLength].some((count) => count !== data.count)) {
      throw new Error("other points or colours arrived than those that were meant");
    }
    this.data = data;
    if (isElsewhere) this.#takePoints(cloud, old);
    this.camera.show(extentWith(data.extent, data.marks));
    if (isRecoloured) this.#takeColours(values);
    this.#takePicked(old);
    const isHighlighted = this.#takeHighlight(highlighted);
    this.#openPictures(old);
    this.hover.card.open(data);
    this.tools.offer("plane", Boolean(data.backdrop));
    this.parts.plot.setAttribute("aria-label", description(data));
    if (isRecoloured || isHighlighted) this.#filter();
    if (isRecoloured) this.shownSince = began;
    this.#say(data.count ? "" : "There are no points to show.");
    this.request();
  }

  #takePoints(cloud, old) {
    const { data, camera } = this;
    const before = { at: this.shownAt, place: camera.place, count: this.cloud?.count };
    this.cloud = this.shownAt = cloud;
    this.isUnsettled = true;
    this.hover.dropCrosshair();
    this.frames.land();
    if (data.images !== old?.images) {
      this.selection.take(null);
      this.highlightedUrl = null;
    }
    camera.show(extentWith(data.extent, data.marks));
    camera.fit();
    if (before.count === cloud.count && !prefersCalm()) this.#fly(before);
  }

  // The same pictures in another arrangement: each point goes from where it was seen to where it belongs.
  #fly({ at, place }) {
    const { cloud } = this;
    const flight = new Flight(seenBy(at, place, this.camera.place), cloud);
    this.shownAt = flight;
    this.frames.fly(FLIGHT, (share) => {
      flight.moveTo(share);
      if (share === 1) this.shownAt = cloud;
    });
  }

  #takeColours(values) {
    const { column } = this.data;
    this.values = this.cloud.inOrder(new Uint8Array(values));
    this.counts = new Uint32Array(256);
    for (const value of this.values) this.counts[value]++;
    const { css, neutral } = coloursOf(column, NEUTRAL);
    this.colours = { css, neutral, packed: Int32Array.from(css, packed) };
    this.legend.open(column, css, this.counts);
    if (this.selection.marked) this.selection.take(this.selection.marked);
  }

  #takePicked(old) {
    const { selected, images } = this.data;
    const isOther = images !== old?.images;
    if (!isOther && (!this.talk.isHeard("picked") || selected === this.selectedRow)) return;
    this.selectedRow = selected;
    this.picked = selected === null ? -1 : this.cloud.slots[selected];
  }

  // Whether what is selected may have changed. What was selected by hand since the last highlight stays.
  #takeHighlight(bytes) {
    const { highlighted } = this.data;
    if (!this.talk.isHeard("selected") || highlighted === this.highlightedUrl) return false;
    this.highlightedUrl = highlighted;
    if (bytes) this.selection.take(this.cloud.inOrder(new Uint8Array(bytes)));
    else if (this.isHighlight) this.selection.take(null);
    this.isHighlight = Boolean(bytes);
    return true;
  }

  #openPictures(old) {
    const { pictures, shape } = this.data;
    if (pictures === old?.pictures && `${shape}` === `${old.shape}`) return;
    this.pictures?.stop();
    this.pictures = new Pictures(pictures, shape, {
      onload: () => {
        this.hover.receive();
        if (this.tools.isOn("pictures")) this.request();
      },
    });
    this.thumbnails = new Thumbnails(this.pictures, shape);
  }

  #filter() {
    this.setLevels();
    this.levelLines = this.contourPaths = null;
    this.#showOptions();
    this.hover.refresh();
  }

  #showOptions() {
    const { data, tools } = this;
    this.parts.board.toggleAttribute("data-sides", tools.isOn("histograms"));
    if (!tools.isOn("contours")) this.levelLines = this.contourPaths = null;
    else if (data && !this.levelLines) {
      const [[x0, x1], [y0, y1]] = data.extent;
      this.levelLines = contours(this.cloud.x, this.cloud.y, this.levels, { x0, x1, y0, y1 });
      this.contourPaths = contourPaths(this.levelLines);
    }
    this.request();
  }

  #resize() {
    const { clientWidth, clientHeight } = this.parts.plot;
    if (!clientWidth || !clientHeight) return;
    this.camera.resize(clientWidth, clientHeight);
    this.hover.dropCrosshair();
    this.request();
  }

  #draw(isMoving) {
    if (!this.cloud) return;
    const began = performance.now();
    const points = this.drawing.frame(this.scene, isMoving);
    this.hover.placeRing();
    this.announce("drawn", { points, milliseconds: performance.now() - began });
    if (this.shownSince !== null) {
      const milliseconds = performance.now() - this.shownSince;
      this.announce("shown", { points, milliseconds, map: this.data.id, column: this.data.column.name });
    }
    this.shownSince = null;
    if (this.isFlying || !this.isUnsettled) return;
    this.isUnsettled = false;
    this.announce("settled", { points, map: this.data.id });
  }

  #reportSelection(polygon) {
    this.isHighlight = false;
    const hidden = [...this.legend.hidden].map((value) => (value === MISSING ? -1 : value));
    this.#report("selected", { polygon, hidden });
  }

  #report(name, message) {
    this.talk.say(name, { map: this.data.id, ...message });
  }

  #say(text) {
    this.parts.status.textContent = text;
  }
}
