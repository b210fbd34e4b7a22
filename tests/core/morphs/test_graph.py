"""Ways over the data: around a hole, over gaps, the file that keeps the graph, and what real codes gain."""

import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

from tests.support.tiny_models import folder_files, write_tiny
from vae_core.base.home import notes_folder
from vae_core.models.catalogue import load_model
from vae_core.models.folder import Latents, pack_latents
from vae_core.morphs import PathSpec, graph, path_through
from vae_core.morphs.graph import GRAPH_FILE, code_graph, graph_of, linked_pairs
from vae_core.morphs.measures import CLEAR, confidence, distance_to_data, step_variation


def ring(count=200, radius=3.0):
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def blob(centre, count=60, seed=0):
    return np.asarray(centre) + 0.1 * np.random.default_rng(seed).standard_normal((count, 2))


def model_over(codes, path):
    rows = len(codes)
    latents = Latents(
        np.asarray(codes, np.float32),
        np.zeros((rows, 2), np.float32),
        np.zeros(rows, np.int64),
        np.arange(rows, dtype=np.int64),
    )
    write_tiny(path, files={**folder_files(), "latents.npz": pack_latents(latents)})
    return load_model(path)


def along(frames=60):
    return PathSpec(kind="graph", frames=frames)


def test_the_way_leads_around_a_hole(tmp_path):
    model = model_over(ring(), tmp_path / "ring")
    path = path_through(model, [[3, 0], [-2.9, 0.5]], along())
    # Half a link of slack, and the sagitta of a chord of one link.
    assert np.abs(np.linalg.norm(path, axis=1) - 3).max() < 0.25
    assert path[30, 1] > 2.5
    assert distance_to_data(model, path).max() < 3
    assert (
        distance_to_data(model, path_through(model, [[3, 0], [-2.9, 0.5]], PathSpec(kind="lerp"))).max() > 20
    )


def test_the_way_has_constant_decoded_speed(tmp_path):
    model = model_over(ring(), tmp_path / "ring")
    assert step_variation(model.decode(path_through(model, [[3, 0], [-2.9, 0.5]], along()))) <= 0.05


def test_islands_are_joined_by_their_shortest_gaps():
    # Of three islands in a row the outer two are joined over the middle one.
    codes = np.concatenate([blob([0, 0]), blob([3, 1], seed=1), blob([6, 0], seed=2)])
    pairs = linked_pairs(codes)
    made = code_graph(codes, pairs)
    assert connected_components(made.links)[0] == 1
    island = np.repeat([0, 1, 2], 60)
    between = island[pairs][island[pairs][:, 0] != island[pairs][:, 1]]
    assert sorted(map(tuple, between.tolist())) == [(0, 1), (1, 2)]
    way = made.way_between(codes[0], codes[-1])
    assert np.linalg.norm(way - [3, 1], axis=1).min() < 0.3


def test_many_islands_become_one():
    corners = np.stack(np.meshgrid(np.arange(6), np.arange(6)), axis=-1).reshape(-1, 2)
    codes = np.concatenate([blob(5 * corner, count=12, seed=seed) for seed, corner in enumerate(corners)])
    pairs = linked_pairs(codes)
    assert connected_components(code_graph(codes, pairs).links)[0] == 1
    assert len(pairs) <= 11 * len(codes)
    island = np.repeat(np.arange(36), 12)
    gaps = pairs[island[pairs[:, 0]] != island[pairs[:, 1]]]
    # A tree between islands, give or take ties, and no link longer than from one to the next.
    assert 35 <= len(gaps) <= 45
    assert np.linalg.norm(codes[gaps[:, 0]] - codes[gaps[:, 1]], axis=1).max() < 6


def test_every_code_is_linked_to_its_ten_nearest():
    codes = np.random.default_rng(0).standard_normal((300, 4))
    pairs = {tuple(pair) for pair in linked_pairs(codes).tolist()}
    distances = np.linalg.norm(codes[:, np.newaxis] - codes, axis=2)
    nearest = {
        (min(row, int(other)), max(row, int(other)))
        for row in range(300)
        for other in np.argsort(distances[row])[1:11]
    }
    assert pairs == nearest


def test_the_way_is_the_shortest_by_cubed_links():
    codes = np.random.default_rng(1).standard_normal((80, 2))
    made = code_graph(codes, linked_pairs(codes))
    weights = made.links.toarray()
    rows, columns = np.nonzero(weights)
    lengths = np.linalg.norm(codes[rows] - codes[columns], axis=1)
    np.testing.assert_allclose(weights[rows, columns], (lengths / made.unit) ** 3, rtol=1e-9)
    best = np.where(weights > 0, weights, np.inf)
    np.fill_diagonal(best, 0)
    for middle in range(80):
        best = np.minimum(best, best[:, [middle]] + best[[middle]])
    far = np.unravel_index(best.argmax(), best.shape)
    way = made.way_between(codes[far[0]], codes[far[1]])
    cost = ((np.linalg.norm(np.diff(way, axis=0), axis=1) / made.unit) ** 3).sum()
    assert cost == pytest.approx(best.max(), rel=1e-6)


def test_ends_nearer_to_each_other_than_to_the_data_need_no_detour(tmp_path):
    model = model_over(ring(), tmp_path / "ring")
    ends = np.array([[0, 0], [0.5, 0]], np.float32)
    path = path_through(model, ends, along(5))
    np.testing.assert_allclose(path, np.linspace(ends[0], ends[1], 5), atol=1e-5)


def test_codes_many_times_over_count_once(tmp_path):
    model = model_over(np.repeat(ring(40), 15, axis=0), tmp_path / "repeated")
    assert len(graph_of(model).codes) <= 40
    assert np.linalg.norm(path_through(model, [[3, 0], [-3, 0.1]], along()), axis=1).min() > 2.5


@pytest.mark.parametrize("codes", [ring(19), np.repeat(ring(5), 10, axis=0), np.zeros((0, 2))])
def test_too_few_codes_are_refused(tmp_path, codes):
    model = model_over(codes, tmp_path / "few")
    with pytest.raises(ValueError, match=r"few has \d+ different codes .* at least 20") as refusal:
        path_through(model, [[0, 0], [1, 1]], along())
    assert "\n" not in str(refusal.value)
    assert path_through(model, [[0, 0], [1, 1]], PathSpec(kind="lerp", frames=5)).shape == (5, 2)


def test_the_graph_is_made_once_and_kept(tmp_path, monkeypatch):
    model = model_over(ring(), tmp_path / "ring")
    made = []
    monkeypatch.setattr(graph, "linked_pairs", lambda codes: made.append(1) or linked_pairs(codes))
    with ThreadPoolExecutor(8) as pool:
        graphs = list(pool.map(lambda _: graph_of(model), range(8)))
    assert len(made) == 1
    assert all(one is graphs[0] for one in graphs)
    again = graph_of(load_model(tmp_path / "ring"))
    assert len(made) == 1
    assert again is not graphs[0]
    np.testing.assert_array_equal(again.links.toarray(), graphs[0].links.toarray())


def packed(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def damages(pairs, digest):
    """Contents of the file that must not be believed, by name."""
    other = pairs.copy()
    other[0, 1] = 10_000
    negative = pairs.copy()
    negative[0, 0] = -1
    return {
        "empty": b"",
        "noise": b"\x00\xff" * 500,
        "cut short": packed(pairs=pairs, digest=np.array(digest))[:-100],
        "another digest": packed(pairs=pairs, digest=np.array("0" * 64)),
        "no digest": packed(pairs=pairs),
        "a row that is not there": packed(pairs=other, digest=np.array(digest)),
        "a negative row": packed(pairs=negative, digest=np.array(digest)),
        "numbers": packed(pairs=pairs.astype(np.float64), digest=np.array(digest)),
        "another shape": packed(pairs=pairs.ravel(), digest=np.array(digest)),
        "no links": packed(pairs=pairs[:0], digest=np.array(digest)),
        "parts": packed(pairs=pairs[pairs[:, 0] < 100], digest=np.array(digest)),
        "turned": packed(pairs=pairs[:, ::-1], digest=np.array(digest)),
        "twice": packed(pairs=np.concatenate([pairs, pairs]), digest=np.array(digest)),
        "objects": packed(pairs=np.array([{}], object), digest=np.array(digest)),
        "too large": b"x" * (graph.MAXIMUM_FILE_BYTES + 1),
        "unpacks to too much": packed(
            pairs=pairs, digest=np.array(digest), more=np.zeros(graph.MAXIMUM_UNPACKED_BYTES, np.uint8)
        ),
    }


def test_a_file_that_cannot_be_believed_is_made_anew(tmp_path, monkeypatch):
    folder = tmp_path / "ring"
    links = graph_of(model_over(ring(), folder)).links.toarray()
    path = notes_folder("ring") / GRAPH_FILE
    whole = path.read_bytes()
    with np.load(io.BytesIO(whole), allow_pickle=False) as arrays:
        pairs, digest = arrays["pairs"], str(arrays["digest"])
    made = []
    monkeypatch.setattr(graph, "linked_pairs", lambda codes: made.append(1) or linked_pairs(codes))
    monkeypatch.setattr(graph, "MAXIMUM_UNPACKED_BYTES", 1 << 18)
    monkeypatch.setattr(graph, "MAXIMUM_FILE_BYTES", 1 << 19)
    for number, (name, content) in enumerate(damages(pairs, digest).items()):
        path.write_bytes(content)
        np.testing.assert_array_equal(graph_of(load_model(folder)).links.toarray(), links, err_msg=name)
        assert len(made) == number + 1, name
        assert path.read_bytes() == whole, name
    graph_of(load_model(folder))
    assert len(made) == len(damages(pairs, digest))


def test_another_model_of_the_same_name_gets_its_own_graph(tmp_path):
    first = graph_of(model_over(ring(), tmp_path / "one" / "ring"))
    second = graph_of(model_over(ring(100, 1.0), tmp_path / "two" / "ring"))
    assert (len(first.codes), len(second.codes)) == (200, 100)


def test_where_the_home_cannot_be_written_there_is_a_graph_all_the_same(tmp_path, temporary_home):
    model = model_over(ring(), tmp_path / "ring")
    (temporary_home / "notes").write_text("in the way")
    assert graph_of(model).codes.shape == (200, 2)


def test_codes_all_but_alike_and_far_off_do_not_break_it(tmp_path):
    crowd = 1 + np.arange(40)[:, np.newaxis] * np.array([2.0**-10, 0])
    model = model_over(np.concatenate([crowd, [[-900, 900]]]), tmp_path / "outlier")
    path = path_through(model, [[1, 1], [-900, 900]], along(10))
    assert np.isfinite(path).all()
    np.testing.assert_allclose(path[-1], [-900, 900])


def unclear_shares(model, pairs, kinds):
    """The share of frames that are not clearly of one class, on 16 frames between each of ``pairs``."""
    shares = {}
    for kind in kinds:
        unclear = []
        for ends in pairs:
            path = path_through(model, ends, PathSpec(kind=kind, frames=16))
            np.testing.assert_array_equal(path[[0, -1]], ends)
            images = model.decode(path)
            unclear.append((confidence(model, images) < CLEAR).mean())
            if kind in ("constant", "graph"):
                assert step_variation(images) <= 0.05
        shares[kind] = np.mean(unclear)
    return shares


@pytest.mark.slow
def test_between_digits_the_way_over_the_data_is_clearer():
    model = load_model("mnist-16d")
    codes, labels = model.latents.z_mean, model.latents.label
    drawn = np.random.default_rng(0).integers(len(codes), size=(400, 2))
    chosen = drawn[labels[drawn[:, 0]] != labels[drawn[:, 1]]][:200]
    assert len(chosen) == 200
    shares = unclear_shares(model, codes[chosen], ("lerp", "constant", "graph"))
    assert shares["graph"] < 0.7 * shares["lerp"]
    assert shares["graph"] < 0.7 * shares["constant"]


def test_between_samples_of_the_prior_the_way_over_the_data_is_clearer():
    model = load_model("mnist-16d")
    pairs = np.random.default_rng(0).standard_normal((40, 2, 16)).astype(np.float32)
    shares = unclear_shares(model, pairs, ("lerp", "graph"))
    assert shares["graph"] < 0.6 * shares["lerp"]


@pytest.mark.parametrize("name", ["mnist-2d", "faces-16d", "doodles-ae"])
def test_constant_speed_is_constant_for_other_models_too(name):
    model = load_model(name)
    codes = model.latents.z_mean
    for rows in np.random.default_rng(0).choice(len(codes), (5, 2), replace=False):
        images = model.decode(path_through(model, codes[rows], PathSpec(kind="constant", frames=12)))
        assert step_variation(images) <= 0.05
