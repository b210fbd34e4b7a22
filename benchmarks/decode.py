"""Decoding in the browser: the same picture as Python's, and how long one takes.

Over 1,000 codes of every shipped model: the largest difference per pixel of 255 between what the
canvas shows and ``model.decode``, and the time of one decode in the browser, by ONNX Runtime and, as
the rival, by Keras' ``model.predict`` on the same network.

    python -m benchmarks.decode
"""

import time

import numpy as np

from benchmarks.browser import app_and_browser
from benchmarks.table import p50_p95, print_table, ratio
from tests.components.engine.test_agreement import codes_over_the_plane, drawn_in_browser
from ui.server import modules as scripts
from vae_core import LatentModel, list_models
from vae_core.base.arrays import rounded_bytes

CODES = 1000
TIME_DECODES = """
async ({ modules, layout, values, codes }) => {
  const { decoderAt } = await import(`${modules}/engine/weights.js`);
  const decoder = await decoderAt({ layout, values }, () => {});
  return codes.map((z) => {
    const started = performance.now();
    decoder.decode(z);
    return performance.now() - started;
  });
}
"""


def keras_milliseconds(model: LatentModel, codes: np.ndarray) -> list[float]:
    import vae_core.training  # noqa: F401  (chooses the backend)
    from vae_core.training.networks import build_decoder

    decoder = build_decoder(model.spec.training, model.input_shape)
    decoder.predict(codes[:1], verbose=0)
    return [timed(lambda code=code: decoder.predict(code[np.newaxis], verbose=0)) for code in codes[:100]]


def timed(call) -> float:
    started = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - started)


def main() -> None:
    rows = []
    with app_and_browser() as (server, browser):
        page = browser.new_page(base_url=server.url)
        page.goto(f"{server.url}/_stcore/health")
        for model in list_models():
            codes = codes_over_the_plane(model, CODES)
            drawn = drawn_in_browser(page, server, model, codes)
            expected = rounded_bytes(model.decode(codes)).reshape(CODES, -1)
            difference = np.abs(drawn.astype(int) - expected.astype(int)).max()
            root, files = f"{server.url}/lab/models/{model.name}", model.spec.files
            here = page.evaluate(
                TIME_DECODES,
                {
                    "modules": f"{server.url}/lab/player/{scripts.version()}",
                    "layout": f"{root}/{files['player.json']}/player.json",
                    "values": f"{root}/{files['player.bin']}/player.bin",
                    "codes": codes.astype(float).tolist(),
                },
            )
            onnx = [timed(lambda code=code, model=model: model.decode(code[np.newaxis])) for code in codes]
            keras = keras_milliseconds(model, codes)
            size = (model.folder.path / "player.bin").stat().st_size
            figures = ["{:.2f} / {:.2f}".format(*p50_p95(times)) for times in (here, onnx, keras)]
            fold = ratio(p50_p95(keras)[0], p50_p95(here)[0])
            rows.append([model.name, f"{size / 1e6:.2f}", str(difference), *figures, fold])
    header = ["model", "weights MB", "largest difference of 255", "browser ms p50 / p95"]
    header += ["ONNX Runtime ms", "rival: Keras predict ms", "rival / browser"]
    print_table(f"One decode, {CODES:,} codes", header, rows)


if __name__ == "__main__":
    main()
