// A map as a file: pixels as PNG, shapes as SVG.

import { edgeNumber } from "../kit/numbers.js";

const MOST_PIXELS = 64e6;
const MARGIN = 24;
const TEXT = 14;
const TITLE = 22;
const LINE = 1.5;
// Width of a letter in text sizes: generous for sans-serif faces, so that text never overlaps.
const LETTER = 0.6;
const LONGEST = 40;
const RAMP = 140;
const LAYERS = 16;
// Multiples of it, less their whole part, spread evenly.
const GOLDEN = 0.618034;
const INK = "#1a1a1a";
const PAPER = "#ffffff";
const FONT = "system-ui, 'Helvetica Neue', Arial, sans-serif";
// What XML 1.0 cannot hold, not even escaped.
const NOT_XML = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

// What draw(context, width, height) draws, on the background, as a PNG of so many pixels.
export async function pngOf(draw, width, height, background = PAPER) {
  if (!(width >= 1 && height >= 1 && width * height <= MOST_PIXELS)) {
    throw new Error(`A picture of ${width} × ${height} pixels is too large: choose a smaller one.`);
  }
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  context.fillStyle = background;
  context.fillRect(0, 0, width, height);
  await draw(context, width, height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!blob) throw new Error("The browser could not make the picture: choose a smaller one.");
  return blob;
}

// A standalone SVG. Of its properties all but width, height, xs and ys may be left out:
//   title, description: texts
//   width, height: of the map itself, in pixels; text stands around it
//   xs, ys: coordinates of the points; view: {x0, x1, y0, y1}, the coordinates at the map's edges, y0 below;
//     without it coordinates are pixels from the upper left corner
//   colours: CSS, one a point, or with values the colours that these (an index a point) stand for; neutral:
//     the colour of points that have none
//   mask: 0 for points left out; radius: of points, in pixels; opacity: of points
//   legend: {name, entries: [{name, colour, count}]} or {name, low, high, colours: from low to high}
//   axes: {names: [across, up], ticks: [[numbers], [numbers]]}
//   marks: [{x, y, label, kind}], of the kind "here" a ring, "new" a diamond, "path" a stop on the
//     line of its label
//   contours: [{lines: [[x, y, …]]}]; ink, background: CSS
export function svgOf(options) {
  const map = { ink: INK, background: PAPER, neutral: "#888888", radius: 2, opacity: 0.75, ...options };
  const place = placer(map);
  const { width, height, ink } = map;
  const { top, right, bottom, left } = marginsOf(map);
  const legend = legendOf(map);
  const full = [left + width + right, top + Math.max(height + bottom, Math.ceil(legend.height) + MARGIN)];
  const title = xml(map.title || "Map");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${full[0]}" height="${full[1]}"` +
      ` viewBox="0 0 ${full.join(" ")}"` +
      ` role="img" font-family="${xml(FONT)}" font-size="${TEXT}" fill="${xml(ink)}">`,
    `<title>${title}</title>`,
    `<desc>${xml(map.description || `${title} in two dimensions`)}</desc>`,
    `<rect width="100%" height="100%" fill="${xml(map.background)}"/>`,
    headingOf(map, full[0] - 2 * MARGIN),
    `<clipPath id="map"><rect width="${width}" height="${height}"/></clipPath>`,
    `<g transform="translate(${left} ${top})">`,
    `<rect width="${width}" height="${height}" fill="none" stroke="${xml(ink)}" stroke-opacity="0.2"/>`,
    axesOf(map, place),
    `<g clip-path="url(#map)">`,
    pointsOf(map, place),
    contoursOf(map, place),
    marksOf(map, place),
    `</g>`,
    `<g transform="translate(${width + MARGIN} 0)">${legend.shapes}</g>`,
    `</g>`,
    `</svg>`,
  ].filter(Boolean).join("\n");
}

function headingOf({ title }, room) {
  if (!title) return "";
  const words = short(title, room / (LETTER * TITLE));
  return text(words, MARGIN, MARGIN + 0.8 * TITLE, { size: TITLE, weight: 600 });
}

// Pixels from the upper left corner of the map, of coordinates.
function placer({ width, height, view }) {
  if (!view) return (x, y) => [x, y];
  const { x0, x1, y0, y1 } = view;
  return (x, y) => [((x - x0) / (x1 - x0)) * width, ((y1 - y) / (y1 - y0)) * height];
}

// Room for the texts around the map.
function marginsOf({ title, axes, legend }) {
  const entries = legend ? [short(legend.name ?? ""), ...(legend.entries ?? []).map(entryText)] : [];
  const longest = Math.max(0, ...entries.map((each) => each.length));
  const across = Math.max(RAMP, LETTER * TEXT * longest + 24);
  return {
    top: MARGIN + (title ? 1.5 * LINE * TITLE : 0),
    left: Math.ceil(MARGIN + (axes ? LINE * TEXT + widthOf(axes.ticks[1]) : 0)),
    bottom: Math.ceil(MARGIN + (axes ? 2 * LINE * TEXT : 0)),
    right: Math.ceil(MARGIN + (legend ? MARGIN + across : 0)),
  };
}

// Circles of one colour together: short, and easy to change in a drawing program. In layers, each of a share
// of the points of every colour, so that no colour hides another.
function pointsOf({ width, height, xs, ys, colours = [], values, mask, neutral, radius, opacity }, place) {
  const layers = Array.from({ length: LAYERS }, () => new Map());
  for (let i = 0; i < xs.length; i++) {
    if (mask && !mask[i]) continue;
    const [x, y] = place(xs[i], ys[i]);
    if (!(x >= -radius && x <= width + radius && y >= -radius && y <= height + radius)) continue;
    const colour = (values ? colours[values[i]] : colours[i]) ?? neutral;
    const groups = layers[Math.floor(((i * GOLDEN) % 1) * LAYERS)];
    if (!groups.has(colour)) groups.set(colour, []);
    groups.get(colour).push(`<circle cx="${tenth(x)}" cy="${tenth(y)}" r="${radius}"/>`);
  }
  const drawn = layers.flatMap((groups) =>
    [...groups].map(([colour, circles]) => `<g fill="${xml(colour)}">\n${circles.join("\n")}\n</g>`),
  );
  return `<g fill-opacity="${opacity}">\n${drawn.join("\n")}\n</g>`;
}

function contoursOf({ contours, ink }, place) {
  if (!contours?.length) return "";
  const paths = contours.map(({ lines }) => `<path d="${lines.map((line) => pathOf(line, place)).join("")}"/>`);
  const style = `fill="none" stroke="${xml(ink)}" stroke-opacity="0.6" stroke-linejoin="round"`;
  return `<g ${style}>\n${paths.join("\n")}\n</g>`;
}

function pathOf(line, place) {
  const last = line.length - 2;
  const closes = last > 2 && line[0] === line[last] && line[1] === line[last + 1];
  const places = [];
  for (let i = 0; i < (closes ? last : last + 1); i += 2) {
    places.push(place(line[i], line[i + 1]).map(tenth).join(" "));
  }
  return `M${places.join("L")}${closes ? "Z" : ""}`;
}

function marksOf({ marks = [], ink, background }, place) {
  const shapes = {
    here: `<circle r="7" fill="none" stroke="${xml(ink)}" stroke-width="2"/><circle r="2.5"/>`,
    new: `<path d="M0 -7L7 0L0 7L-7 0Z" stroke="${xml(background)}" stroke-width="1.5"/>`,
    path: `<circle r="3"/>`,
  };
  const placed = marks.map(({ kind, label, x, y }) => ({ kind, label, at: place(x, y).map(tenth).join(" ") }));
  const known = placed.filter(({ kind, at }) => Object.hasOwn(shapes, kind) && !/NaN|Infinity/.test(at));
  const paths = new Map();
  for (const { kind, label, at } of known) if (kind === "path") paths.set(label, [...(paths.get(label) ?? []), at]);
  const drawn = known.map(({ kind, label, at }) => {
    const isNamed = label && (kind !== "path" || paths.get(label)[0] === at);
    const words = isNamed ? text(short(label), 11, TEXT / 3, { halo: background }) : "";
    return `<g transform="translate(${at})">${shapes[kind]}${words}</g>`;
  });
  const lines = [...paths.values()].map((places) => `<path d="M${places.join("L")}"/>`).join("");
  const style = `fill="none" stroke="${xml(ink)}" stroke-width="2" stroke-linejoin="round"`;
  return [lines && `<g ${style}>${lines}</g>`, ...drawn].filter(Boolean).join("\n");
}

function axesOf({ axes, width, height, ink }, place) {
  if (!axes) return "";
  const { names, ticks } = axes;
  const across = ticks[0].map((tick) => [tick, place(tick, 0)[0]]).filter(([, x]) => x >= 0 && x <= width);
  const up = ticks[1].map((tick) => [tick, place(0, tick)[1]]).filter(([, y]) => y >= 0 && y <= height);
  const lines = [
    ...across.map(([, x]) => `M${tenth(x)} 0V${height}`),
    ...up.map(([, y]) => `M0 ${tenth(y)}H${width}`),
  ];
  const beside = `translate(${tenth(-widthOf(ticks[1]) - TEXT)} ${height / 2}) rotate(-90)`;
  return [
    `<path d="${lines.join("")}" fill="none" stroke="${xml(ink)}" stroke-opacity="0.12"/>`,
    ...across.map(([tick, x]) => text(edgeNumber(tick), x, height + LINE * TEXT, { anchor: "middle" })),
    ...up.map(([tick, y]) => text(edgeNumber(tick), -0.5 * TEXT, y + TEXT / 3, { anchor: "end" })),
    text(short(names[0]), width / 2, height + 2.7 * TEXT, { anchor: "middle", weight: 600 }),
    text(short(names[1]), 0, 0, { anchor: "middle", weight: 600, transform: beside }),
  ].join("\n");
}

function widthOf(ticks) {
  return LETTER * TEXT * Math.max(1, ...ticks.map((tick) => edgeNumber(tick).length));
}

// Shapes from the upper left corner on, and how high they are together.
function legendOf({ legend }) {
  if (!legend) return { shapes: "", height: 0 };
  const name = legend.name ? text(short(legend.name), 0, TEXT, { weight: 600 }) : "";
  const top = legend.name ? LINE * TEXT : 0;
  if (!legend.entries) return { shapes: name + rampOf(legend, top), height: top + 3 * LINE * TEXT };
  const lines = legend.entries.map((entry, i) => {
    const y = top + (i + 0.5) * LINE * TEXT;
    const dot = `<circle cx="6" cy="${tenth(y)}" r="6" fill="${xml(entry.colour)}"/>`;
    return dot + text(entryText(entry), 20, y + TEXT / 3);
  });
  return { shapes: name + lines.join("\n"), height: top + lines.length * LINE * TEXT };
}

// Lowest at the left.
function rampOf({ colours, low, high }, top) {
  const stops = colours.map((colour, i) => {
    const share = (i / Math.max(1, colours.length - 1)).toFixed(3);
    return `<stop offset="${share}" stop-color="${xml(colour)}"/>`;
  });
  const y = top + 2 * LINE * TEXT;
  return [
    `<linearGradient id="ramp">${stops.join("")}</linearGradient>`,
    `<rect y="${top + 6}" width="${RAMP}" height="12" rx="3" fill="url(#ramp)"/>`,
    text(edgeNumber(low), 0, y),
    text(edgeNumber(high), RAMP, y, { anchor: "end" }),
  ].join("\n");
}

function entryText({ name, count }) {
  return short(name) + (count === undefined ? "" : `  ${count.toLocaleString("en")}`);
}

function text(content, x, y, { anchor = "start", size = TEXT, weight = 400, halo = "", transform = "" } = {}) {
  const attributes = [
    `x="${tenth(x)}" y="${tenth(y)}"`,
    anchor === "start" ? "" : `text-anchor="${anchor}"`,
    size === TEXT ? "" : `font-size="${size}"`,
    weight === 400 ? "" : `font-weight="${weight}"`,
    halo ? `stroke="${xml(halo)}" stroke-width="3" stroke-linejoin="round" paint-order="stroke"` : "",
    transform ? `transform="${transform}"` : "",
  ];
  return `<text ${attributes.filter(Boolean).join(" ")}>${xml(content)}</text>`;
}

function short(words, most = LONGEST) {
  const letters = [...String(words)];
  return letters.length <= most ? letters.join("") : `${letters.slice(0, Math.floor(most) - 1).join("")}…`;
}

function tenth(value) {
  return Math.round(value * 10) / 10;
}

function xml(words) {
  return String(words).replace(NOT_XML, "").replace(/[&<>"']/g, (letter) => ENTITIES[letter]);
}
