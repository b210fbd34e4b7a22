// One kernel a layer type. Each maker takes a layer, its input shape and its weights, and returns
// run(input, output). Images are [height][width][channel]; kernels are [y][x][in][out], so the inner
// loop walks memory in order, and an input of 0 (half of them after a relu) is skipped.

function addScaled(output, at, weights, from, count, factor) {
  for (let i = 0; i < count; i++) output[at + i] += factor * weights[from + i];
}

function dense(layer, inputShape, { kernel, bias }) {
  const units = bias.length;
  return (input, output) => {
    output.set(bias);
    for (let i = 0; i < input.length; i++) {
      if (input[i] !== 0) addScaled(output, 0, kernel, i * units, units, input[i]);
    }
  };
}

// Rows that "same" padding puts before the first one; TensorFlow puts the odd row last.
function paddingBefore(larger, smaller, size, stride, padding) {
  if (padding === "valid") return 0;
  return Math.floor(Math.max((smaller - 1) * stride + size - larger, 0) / 2);
}

function connect(layer, large, small, visit) {
  const [kernelHeight, kernelWidth] = layer.weights.kernel.shape;
  const [strideY, strideX] = layer.strides;
  const top = paddingBefore(large[0], small[0], kernelHeight, strideY, layer.padding);
  const left = paddingBefore(large[1], small[1], kernelWidth, strideX, layer.padding);
  // Every pair of a pixel in the large and one in the small picture that a kernel cell connects.
  for (let y = 0; y < small[0]; y++) {
    for (let ky = 0; ky < kernelHeight; ky++) {
      const largeY = y * strideY + ky - top;
      if (largeY < 0 || largeY >= large[0]) continue;
      for (let x = 0; x < small[1]; x++) {
        for (let kx = 0; kx < kernelWidth; kx++) {
          const largeX = x * strideX + kx - left;
          if (largeX < 0 || largeX >= large[1]) continue;
          visit(largeY * large[1] + largeX, y * small[1] + x, ky * kernelWidth + kx);
        }
      }
    }
  }
}

function fillWithBias(output, bias) {
  for (let at = 0; at < output.length; at += bias.length) output.set(bias, at);
}

function applyKernel(input, output, kernel, channels, filters, inputPixel, outputPixel, cell) {
  const from = inputPixel * channels;
  const at = outputPixel * filters;
  for (let c = 0; c < channels; c++) {
    const value = input[from + c];
    if (value !== 0) addScaled(output, at, kernel, (cell * channels + c) * filters, filters, value);
  }
}

function conv2d(layer, inputShape, { kernel, bias }) {
  const channels = inputShape[2];
  const filters = bias.length;
  return (input, output) => {
    fillWithBias(output, bias);
    connect(layer, inputShape, layer.output, (large, small, cell) =>
      applyKernel(input, output, kernel, channels, filters, large, small, cell),
    );
  };
}

// The transposed convolution scatters what the convolution gathers: large and small change places.
function conv2dTranspose(layer, inputShape, { kernel, bias }) {
  const channels = inputShape[2];
  const filters = bias.length;
  return (input, output) => {
    fillWithBias(output, bias);
    connect(layer, layer.output, inputShape, (large, small, cell) =>
      applyKernel(input, output, kernel, channels, filters, small, large, cell),
    );
  };
}

function upsampling2d(layer, [height, width, channels]) {
  const [tall, wide] = layer.size;
  return (input, output) => {
    let at = 0;
    for (let y = 0; y < height * tall; y++) {
      for (let x = 0; x < width * wide; x++) {
        const from = (Math.floor(y / tall) * width + Math.floor(x / wide)) * channels;
        for (let c = 0; c < channels; c++) output[at++] = input[from + c];
      }
    }
  };
}

function cropping2d({ from: [top, left], output: [tall, wide] }, [, width, channels]) {
  return (input, output) => {
    for (let y = 0; y < tall; y++) {
      const start = ((y + top) * width + left) * channels;
      output.set(input.subarray(start, start + wide * channels), y * wide * channels);
    }
  };
}

function affine(layer, inputShape, { scale, offset }) {
  return (input, output) => {
    for (let i = 0; i < input.length; i++) {
      const channel = i % scale.length;
      output[i] = input[i] * scale[channel] + offset[channel];
    }
  };
}

function copy() {
  return (input, output) => output.set(input);
}

const KERNELS = {
  dense,
  conv2d,
  conv2d_transpose: conv2dTranspose,
  upsampling2d,
  cropping2d,
  affine,
  reshape: copy,
  activation: copy,
};

export function kernelOf(layer, inputShape, weights) {
  const make = KERNELS[layer.type];
  if (!make) throw new Error(`the player has no kernel "${layer.type}"`);
  return make(layer, inputShape, weights);
}
