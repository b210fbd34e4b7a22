"""A network as a script of plain Keras that builds it again, for people to read and take away."""

import inspect
import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import keras

from vae_core.specs import TrainingSpec

HEADS = ("z_mean", "z_log_var")
# Settings of a layer that are none of its shape or function, or follow from where it stands.
LEFT_OUT = ("name", "dtype", "trainable", "seed")
# One number says the same for both sides.
PAIRS = ("kernel_size", "strides", "pool_size")
# Worth reading even where they are Keras' own.
ALWAYS_SHOWN = ("pool_size",)
LINE_LENGTH = 100


def keras_source(encoder: keras.Model, decoder: keras.Sequential, spec: TrainingSpec) -> str:
    """Python that builds ``encoder`` and ``decoder`` with fresh weights, and the loss of ``spec``.

    It imports Keras 3 and NumPy only. Run as it stands it prints both networks and takes one step
    on random pictures. Every layer is written from its own configuration, whatever network it is
    of. Raises ValueError for an encoder that is no chain of layers with its heads at the end.
    """
    model = _autoencoder(spec) if spec.family == "autoencoder" else _vae(spec)
    parts = [_beginning(spec), _encoder(encoder), _decoder(decoder), *_loss(spec), model]
    return "\n\n\n".join([*parts, _demonstration(spec, encoder.input_shape[1:])]) + "\n"


def _beginning(spec: TrainingSpec) -> str:
    besides = "".join(f"\n- {sentence}" for sentence in _besides(spec))
    besides = f"\n\nThe training did more, which is not in this file:\n{besides}" if besides else ""
    return f'''"""The network {spec.network} ({spec.family}, {spec.latent_dim} dimensions) in plain Keras 3.

Pictures are float32 in [0, 1]. Weights are fresh: those that were trained are in the model's file.{besides}
"""

import keras
import numpy as np
from keras import layers, ops'''


def _besides(spec: TrainingSpec) -> list[str]:
    """What ``spec`` asks of a training beyond network, loss and optimiser, a sentence each."""
    sentences = {
        "The learning rate fell to 0 along a cosine.": spec.learning_rate_decay == "cosine",
        "The learning rate was halved when validation stalled.": spec.learning_rate_decay == "plateau",
        f"The weight of the KL term rose, {spec.kl_schedule}.": spec.kl_schedule != "constant",
        f"The input was spoiled ({spec.corruption}), the target was not.": spec.corruption != "none",
        "The last bias began at the mean colour of the data.": spec.output_bias == "mean",
        "The weights kept are those of the best epoch.": spec.early_stopping is not None,
    }
    return [sentence for sentence, is_so in sentences.items() if is_so]


def _encoder(encoder: keras.Model) -> str:
    body = [layer for layer in encoder.layers if not isinstance(layer, keras.layers.InputLayer)]
    heads = [layer for layer in body if layer.name in HEADS]
    chain = body[: len(body) - len(heads)]
    if not heads or any(layer.name in HEADS for layer in chain):
        raise ValueError("the encoder is no chain of layers that ends in z_mean and z_log_var")
    lines = [
        "def build_encoder():",
        f'    """Pictures to {" and ".join(head.name for head in heads)}."""',
        f'    images = keras.Input({encoder.input_shape[1:]}, name="images")',
    ]
    source = "images"
    for layer, name in zip(chain, _names(chain), strict=True):
        lines += _call("    x = ", layer, name, f"({source})")
        source = "x"
    for head in heads:
        lines += _call(f"    {head.name} = ", head, head.name, f"({source})")
    outputs = ", ".join(head.name for head in heads)
    outputs = f"[{outputs}]" if len(heads) > 1 else outputs
    return "\n".join([*lines, f'    return keras.Model(images, {outputs}, name="encoder")'])


def _decoder(decoder: keras.Sequential) -> str:
    lines = [
        "def build_decoder():",
        '    """Codes to what the likelihood takes: logits of a Bernoulli, means of a Gaussian."""',
        "    return keras.Sequential(",
        "        [",
        f'            keras.Input({decoder.input_shape[1:]}, name="z"),',
    ]
    for layer, name in zip(decoder.layers, _names(decoder.layers), strict=True):
        lines += _call(" " * 12, layer, name, ",")
    return "\n".join([*lines, "        ],", '        name="decoder",', "    )"])


def _names(chain: Iterable[keras.Layer]) -> list[str]:
    """A name for each layer: its kind, with a number where there are several."""
    kinds = [_snake_case(type(layer).__name__) for layer in chain]
    seen: Counter[str] = Counter()
    names = []
    for kind in kinds:
        seen[kind] += 1
        names.append(f"{kind}_{seen[kind]}" if kinds.count(kind) > 1 else kind)
    return names


def _call(before: str, layer: keras.Layer, name: str, after: str) -> list[str]:
    """The lines that make ``layer``, between ``before`` and ``after``; as many as its length takes."""
    words = [*_arguments(layer), f"name={_literal(name)}"]
    maker = f"{before}layers.{type(layer).__name__}("
    line = f"{maker}{', '.join(words)}){after}"
    if len(line) <= LINE_LENGTH:
        return [line]
    margin = " " * (len(before) - len(before.lstrip()))
    inner = f"{margin}    {', '.join(words)}"
    if len(inner) <= LINE_LENGTH:
        return [maker, inner, f"{margin}){after}"]
    return [maker, *(f"{margin}    {word}," for word in words), f"{margin}){after}"]


def _arguments(layer: keras.Layer) -> list[str]:
    """What the layer needs, and what differs from Keras' own settings, as words of a call."""
    config = layer.get_config()
    parameters = inspect.signature(type(layer).__init__).parameters.values()
    needed = [
        parameter.name
        for parameter in parameters
        if parameter.default is parameter.empty
        and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        and parameter.name != "self"
    ]
    usual = type(layer)(**{key: config[key] for key in needed}).get_config()
    chosen = [
        key
        for key, value in config.items()
        if key not in (*needed, *LEFT_OUT) and (key in ALWAYS_SHOWN or value != usual.get(key))
    ]
    values = {key: _shortest(key, config[key]) for key in (*needed, *chosen)}
    return [_literal(values[key]) for key in needed] + [f"{key}={_literal(values[key])}" for key in chosen]


def _shortest(key: str, value: Any) -> Any:
    return value[0] if key in PAIRS and len(set(value)) == 1 else value


def _literal(value: Any) -> str:
    if isinstance(value, dict) and value.get("module") == "keras.initializers":
        return _literal(_snake_case(value["class_name"]))
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9D])(?=[A-Z][a-z])", "_", name).lower()


def _loss(spec: TrainingSpec) -> list[str]:
    if spec.likelihood.kind == "bernoulli":
        reconstruction = '''def reconstruction(images, logits):
    """-log p(x|z) of each picture: the cross-entropy with sigmoid(logits), summed over pixels."""
    return ops.sum(ops.softplus(logits) - images * logits, axis=(1, 2, 3))'''
    else:
        reconstruction = '''def reconstruction(images, means, log_variance):
    """-log N(x; means, variance) of each picture, summed over pixels."""
    squares = ops.square(images - means) * ops.exp(-log_variance)
    return 0.5 * ops.sum(squares + log_variance + np.log(2 * np.pi), axis=(1, 2, 3))'''
    if spec.family == "autoencoder":
        return [reconstruction]
    kl = '''def kl_per_dimension(z_mean, z_log_var):
    """KL(N(mean, variance) || N(0, 1)) of each dimension (Kingma and Welling 2014, appendix B)."""
    return -0.5 * (1 + z_log_var - ops.square(z_mean) - ops.exp(z_log_var))'''
    return [reconstruction, kl]


def _vae(spec: TrainingSpec) -> str:
    return f'''class VariationalAutoencoder(keras.Model):
    """Minimises -log p(x|z) {_penalty_in_words(spec)}, nats per picture."""

    def __init__(self):
        super().__init__(name="vae")
        self.encoder, self.decoder = build_encoder(), build_decoder()
        self.seed = keras.random.SeedGenerator({spec.seed}){_log_variance(spec)}

    def call(self, images, training=None):
        z_mean, z_log_var = self.encoder(images, training=training)
        noise = keras.random.normal(ops.shape(z_mean), seed=self.seed)
        z = z_mean + ops.exp(0.5 * z_log_var) * noise
        return self.decoder(z, training=training), z_mean, z_log_var

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        outputs, z_mean, z_log_var = y_pred
        kl = ops.mean(kl_per_dimension(z_mean, z_log_var), axis=0)
        error = ops.mean(reconstruction(x, outputs{_passed_variance(spec)}))
        return error + {_penalty(spec)}'''


def _autoencoder(spec: TrainingSpec) -> str:
    return f'''class Autoencoder(keras.Model):
    """Minimises -log p(x|z), nats per picture."""

    def __init__(self):
        super().__init__(name="autoencoder")
        self.encoder, self.decoder = build_encoder(), build_decoder(){_log_variance(spec)}

    def call(self, images, training=None):
        return self.decoder(self.encoder(images, training=training), training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return ops.mean(reconstruction(x, y_pred{_passed_variance(spec)}))'''


def _penalty(spec: TrainingSpec) -> str:
    if spec.capacity is not None:
        return f"{spec.beta!r} * ops.abs(ops.sum(kl) - {spec.capacity!r})"
    floored = f"ops.maximum(kl, {spec.free_bits!r})" if spec.free_bits else "kl"
    return f"{spec.beta!r} * ops.sum({floored})"


def _penalty_in_words(spec: TrainingSpec) -> str:
    if spec.capacity is not None:
        return f"+ {spec.beta:g} |KL - {spec.capacity:g}|"
    each = f" (each dimension at least {spec.free_bits:g})" if spec.free_bits else ""
    return f"+ {spec.beta:g} KL(q(z|x) || N(0, I)){each}"


def _log_variance(spec: TrainingSpec) -> str:
    """The line that makes it, fixed or learned; none for a Bernoulli."""
    if spec.likelihood.kind == "bernoulli":
        return ""
    variance = spec.likelihood.variance or 1.0
    if not spec.likelihood.learned:
        return f"\n        self.log_variance = {math.log(variance)!r}  # of the variance {variance!r}"
    return f"""
        start = keras.initializers.Constant({math.log(variance)!r})
        self.log_variance = self.add_weight(name="log_variance", shape=(), initializer=start)"""


def _passed_variance(spec: TrainingSpec) -> str:
    return "" if spec.likelihood.kind == "bernoulli" else ", self.log_variance"


def _demonstration(spec: TrainingSpec, shape: tuple[int, ...]) -> str:
    name = "Autoencoder" if spec.family == "autoencoder" else "VariationalAutoencoder"
    optimizer = {"adam": "Adam", "rmsprop": "RMSprop"}[spec.optimizer]
    decay = f", weight_decay={spec.weight_decay!r}" if spec.weight_decay else ""
    return f"""if __name__ == "__main__":
    images = np.random.default_rng(0).random({(min(spec.batch_size, 64), *shape)}, dtype="float32")
    model = {name}()
    model.compile(optimizer=keras.optimizers.{optimizer}({spec.learning_rate!r}{decay}))
    model.fit(images, batch_size=len(images), epochs=1)
    model.encoder.summary()
    model.decoder.summary()"""
