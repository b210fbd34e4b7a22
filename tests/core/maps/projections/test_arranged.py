"""t-SNE and UMAP: they keep neighbours, say how far they are, and bear odd codes."""

import subprocess
import sys

import numpy as np
import pytest

from tests.conftest import REPOSITORY
from tests.core.maps.projections.test_methods import clouds
from vae_core.maps.projections import ProjectionSpec, project, quality_of

SLOW = [ProjectionSpec(method="tsne", perplexity=10), ProjectionSpec(method="umap", neighbours=10)]


@pytest.mark.parametrize("spec", SLOW, ids=lambda spec: spec.id)
def test_neighbours_stay_neighbours_and_progress_never_falls(spec):
    codes, which = clouds()
    told = []
    found = project(codes, spec, lambda *step: told.append(step))
    assert found.coords.shape == (150, 2)
    assert found.coords.dtype == np.float32
    assert found.plane is None
    assert found.seconds > 0
    gaps = np.linalg.norm(found.coords[:, np.newaxis] - found.coords, axis=2)
    np.fill_diagonal(gaps, np.inf)
    assert (which[gaps.argmin(axis=1)] == which).mean() > 0.98
    assert quality_of(codes, found.coords).trustworthiness > 0.9
    stages, done, totals = zip(*told, strict=True)
    assert stages[0] == "loading"
    assert stages[-1] == "arranging"
    assert len(set(totals)) == 1
    assert list(done) == sorted(done)
    assert (done[0], done[-1]) == (0, totals[0])
    assert len(set(done)) > 5


@pytest.mark.parametrize("spec", SLOW, ids=lambda spec: spec.id)
def test_the_same_seed_gives_the_same_map_and_another_one_another(spec):
    codes, _ = clouds(90)
    first = project(codes, spec).coords
    np.testing.assert_array_equal(project(codes, spec).coords, first)
    other = spec.model_copy(update={"seed": 1})
    assert np.abs(project(codes, other).coords - first).max() > 1e-3


@pytest.mark.parametrize("spec", SLOW, ids=lambda spec: spec.id)
@pytest.mark.parametrize(
    "codes",
    [
        clouds(40, 1)[0],
        np.repeat(clouds(20, 3)[0], 6, axis=0),
        np.repeat([[0.0, 0, 0], [1, 1, 1]], 40, axis=0),
        np.concatenate([np.zeros((60, 3)), np.ones((1, 3))]),
        clouds(40)[0] * 1e-20,
        clouds(40)[0] + 9e5,
        clouds(60, 100)[0],
        clouds(40, 576)[0],
    ],
    ids=["line", "repeated", "two places", "outlier", "tiny", "far", "wide", "wider than many"],
)
def test_odd_codes_get_places_too(spec, codes):
    coords = project(codes, spec).coords
    assert np.isfinite(coords).all()
    assert np.ptp(coords, axis=0).min() > 0


@pytest.mark.parametrize(("text", "n"), [("tsne-2", 7), ("tsne-3", 10), ("umap-2-0.1", 4), ("umap-4-0.1", 5)])
def test_the_fewest_codes_are_enough(text, n):
    codes = np.random.default_rng(0).standard_normal((n, 4)).astype(np.float32)
    assert np.isfinite(project(codes, ProjectionSpec.parsed(text, 4)).coords).all()


IMPORTS = """
import sys
import vae_core.maps.projections.store, vae_core.maps.projections.placing
heavy = ("openTSNE", "umap", "numba", "pynndescent", "keras", "tensorflow", "streamlit")
print([name for name in heavy if name in sys.modules])
import numpy as np
from vae_core.maps.projections import ProjectionSpec, project

def stop(stage, done, total):
    if stage == "comparing the codes":
        raise InterruptedError

for method in ("tsne", "umap"):
    try:
        project(np.random.default_rng(0).normal(size=(100, 3)), ProjectionSpec(method=method), stop)
    except InterruptedError:
        print([name for name in heavy if name in sys.modules])
"""


def test_the_app_never_loads_the_slow_methods_and_they_never_load_tensorflow():
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["[]", "['openTSNE']", "['openTSNE', 'umap', 'numba', 'pynndescent']"]
