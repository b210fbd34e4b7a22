// Convolutions, plain and transposed, are run in the same way: each pixel of the input is multiplied with all
// of the kernel that it reaches the output through, and the products are added there. The kernel is arranged
// anew for that, so that the products for a run of pixels in a row of the output lie side by side.

import { NonZeros } from "./nonzeros.js";

// Rows that "same" padding puts before the first one; TensorFlow puts the odd row last.
function paddingBefore(larger, smaller, size, stride, padding) {
  if (padding === "valid") return 0;
  return Math.floor(Math.max((smaller - 1) * stride + size - larger, 0) / 2);
}

// The part within the output of `count` pixels from `start` on: `from` up to `to` (not included), and the
// place of the kernel's cell for the first of them, where `place` is that for the pixel `start`.
function reach(start, count, place, side) {
  const from = Math.max(0, start);
  return { from, to: Math.min(side, start + count), place: place + from - start };
}

// Along one side of the pictures: what each pixel of the input reaches, and the order of the kernel's cells.
function alongTransposed(input, output, size, stride, padding) {
  const before = paddingBefore(output, input, size, stride, padding);
  return {
    reaches: Array.from({ length: input }, (_, pixel) => reach(pixel * stride - before, size, 0, output)),
    cells: Array.from({ length: size }, (_, cell) => cell),
  };
}

// A pixel of a convolution's input is seen through every stride-th cell of the kernel, and through the later
// of them by the earlier pixels of the output.
function alongConvolution(input, output, size, stride, padding) {
  const before = paddingBefore(input, output, size, stride, padding);
  const cells = [];
  const groups = Array.from({ length: stride }, (_, first) => {
    const place = cells.length;
    const count = Math.max(0, Math.ceil((size - first) / stride));
    for (let i = count - 1; i >= 0; i--) cells.push(first + i * stride);
    return { place, count };
  });
  const reaches = Array.from({ length: input }, (_, pixel) => {
    const { place, count } = groups[(pixel + before) % stride];
    const last = Math.floor((pixel + before) / stride);
    return reach(last - count + 1, count, place, output);
  });
  return { reaches, cells };
}

// From [y][x][in][out] to [in][y][x][out], with the cells of y and x in these orders.
function arranged(kernel, [, width, channels, filters], down, across) {
  const made = new Float32Array(kernel.length);
  let at = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (const y of down) {
      for (const x of across) {
        const from = ((y * width + x) * channels + channel) * filters;
        made.set(kernel.subarray(from, from + filters), at);
        at += filters;
      }
    }
  }
  return made;
}

function repeated(bias, count) {
  const made = new Float32Array(count);
  for (let at = 0; at < count; at += bias.length) made.set(bias, at);
  return made;
}

function convolution(along) {
  return (layer, inputShape, { kernel, bias }) => {
    const { output: outputShape, strides, padding, weights } = layer;
    const { shape } = weights.kernel;
    const [down, across] = [0, 1].map((side) =>
      along(inputShape[side], outputShape[side], shape[side], strides[side], padding),
    );
    const [, kernelWidth, channels, filters] = shape;
    const width = outputShape[1];
    const matrix = arranged(kernel, shape, down.cells, across.cells);
    const start = repeated(bias, outputShape[0] * width * filters);
    const pixel = new NonZeros(channels, matrix.length / channels);
    return (input, output) => {
      output.set(start);
      let from = 0;
      for (const rows of down.reaches) {
        for (const columns of across.reaches) {
          pixel.read(input, from);
          from += channels;
          const length = (columns.to - columns.from) * filters;
          for (let y = rows.from; y < rows.to; y++) {
            const cell = (rows.place + y - rows.from) * kernelWidth + columns.place;
            pixel.addProducts(matrix, cell * filters, length, output, (y * width + columns.from) * filters);
          }
        }
      }
    };
  };
}

export const conv2d = convolution(alongConvolution);
export const conv2dTranspose = convolution(alongTransposed);
