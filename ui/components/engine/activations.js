// Activations, in place on a Float32Array; constants as in Keras.

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

function each(values, apply) {
  for (let i = 0; i < values.length; i++) values[i] = apply(values[i]);
}

const ACTIVATIONS = {
  linear: () => {},
  relu: (values) => {
    for (let i = 0; i < values.length; i++) if (values[i] < 0) values[i] = 0;
  },
  leaky_relu: (values, slope) => {
    for (let i = 0; i < values.length; i++) if (values[i] < 0) values[i] *= slope;
  },
  selu: (values) => each(values, (x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x))),
  tanh: (values) => each(values, Math.tanh),
  sigmoid: (values) => each(values, (x) => 1 / (1 + Math.exp(-x))),
};

export function activationOf(layer) {
  const activation = ACTIVATIONS[layer.activation];
  if (!activation) throw new Error(`the player has no activation "${layer.activation}"`);
  return (values) => activation(values, layer.slope);
}
