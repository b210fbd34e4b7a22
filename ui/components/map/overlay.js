// What lies over the points of a map: ticks, contours, marks, the ring of the picked one, an outline.

import { edgeNumber } from "../kit/numbers.js";

const TICK_ROOM = 110;
const FONT_SIZE = 11;
const DASH = [6, 5];

// Round numbers between low and high, at most `most` of them and never more than 1, 2 or 5 times a power
// of ten apart than needed.
export function ticksOf(low, high, most) {
  if (!(high > low) || most < 1) return [];
  const least = (high - low) / most;
  const ten = 10 ** Math.floor(Math.log10(least));
  const step = ten * [1, 2, 5, 10].find((each) => each * ten >= least * (1 - 1e-9));
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  // Multiples of a rounded step: 0.1 + 0.2 is not 0.3.
  return Array.from({ length: Math.max(0, count) }, (_, i) => +((first + i) * step).toPrecision(12));
}

// The ticks of both axes that have room in the window of a camera.
export function axisTicks(camera) {
  const { x0, x1, y0, y1 } = camera.view;
  return [
    ticksOf(x0, x1, Math.max(2, camera.width / TICK_ROOM)),
    ticksOf(y0, y1, Math.max(2, camera.height / TICK_ROOM)),
  ];
}

// Faint lines at the ticks, the one at 0 less faint. ink: {text, ground, primary: CSS colours, font}.
export function drawGrid(context, camera, ink) {
  const { width, height } = camera;
  context.save();
  context.strokeStyle = ink.text;
  context.lineWidth = 1;
  axisTicks(camera).forEach((values, axis) => {
    for (const value of values) {
      const at = Math.round(camera.toScreen(value, value)[axis]) + 0.5;
      context.globalAlpha = value === 0 ? 0.22 : 0.07;
      context.beginPath();
      context.moveTo(axis ? 0 : at, axis ? at : 0);
      context.lineTo(axis ? width : at, axis ? at : height);
      context.stroke();
    }
  });
  context.restore();
}

// The numbers at the ticks, where they are not in the way of the names.
export function drawAxes(context, camera, names, ink) {
  const [across, up] = axisTicks(camera);
  const { width, height } = camera;
  context.save();
  const write = writer(context, ink);
  for (const value of across) {
    const left = camera.toScreen(value, 0)[0];
    if (left > 34 && left < width - 70) write(edgeNumber(value), left, height - 9, { align: "center", alpha: 0.7 });
  }
  for (const value of up) {
    const top = camera.toScreen(0, value)[1];
    if (top > 34 && top < height - 26) write(edgeNumber(value), 8, top + 4, { alpha: 0.7 });
  }
  write(`${names[0]} →`, width - 10, height - 9, { align: "right", weight: 650, size: 12.5 });
  write(`${names[1]} ↑`, 9, 20, { weight: 650, size: 12.5 });
  context.restore();
}

// Text with a rim of the ground, so that it can be read over points.
function writer(context, ink) {
  return (text, left, top, { align = "left", weight = 500, size = FONT_SIZE, alpha = 1 } = {}) => {
    context.font = `${weight} ${size}px ${ink.font}`;
    context.textAlign = align;
    context.lineJoin = "round";
    context.lineWidth = 3;
    context.strokeStyle = ink.ground;
    context.fillStyle = ink.text;
    context.globalAlpha = 0.8;
    context.strokeText(text, left, top);
    context.globalAlpha = alpha;
    context.fillText(text, left, top);
    context.globalAlpha = 1;
  };
}

// Level lines as paths in coordinates of the map, made once and drawn at every frame.
export function contourPaths(levels) {
  return levels.map(({ level, lines }) => {
    const path = new Path2D();
    for (const line of lines) {
      path.moveTo(line[0], line[1]);
      for (let i = 2; i < line.length; i += 2) path.lineTo(line[i], line[i + 1]);
    }
    return { level, path };
  });
}

export function drawContours(context, camera, paths, ink) {
  const { scale, width, height, x, y } = camera;
  context.save();
  context.transform(scale, 0, 0, -scale, width / 2 - x * scale, height / 2 + y * scale);
  context.strokeStyle = ink.text;
  context.lineWidth = 1.1 / scale;
  context.lineJoin = "round";
  for (const { level, path } of paths) {
    context.globalAlpha = 0.3 + 0.45 * (1 - level);
    context.stroke(path);
  }
  context.restore();
}

// marks: [[x, y, label, kind]].
export function drawMarks(context, camera, marks, ink) {
  const placed = marks.map(([x, y, label, kind]) => ({ at: camera.toScreen(x, y), label, kind }));
  context.save();
  drawPaths(context, placed.filter(({ kind }) => kind === "path"), ink);
  for (const { at: [left, top], label, kind } of placed) {
    if (kind === "path") continue;
    context.save();
    context.translate(left, top);
    if (kind === "here") drawRing(context, 9, ink, true);
    else drawDiamond(context, ink);
    context.restore();
    if (label) writer(context, ink)(label, left + 14, top + 4, { weight: 650, size: 12.5 });
  }
  context.restore();
}

function drawPaths(context, stops, ink) {
  for (const name of new Set(stops.map(({ label }) => label))) {
    const places = stops.filter(({ label }) => label === name).map(({ at }) => at);
    const path = new Path2D();
    places.forEach(([left, top]) => path.lineTo(left, top));
    context.lineJoin = context.lineCap = "round";
    for (const [width, colour] of [[5.5, ink.ground], [2.5, ink.primary]]) {
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.stroke(path);
    }
    context.fillStyle = ink.primary;
    for (const [left, top] of [places[0], places[places.length - 1]]) {
      context.beginPath();
      context.arc(left, top, 4, 0, 2 * Math.PI);
      context.fill();
    }
  }
}

function drawDiamond(context, ink) {
  context.beginPath();
  for (const [x, y] of [[0, -8.5], [8.5, 0], [0, 8.5], [-8.5, 0]]) context.lineTo(x, y);
  context.closePath();
  context.lineJoin = "round";
  context.lineWidth = 4;
  context.strokeStyle = ink.ground;
  context.stroke();
  context.fillStyle = ink.primary;
  context.fill();
}

function drawRing(context, radius, ink, hasDot = false) {
  for (const [width, colour] of [[5, ink.ground], [2.5, ink.primary]]) {
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.beginPath();
    context.arc(0, 0, radius, 0, 2 * Math.PI);
    context.stroke();
  }
  if (!hasDot) return;
  context.fillStyle = ink.primary;
  context.beginPath();
  context.arc(0, 0, 3, 0, 2 * Math.PI);
  context.fill();
}

// The point that is picked.
export function drawPicked(context, camera, x, y, radius, ink) {
  context.save();
  context.translate(...camera.toScreen(x, y));
  drawRing(context, radius, ink);
  context.restore();
}

// corners: in pixels; an outline that is being drawn, or one that is done.
export function drawOutline(context, corners, ink) {
  if (corners.length < 2) return;
  context.save();
  context.beginPath();
  for (const [left, top] of corners) context.lineTo(left, top);
  context.closePath();
  context.fillStyle = context.strokeStyle = ink.primary;
  context.globalAlpha = 0.12;
  context.fill("evenodd");
  context.globalAlpha = 1;
  context.lineWidth = 1.75;
  context.lineJoin = "round";
  context.setLineDash(DASH);
  context.stroke();
  context.restore();
}
