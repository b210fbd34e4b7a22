"""A manifold picture of 15×15 cells: one batch here, 225 calls of ``predict`` as the books do it.

Ours is what the command does: grid, decode and contact sheet. The rival decodes cell by cell with
Keras' ``model.predict`` on the same network and pastes each picture into an array (Chollet, Deep
Learning with Python, 8.4). The goal is a factor of 100.

    python -m benchmarks.manifold
"""

import time

import numpy as np

from benchmarks.table import p50_p95, print_table, ratio
from vae_core import LatentModel, Slice, load_model
from vae_core.images.rendering import contact_sheet
from vae_core.space.manifolds import manifold_coordinates
from vae_core.space.slices import plane_of_model

CELLS = 15
OURS, RIVALS = 50, 3


def one_batch(model: LatentModel, plane: Slice) -> np.ndarray:
    across, down = manifold_coordinates(model, plane, None, CELLS)
    return contact_sheet(model.decode(plane.grid(across, down)), CELLS)


def cell_by_cell(decoder, codes: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    height, width, channels = shape
    sheet = np.zeros((CELLS * height, CELLS * width, channels), np.float32)
    for place, code in enumerate(codes):
        row, column = divmod(place, CELLS)
        rows = slice(row * height, (row + 1) * height)
        picture = decoder.predict(code[np.newaxis], verbose=0)[0]
        sheet[rows, column * width : (column + 1) * width] = picture
    return sheet


def milliseconds(call, times: int) -> list[float]:
    """``times`` measurements after one call that opens and traces what is used."""
    call()
    measured = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        measured.append(1000 * (time.perf_counter() - started))
    return measured


def main() -> None:
    import vae_core.training  # noqa: F401  (chooses the backend)
    from vae_core.training.networks import build_decoder

    rows = []
    for name in ("mnist-2d", "mnist-16d"):
        model = load_model(name)
        plane = plane_of_model(model)
        codes = plane.grid(*manifold_coordinates(model, plane, None, CELLS))
        decoder = build_decoder(model.spec.training, model.input_shape)
        ours = milliseconds(lambda model=model, plane=plane: one_batch(model, plane), OURS)
        rival = milliseconds(
            lambda decoder=decoder, codes=codes, model=model: cell_by_cell(decoder, codes, model.input_shape),
            RIVALS,
        )
        figures = ["{:.1f} / {:.1f}".format(*p50_p95(times)) for times in (ours, rival)]
        rows.append([name, *figures, ratio(p50_p95(rival)[0], p50_p95(ours)[0])])
    header = [
        "model",
        "one batch ms p50 / p95",
        "rival: 225 × Keras predict ms p50 / p95",
        "rival / one batch",
    ]
    print_table(f"A manifold of {CELLS}×{CELLS} cells", header, rows)


if __name__ == "__main__":
    main()
