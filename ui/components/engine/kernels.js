// One kernel a layer type. Each maker takes a layer, its input shape and its weights, and returns
// run(input, output). Images are [height][width][channel]; kernels are [y][x][in][out].

import { conv2d, conv2dTranspose } from "./convolutions.js";
import { NonZeros } from "./nonzeros.js";

function dense(layer, inputShape, { kernel, bias }) {
  const units = bias.length;
  const numbers = new NonZeros(kernel.length / units, units);
  return (input, output) => {
    output.set(bias);
    numbers.read(input, 0);
    numbers.addProducts(kernel, 0, units, output, 0);
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
