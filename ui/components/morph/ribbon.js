// The ribbon under a strip: how far from the data each frame is, as height and as colour, and under it in
// the colour of its class what a classifier takes it for, fainter the less sure.

// Multiples of the usual distance: calm up to the first, warm from the last.
export const MARKS = { usual: 1, far: 2 };
const STOPS = [[1, [58, 156, 148]], [1.4, [217, 164, 44]], [2, [212, 69, 52]]];
const LEAST_HEIGHT = 0.06;
const LINE = { height: 4, gap: 2, faint: 0.2 };
const GROUND = 0.1;

export function colourOf(nearness) {
  const value = Math.min(MARKS.far, Math.max(MARKS.usual, nearness));
  const above = Math.max(1, STOPS.findIndex(([at]) => value <= at));
  const [[low, from], [high, to]] = [STOPS[above - 1], STOPS[above]];
  const share = (value - low) / (high - low);
  return `rgb(${from.map((part, i) => Math.round(part + share * (to[i] - part))).join(" ")})`;
}

// The share of the ribbon's height.
export function heightOf(nearness) {
  return Math.max(LEAST_HEIGHT, Math.min(1, nearness / MARKS.far));
}

// The largest value that a path has between two positions, so that no short excursion is lost.
export function largestBetween(values, from, to) {
  const at = (position) => {
    const before = Math.floor(position), after = Math.min(values.length - 1, before + 1);
    return values[before] + (position - before) * (values[after] - values[before]);
  };
  let most = Math.max(at(from), at(to));
  for (let i = Math.ceil(from); i <= to; i++) most = Math.max(most, values[i]);
  return most;
}

// film: its figures, an empty ribbon until it has them; colours: one for each answer. ink: the colour of
// the text around.
export function drawRibbon(canvas, film, colours, ink) {
  const density = devicePixelRatio || 1;
  const width = Math.round(canvas.clientWidth * density), height = Math.round(canvas.clientHeight * density);
  if (!width || !height) return;
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, width, height);
  const hasAnswers = film.answers?.some((answer) => answer >= 0);
  const line = hasAnswers ? Math.round(LINE.height * density) : 0;
  const band = height - (line ? line + Math.round(LINE.gap * density) : 0);
  context.globalAlpha = GROUND;
  context.fillStyle = ink;
  context.fillRect(0, 0, width, band);
  if (!film.isMeasured) return;
  for (let x = 0; x < width; x++) {
    const from = (x / width) * film.last, to = ((x + 1) / width) * film.last;
    const nearness = largestBetween(film.nearness, from, to);
    const tall = heightOf(nearness) * band;
    context.globalAlpha = 1;
    context.fillStyle = colourOf(nearness);
    context.fillRect(x, band - tall, 1, tall);
    if (!line) continue;
    const frame = Math.round((from + to) / 2);
    if (!(film.answers[frame] >= 0)) continue;
    context.globalAlpha = lineOpacity(film.confidence[frame]);
    context.fillStyle = colours[film.answers[frame]] ?? ink;
    context.fillRect(x, height - line, 1, line);
  }
}

// A guess among two shows little, a sure answer fully.
function lineOpacity(confidence) {
  return LINE.faint + (1 - LINE.faint) * Math.min(1, Math.max(0, 2 * confidence - 1));
}
