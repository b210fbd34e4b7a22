"""What the browser draws is what Python decodes, for every shipped model and through the pad itself."""

import base64
import re

import numpy as np
import pytest

from tests.components.stage.test_pad import url_point
from tests.support.browser import drag, pad_of
from tests.support.patience import eventually
from ui.server import modules as scripts
from vae_core import list_models, load_model
from vae_core.base.arrays import rounded_bytes
from vae_core.space.slices import plane_of_model

# Decodes codes with the player's own modules and reads the drawn pixels back from a canvas.
DRAW_ALL = """
async ({ modules, layout, values, codes }) => {
  const { decoderAt } = await import(`${modules}/engine/weights.js`);
  const { Screen } = await import(`${modules}/engine/draw.js`);
  const decoder = await decoderAt({ layout, values }, () => {});
  const canvas = document.createElement("canvas");
  const screen = new Screen(canvas, decoder.outputShape);
  const channels = decoder.outputShape[2];
  const bytes = new Uint8Array(codes.length * canvas.width * canvas.height * channels);
  let at = 0;
  for (const z of codes) {
    screen.draw(decoder.decode(z), false);
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i++) if (i % 4 < channels) bytes[at++] = data[i];
  }
  const address = await new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.readAsDataURL(new Blob([bytes]));
  });
  return address.slice(address.indexOf(",") + 1);
}
"""


def codes_over_the_plane(model, count):
    """Half over the plane, half from a wide Gaussian."""
    rng = np.random.default_rng(7)
    ranges = plane_of_model(model).ranges
    over = rng.uniform(ranges[:, 0], ranges[:, 1], (count // 2, 2)) if model.latent_dim == 2 else None
    wide = 1.5 * rng.standard_normal((count if over is None else count - count // 2, model.latent_dim))
    return np.float32(wide if over is None else np.concatenate([over, wide]))


def drawn_in_browser(page, server, model, codes):
    root = f"{server.url}/lab/models/{model.name}"
    files = model.spec.files
    text = page.evaluate(
        DRAW_ALL,
        {
            "modules": f"{server.url}/lab/player/{scripts.version()}",
            "layout": f"{root}/{files['player.json']}/player.json",
            "values": f"{root}/{files['player.bin']}/player.bin",
            "codes": codes.astype(np.float64).tolist(),
        },
    )
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(len(codes), -1)


@pytest.mark.parametrize("name", [model.name for model in list_models()])
def test_every_shipped_model_draws_the_same_picture(visitor, server, name):
    model = load_model(name)
    codes = codes_over_the_plane(model, 1000)
    visitor.goto(f"{server.url}/_stcore/health")
    drawn = drawn_in_browser(visitor, server, model, codes)
    expected = rounded_bytes(model.decode(codes)).reshape(len(codes), -1)
    assert np.abs(drawn.astype(int) - expected.astype(int)).max() <= 1


def test_the_pad_draws_what_python_decodes_where_it_is(visitor):
    visitor.goto("/Explore?model=mnist-2d")
    pad = pad_of(visitor)
    visitor.evaluate("addEventListener('drawn', (event) => { window.lastDrawn = event.detail; })")
    before = url_point(visitor)
    drag(visitor, pad, (0.5, 0.5), (0.82, 0.71))
    eventually(visitor, lambda: url_point(visitor) != before)
    canvas = visitor.get_by_role("img", name=re.compile("^Decoded image"))

    def drawn_code():
        return visitor.evaluate("window.lastDrawn?.z")

    # Where the pad was let go is rounded as in the address.
    eventually(visitor, lambda: drawn_code() == pytest.approx(url_point(visitor), abs=1e-6))
    z, data = canvas.evaluate(
        "c => [lastDrawn.z, Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)]"
    )
    drawn = np.array(data).reshape(28, 28, 4)
    expected = rounded_bytes(load_model("mnist-2d").decode([z]))[0, ..., 0]
    assert np.abs(drawn[..., 0].astype(int) - expected).max() <= 1
    assert (drawn[..., 3] == 255).all()
