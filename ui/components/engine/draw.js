// Pixels onto a canvas of the image's own size; CSS enlarges it without smoothing.

export class Screen {
  constructor(canvas, [height, width, channels]) {
    canvas.width = width;
    canvas.height = height;
    this.canvas = canvas;
    this.channels = channels;
    this.context = canvas.getContext("2d");
    this.picture = this.context.createImageData(width, height);
    this.picture.data.fill(255);
  }

  // Bytes, or floats in [0, 1]; a clamped array rounds as numpy.rint does.
  draw(values, isBytes) {
    const scale = isBytes ? 1 : 255;
    const data = this.picture.data;
    const grey = this.channels === 1;
    for (let pixel = 0, from = 0; pixel < data.length; pixel += 4, from += this.channels) {
      for (let c = 0; c < 3; c++) data[pixel + c] = scale * values[from + (grey ? 0 : c)];
    }
    this.context.putImageData(this.picture, 0, 0);
  }
}

// The canvas as a PNG file whose pixels are squares of at least 16 × 16.
export function savePicture(canvas, name) {
  const scale = Math.max(1, Math.floor(560 / canvas.width));
  const large = document.createElement("canvas");
  large.width = canvas.width * scale;
  large.height = canvas.height * scale;
  const context = large.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, large.width, large.height);
  large.toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
}

// The largest width in CSS pixels, at most `room`, at which every pixel of a picture `width` pixels wide
// covers the same number of pixels of the screen.
export function crispWidth(width, room, density) {
  const scale = Math.floor((room * density) / width);
  return scale >= 1 ? (scale * width) / density : room;
}
