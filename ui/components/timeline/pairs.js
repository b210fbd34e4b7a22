// Originals and, below each, what came back: two rows folded into about a square.

const GAP = 0.2;

// In how many bands, each a row of originals above a row of reconstructions, `count` pictures of that size
// come nearest to a square.
export function bandsOf(count, width, height) {
  let best = 1;
  const shape = (bands) => Math.abs(Math.log((Math.ceil(count / bands) * width) / (2 * bands * height)));
  for (let bands = 2; bands <= count; bands++) if (shape(bands) < shape(best)) best = bands;
  return best;
}

// picture: an image of two rows of `count` pictures; every pixel of it is one of the canvas.
export function drawPairs(canvas, picture, count) {
  const [width, height] = [Math.floor(picture.width / count), picture.height / 2];
  const bands = bandsOf(count, width, height);
  const across = Math.ceil(count / bands);
  const gap = Math.round(GAP * height);
  canvas.width = across * width;
  canvas.height = bands * (2 * height + gap) - gap;
  const context = canvas.getContext("2d");
  for (let band = 0; band < bands; band++) {
    const from = band * across * width;
    const size = Math.min(across * width, picture.width - from);
    if (size <= 0) return;
    context.drawImage(picture, from, 0, size, 2 * height, 0, band * (2 * height + gap), size, 2 * height);
  }
}
