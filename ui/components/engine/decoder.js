// A decoder made from player.json (the layers) and player.bin (their weights).

import { activationOf } from "./activations.js";
import { kernelOf } from "./kernels.js";

const FORMAT = 1;

function sizeOf(shape) {
  return shape.reduce((product, side) => product * side, 1);
}

function weightsOf(layer, values) {
  const named = {};
  for (const [name, { offset, shape }] of Object.entries(layer.weights ?? {})) {
    const end = offset + sizeOf(shape);
    if (end > values.length) throw new Error("player.bin is shorter than player.json says");
    named[name] = values.subarray(offset, end);
  }
  return named;
}

export class Decoder {
  // layout: the object in player.json; values: all weights as one Float32Array.
  constructor(layout, values) {
    if (layout.format !== FORMAT) throw new Error(`player.json has format ${layout.format}`);
    this.inputSize = sizeOf(layout.input);
    this.outputShape = layout.output;
    let shape = layout.input;
    this.steps = layout.layers.map((layer) => {
      const run = kernelOf(layer, shape, weightsOf(layer, values));
      shape = layer.output;
      return { run, activate: activationOf(layer), output: new Float32Array(sizeOf(shape)) };
    });
  }

  // The mean image of one code: a Float32Array of height × width × channels, overwritten by the next call.
  decode(z) {
    if (z.length !== this.inputSize) throw new Error(`z has ${z.length} values, not ${this.inputSize}`);
    let values = Float32Array.from(z);
    for (const { run, activate, output } of this.steps) {
      run(values, output);
      activate(output);
      values = output;
    }
    return values;
  }
}
