// A frame of the map: points as pixels, pictures among them, and over them what can be laid there.

import { drawMarginals, marginals } from "./marginals.js";
import { drawAxes, drawContours, drawGrid, drawMarks, drawOutline, drawPicked } from "./overlay.js";
import { Splatter } from "./splat.js";

// More than these would be seen by nobody, and take long.
const MOST_PIXELS = 3.2e6;
const MOST_DENSITY = 2;
// Milliseconds of a frame beyond which a moving map is drawn with fewer pixels.
const SLOW = 12;
const COARSEST = 0.5;
const RADIUS = { share: 0.4, least: 1.15, most: 3.4, largest: 6.5, growth: 0.4 };
const FADED = 0.13;
const BINS = { width: 6, most: 160 };

// The levels of points: not drawn, drawn, drawn but pale.
export const [HIDDEN, SHOWN, PALE] = [0, 1, 2];

// In CSS pixels: many points are small, and grow a little as one comes nearer.
export function pointRadius(count, camera) {
  const room = Math.sqrt(camera.spread / Math.max(1, count));
  const fitted = Math.min(RADIUS.most, Math.max(RADIUS.least, RADIUS.share * room));
  return Math.min(RADIUS.largest, fitted * Math.max(1, camera.zoom) ** RADIUS.growth);
}

// Where many lie on each other, less of each is seen, so that denser places look denser.
export function pointOpacity(count, camera) {
  const radius = pointRadius(count, camera);
  const cover = (count * Math.PI * radius ** 2) / (camera.spread * Math.max(1, camera.zoom) ** 2);
  return Math.min(0.92, Math.max(0.5, 1 - 0.3 * cover));
}

export class Drawing {
  constructor(parts) {
    this.parts = parts;
    this.points = parts.points.getContext("2d");
    this.overlay = parts.overlay.getContext("2d");
    this.sides = { across: parts.across.getContext("2d"), up: parts.up.getContext("2d") };
    this.splatter = new Splatter();
    this.thumbnails = [];
    this.milliseconds = 0;
    this.coarse = 1;
  }

  // The colours and the font of the page as they are now.
  readTheme() {
    const style = getComputedStyle(this.parts.plot);
    const primary = style.getPropertyValue("--st-primary-color").trim() || style.color;
    this.ink = { text: style.color, ground: style.backgroundColor, primary, font: style.fontFamily };
  }

  // Draws what `scene` (MapView.scene) says; how many points are in the picture.
  frame(scene, isMoving) {
    const started = performance.now();
    const { camera } = scene;
    const sharp = sharpDensity(camera);
    const density = isMoving && this.milliseconds > SLOW ? Math.min(sharp, this.coarse) : sharp;
    const thumbnails = scene.thumbnails ? scene.thumbnails.choose(scene.cloud, camera, scene.levels) : [];
    const drawn = this.#drawPoints(scene, density, thumbnails);
    this.#learn(performance.now() - started, density, sharp, isMoving);
    this.#placeBackdrop(scene);
    this.#drawOverlay(scene);
    this.#drawSides(scene);
    return drawn + thumbnails.length;
  }

  // The slot whose picture is at a place in pixels; -1 if there is none.
  pictureAt(left, top) {
    const [width, height] = this.pictureSize ?? [];
    const isAt = (one) => Math.abs(one.left - left) <= width / 2 && Math.abs(one.top - top) <= height / 2;
    return this.thumbnails.find(isAt)?.slot ?? -1;
  }

  isPictured(slot) {
    return this.thumbnails.some((one) => one.slot === slot);
  }

  // The same frame on one canvas, for a file: `context` is as large as the camera's window.
  compose(context, scene) {
    const { camera } = scene;
    if (scene.backdrop && this.parts.backdrop.complete) {
      const { left, top, width, height } = backdropBox(scene.backdrop, camera);
      context.globalAlpha = Number(getComputedStyle(this.parts.backdrop).opacity);
      context.drawImage(this.parts.backdrop, left, top, width, height);
      context.globalAlpha = 1;
    }
    context.drawImage(this.parts.points, 0, 0, camera.width, camera.height);
    this.#lay(context, scene);
  }

  // How long a sharp frame takes, and how many pixels a moving one may have.
  #learn(took, density, sharp, isMoving) {
    if (density === sharp) this.milliseconds = this.milliseconds ? 0.7 * this.milliseconds + 0.3 * took : took;
    if (took < SLOW / 3) this.coarse = Math.min(1, this.coarse * 1.05);
    else if (isMoving && took > SLOW && density <= this.coarse) this.coarse = Math.max(COARSEST, density * 0.85);
  }

  #drawPoints(scene, density, thumbnails) {
    const { cloud, x, y, values, levels, colours, camera, hasPale } = scene;
    const { points: canvas } = this.parts;
    fitCanvas(canvas, camera.width, camera.height, density);
    const { width, height } = canvas;
    const { splatter } = this;
    splatter.begin(width, height, pointRadius(cloud.count, camera) * density);
    const scale = camera.scale * density;
    const place = { scale, left: width / 2 - camera.x * scale, top: height / 2 + camera.y * scale };
    const opacity = pointOpacity(cloud.count, camera);
    // A picture is not also a dot.
    const before = thumbnails.map(({ slot }) => levels[slot]);
    for (const { slot } of thumbnails) levels[slot] = HIDDEN;
    const what = { x, y, values, levels };
    const pale = hasPale ? splatter.draw(what, place, colours.packed, PALE, FADED) : 0;
    const drawn = pale + splatter.draw(what, place, colours.packed, SHOWN, opacity);
    thumbnails.forEach(({ slot }, i) => (levels[slot] = before[i]));
    splatter.putInto(this.points);
    if (scene.axes) this.#drawBeneath(density, (context) => drawGrid(context, camera, this.ink));
    this.thumbnails = thumbnails;
    this.pictureSize = scene.thumbnails?.pictureSize;
    return drawn;
  }

  #drawBeneath(density, draw) {
    const { points: context } = this;
    context.save();
    context.setTransform(density, 0, 0, density, 0, 0);
    context.globalCompositeOperation = "destination-over";
    draw(context);
    context.restore();
  }

  #placeBackdrop({ backdrop, camera }) {
    const image = this.parts.backdrop;
    image.hidden = !backdrop;
    if (!backdrop) return;
    if (image.getAttribute("src") !== backdrop.url) image.src = backdrop.url;
    const { left, top, width, height } = backdropBox(backdrop, camera);
    image.style.transform = `translate(${left}px, ${top}px) scale(${width / 100}, ${height / 100})`;
  }

  #drawOverlay(scene) {
    const { overlay: canvas } = this.parts;
    const { camera } = scene;
    const density = Math.min(devicePixelRatio || 1, MOST_DENSITY);
    fitCanvas(canvas, camera.width, camera.height, density);
    const context = this.overlay;
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, camera.width, camera.height);
    this.#lay(context, scene);
  }

  #lay(context, scene) {
    const { camera, axes, contours, marks, picked, outline, cloud, colours, values, levels } = scene;
    if (contours) drawContours(context, camera, contours, this.ink);
    if (this.thumbnails.length) {
      scene.thumbnails.draw(context, this.thumbnails, (slot) => colours.css[values[slot]], levels);
    }
    if (axes) drawAxes(context, camera, axes, this.ink);
    drawMarks(context, camera, marks, this.ink);
    if (picked >= 0) {
      const radius = pointRadius(cloud.count, camera) + 5;
      drawPicked(context, camera, scene.x[picked], scene.y[picked], radius, this.ink);
    }
    if (outline) drawOutline(context, outline, this.ink);
  }

  #drawSides({ histograms, x, y, values, levels, camera, colours, categories }) {
    if (!histograms) return;
    const density = Math.min(devicePixelRatio || 1, MOST_DENSITY);
    const bins = (length) => Math.max(8, Math.min(BINS.most, Math.round(length / BINS.width)));
    const result = marginals(x, y, values, levels, camera.view, bins(camera.width), categories);
    for (const side of ["across", "up"]) {
      const canvas = this.parts[side], context = this.sides[side];
      fitCanvas(canvas, canvas.clientWidth, canvas.clientHeight, density);
      context.clearRect(0, 0, canvas.width, canvas.height);
      const box = { x: 0, y: 0, width: canvas.width, height: canvas.height };
      drawMarginals(context, result, { [side]: box }, colours.css, colours.neutral);
    }
  }
}

// Pixels of the screen for one of CSS.
function sharpDensity({ width, height }) {
  return Math.min(devicePixelRatio || 1, MOST_DENSITY, Math.sqrt(MOST_PIXELS / (width * height)));
}

function backdropBox({ ranges: [[x0, x1], [y0, y1]] }, camera) {
  const [left, top] = camera.toScreen(x0, y1), [right, bottom] = camera.toScreen(x1, y0);
  return { left, top, width: right - left, height: bottom - top };
}

function fitCanvas(canvas, width, height, density) {
  const wide = Math.max(1, Math.round(width * density)), high = Math.max(1, Math.round(height * density));
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
}
