"""The rival: a morph as most demonstrations make one, a straight line and a ``predict`` a frame, in Keras."""

import io

import numpy as np
from PIL import Image

import vae_core.training  # noqa: F401  (chooses the backend)
from vae_core import LatentModel


class MorphLoop:
    """The same decoder in Keras, warm."""

    def __init__(self, model: LatentModel) -> None:
        import keras

        from vae_core.training.networks import build_decoder

        body = build_decoder(model.spec.training, model.input_shape)
        self.decoder = keras.Sequential([body, keras.layers.Activation("sigmoid")])
        self.decoder.predict(np.zeros((1, model.latent_dim), np.float32), verbose=0)

    def frames(self, start: np.ndarray, end: np.ndarray, count: int) -> np.ndarray:
        """Pictures (count, h, w, c) from code to code (d,)."""
        codes = [(1 - way) * start + way * end for way in np.linspace(0, 1, count)]
        return np.stack([self.decoder.predict(code[np.newaxis], verbose=0)[0] for code in codes])


def gif(frames: np.ndarray, side: int) -> bytes:
    """Frames (t, h, w, 1) as a GIF whose pictures are scaled to ``side``."""
    pictures = [Image.fromarray(np.uint8(255 * frame[..., 0])).resize((side, side)) for frame in frames]
    buffer = io.BytesIO()
    pictures[0].save(buffer, format="GIF", save_all=True, append_images=pictures[1:], duration=33, loop=0)
    return buffer.getvalue()
