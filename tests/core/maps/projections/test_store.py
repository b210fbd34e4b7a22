"""Projections that are kept: found again by codes and spec, in bounds, whatever stands in the files."""

import io
import json
import os
import threading
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vae_core.base.home import notes_folder, pretrained_folder
from vae_core.maps.points import Points, held_out_points
from vae_core.maps.projections import Projection, ProjectionSpec, Quality, project, quality_of
from vae_core.maps.projections.file import MAXIMUM_FILE_BYTES, packed, read_projection
from vae_core.maps.projections.shipped import SPECS, shipped_names
from vae_core.maps.projections.store import MOST_KEPT, keep, kept, list_kept, remove, shipped_path
from vae_core.models.catalogue import list_damaged_models, list_models, load_model

TSNE, UMAP = ProjectionSpec(method="tsne"), ProjectionSpec(method="umap")
QUALITY = Quality(0.75, 0.5, 12, 30)


def points(n=30, d=4, source="held-out", model_name="tiny", seed=0):
    codes = np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)
    zeros = np.zeros(n, np.int64)
    return Points(model_name, source, codes, None, zeros, np.arange(n), zeros == 0)


def laid_out(spec=TSNE, n=30, **values):
    coords = np.random.default_rng(1).standard_normal((n, 2)).astype(np.float32)
    return Projection(spec, coords, **{"quality": QUALITY, "seconds": 3.25, **values})


def file_of(spec=TSNE, source="held-out", model_name="tiny"):
    return notes_folder(model_name) / "projections" / f"{source}-{spec.id}.npz"


def specs(count):
    return [ProjectionSpec(method="tsne", seed=seed) for seed in range(count)]


def used_at(path, second):
    os.utime(path, (second, second))


def test_what_was_kept_comes_back():
    mine = points()
    assert kept(mine, TSNE) is None
    assert keep(mine, laid_out()) == file_of()
    found = kept(mine, TSNE)
    np.testing.assert_array_equal(found.coords, laid_out().coords)
    assert (found.spec, found.plane, found.quality, found.seconds) == (TSNE, None, QUALITY, 3.25)
    assert kept(mine, UMAP) is None


def test_a_plane_comes_back_with_its_coordinates():
    mine = points()
    for spec in (ProjectionSpec(method="pca"), ProjectionSpec(method="axes", axes=(3, 0))):
        linear = project(mine.z_mean, spec)
        keep(mine, linear)
        found = kept(mine, spec)
        for name in ("origin", "axes", "ranges"):
            np.testing.assert_array_equal(getattr(found.plane, name), getattr(linear.plane, name))
        assert found.quality is None


def test_a_newer_one_takes_the_place_of_the_older():
    mine = points()
    keep(mine, laid_out())
    keep(mine, laid_out(seconds=1.5))
    assert kept(mine, TSNE).seconds == 1.5
    assert len(list_kept(mine)) == 1


def test_a_projection_of_other_codes_counts_as_absent():
    mine = points()
    keep(mine, laid_out())
    others = [
        points(seed=1),
        points(model_name="other"),
        points(source="all"),
        replace(mine, z_mean=mine.z_mean[::-1], digest=""),
    ]
    for other in others:
        assert kept(other, TSNE) is None
        assert list_kept(other) == []
    with pytest.raises(ValueError, match="of other codes: compute it again"):
        read_projection(file_of(), points(seed=1).digest, (30, 4))


def test_what_is_kept_is_listed_last_used_first():
    mine = points()
    for second, spec in enumerate([TSNE, UMAP, ProjectionSpec(method="tsne", perplexity=5)]):
        used_at(keep(mine, laid_out(spec)), 1_000 + second)
    keep(points(source="all"), laid_out())
    assert [one.spec.id for one in list_kept(mine)] == ["tsne-5", "umap-15-0.1", "tsne-30"]
    kept(mine, TSNE)
    first = list_kept(mine)[0]
    assert (first.spec, first.quality, first.seconds, first.is_shipped) == (TSNE, QUALITY, 3.25, False)


def test_the_one_unused_for_longest_makes_room():
    mine = points()
    for second, spec in enumerate(specs(MOST_KEPT)):
        used_at(keep(mine, laid_out(spec)), 1_000 + second)
    assert kept(mine, specs(1)[0]) is not None
    keep(points(source="all"), laid_out(UMAP))
    ids = {one.spec.id for one in list_kept(mine)}
    assert ids == {spec.id for spec in specs(MOST_KEPT)} - {"tsne-30-seed1"}
    assert len(list(file_of().parent.iterdir())) == MOST_KEPT
    # Another model has room of its own.
    keep(points(model_name="other"), laid_out())
    assert len(list_kept(mine)) == MOST_KEPT - 1


def test_a_removed_one_is_gone():
    mine = points()
    keep(mine, laid_out())
    remove(mine, UMAP)
    remove(mine, TSNE)
    remove(mine, TSNE)
    assert kept(mine, TSNE) is None
    assert list_kept(mine) == []


def test_many_at_once_lose_nothing():
    mine = points()
    several = specs(8)
    threads = [threading.Thread(target=keep, args=(mine, laid_out(spec))) for spec in several * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.spec for one in list_kept(mine)} == set(several)
    assert all(path.suffix == ".npz" for path in file_of().parent.iterdir())


def test_a_projection_of_another_number_of_points_is_refused():
    with pytest.raises(ValueError, match="29 places for 30 points"):
        keep(points(), laid_out(n=29))


def test_a_disk_that_refuses_is_one_line(temporary_home):
    (temporary_home / "notes").write_text("in the way")
    for act in (lambda: keep(points(), laid_out()), lambda: remove(points(), TSNE)):
        with pytest.raises(ValueError, match=r"cannot be (written|removed)") as caught:
            act()
        assert "\n" not in str(caught.value)
    assert kept(points(), TSNE) is None
    assert list_kept(points()) == []


def facts(**changes):
    values = json.loads(content_of("facts").tobytes())
    return np.frombuffer(json.dumps({**values, **changes}).encode(), np.uint8)


def content_of(name):
    with np.load(io.BytesIO(packed(laid_out(), points().digest))) as arrays:
        return arrays[name]


def repacked(**changes):
    """The file with other arrays; None leaves one out."""
    arrays = {"facts": content_of("facts"), "coords": content_of("coords"), **changes}
    buffer = io.BytesIO()
    np.savez(buffer, **{name: array for name, array in arrays.items() if array is not None})
    return buffer.getvalue()


def bomb():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("coords.npy", bytes(MAXIMUM_FILE_BYTES + 1))
    return buffer.getvalue()


PLANE = {"origin": np.zeros(4), "axes": np.eye(2, 4), "ranges": np.float32([[0, 1], [0, 1]])}


@pytest.mark.parametrize(
    "content",
    [
        lambda: b"",
        lambda: b"no archive",
        lambda: packed(laid_out(), points().digest)[:-40],
        lambda: bytes(MAXIMUM_FILE_BYTES + 1),
        bomb,
        lambda: repacked(facts=None),
        lambda: repacked(facts=np.zeros(0, np.uint8)),
        lambda: repacked(facts=np.zeros(20_000, np.uint8)),
        lambda: repacked(facts=np.frombuffer(b"[" * 9_000, np.uint8)),
        lambda: repacked(facts=facts(format=2)),
        lambda: repacked(facts=facts(extra=1)),
        lambda: repacked(facts=facts(digest="0" * 64)),
        lambda: repacked(facts=facts(digest="../")),
        lambda: repacked(facts=facts(spec={"method": "som"})),
        lambda: repacked(facts=facts(spec={"method": "axes", "axes": [0, 9]})),
        lambda: repacked(facts=facts(spec={"method": "pca"})),
        lambda: repacked(facts=facts(seconds=-1)),
        lambda: repacked(facts=facts(seconds=float("nan"))),
        lambda: repacked(facts=facts(quality={"trustworthiness": 2, "continuity": 1, "k": 12, "rows": 9})),
        lambda: repacked(
            facts=facts(quality={"trustworthiness": float("nan"), "continuity": 1, "k": 1, "rows": 9})
        ),
        lambda: repacked(facts=facts(quality={"trustworthiness": 1, "continuity": 1, "k": 0, "rows": 9})),
        lambda: repacked(coords=None),
        lambda: repacked(coords=np.zeros((29, 2), np.float32)),
        lambda: repacked(coords=np.zeros((30, 3), np.float32)),
        lambda: repacked(coords=np.zeros(60, np.float32)),
        lambda: repacked(coords=np.zeros((30, 2))),
        lambda: repacked(coords=np.full((30, 2), "x")),
        lambda: repacked(coords=np.full((30, 2), np.nan, np.float32)),
        lambda: repacked(coords=np.full((30, 2), 1e30, np.float32)),
        lambda: repacked(coords=np.full((30, 2), None)),
        lambda: repacked(**PLANE),
        lambda: repacked(facts=facts(spec={"method": "pca"}), **{**PLANE, "axes": np.eye(2, 5)}),
        lambda: repacked(facts=facts(spec={"method": "pca"}), **{**PLANE, "origin": np.full(4, np.nan)}),
        lambda: repacked(facts=facts(spec={"method": "pca"}), **{**PLANE, "axes": None}),
        lambda: repacked(facts=facts(spec={"method": "pca"}), **{**PLANE, "ranges": np.zeros((2, 2))}),
    ],
)
def test_damaged_and_hostile_files_count_as_absent(content):
    mine = points()
    path = keep(mine, laid_out())
    path.write_bytes(content())
    assert kept(mine, TSNE) is None
    with pytest.raises(ValueError, match=r"is damaged|of other codes|is missing") as caught:
        read_projection(path, mine.digest, mine.z_mean.shape)
    assert "\n" not in str(caught.value)
    keep(mine, laid_out())
    assert kept(mine, TSNE) is not None


def test_a_file_under_the_name_of_another_counts_as_absent():
    mine = points()
    keep(mine, laid_out(UMAP)).rename(file_of(TSNE))
    assert kept(mine, TSNE) is None
    assert list_kept(mine) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10_000), st.binary(max_size=20))
def test_no_change_of_a_few_bytes_gives_wrong_places(at, changed):
    mine = points()
    path = keep(mine, laid_out())
    content = bytearray(path.read_bytes())
    at %= len(content)
    content[at : at + len(changed)] = changed
    path.write_bytes(content)
    found = kept(mine, TSNE)
    assert found is None or np.array_equal(found.coords, laid_out().coords)


def test_what_is_no_file_counts_as_absent(tmp_path):
    mine = points()
    file_of().mkdir(parents=True)
    assert kept(mine, TSNE) is None
    assert list_kept(mine) == []
    with pytest.raises(ValueError, match="cannot be written"):
        keep(mine, laid_out())


def test_a_name_that_is_none_reaches_no_folder():
    with pytest.raises(ValueError, match="model name is"):
        kept(points(model_name="../tiny"), TSNE)


# Those that ship.


def test_every_shipped_model_has_its_maps():
    names = shipped_names()
    assert len(names) == 10
    assert {path.name for path in (pretrained_folder() / "projections").iterdir() if path.is_dir()} == set(
        names
    )
    for name in names:
        files = {path.name for path in (pretrained_folder() / "projections" / name).iterdir()}
        assert files == {f"{spec.id}.npz" for spec in SPECS}


@pytest.mark.parametrize("name", shipped_names())
def test_shipped_maps_belong_to_the_shipped_codes_and_say_how_good_they_are(name):
    mine = held_out_points(load_model(name))
    listed = list_kept(mine)
    assert {one.spec for one in listed} == set(SPECS)
    assert all(one.is_shipped for one in listed)
    for spec in SPECS:
        found = read_projection(shipped_path(name, spec), mine.digest, mine.z_mean.shape)
        assert kept(mine, spec).quality == found.quality
        assert (found.quality.k, found.quality.rows) == (12, min(1_000, len(mine)))
        assert found.quality.trustworthiness > 0.8
        assert found.quality.continuity > 0.85
        assert found.seconds > 0
        assert shipped_path(name, spec).stat().st_size < 100_000


def test_the_card_has_the_figures_of_the_files():
    card = (pretrained_folder() / "projections" / "README.md").read_text(encoding="utf-8")
    for name in shipped_names():
        mine = held_out_points(load_model(name))
        qualities = [kept(mine, spec).quality for spec in SPECS]
        figures = [f"{one.trustworthiness:.3f} | {one.continuity:.3f}" for one in qualities]
        assert f"| `{name}` | {len(mine):,} | {' | '.join(figures)} |\n" in card


def test_the_figures_of_a_shipped_map_are_its_own():
    mine = held_out_points(load_model("digits-2d"))
    found = kept(mine, TSNE)
    again = quality_of(mine.z_mean, found.coords)
    assert again.trustworthiness == pytest.approx(found.quality.trustworthiness)
    assert again.continuity == pytest.approx(found.quality.continuity)


def test_ones_own_comes_before_the_shipped_one_and_only_it_can_be_removed():
    mine = held_out_points(load_model("digits-2d"))
    shipped = kept(mine, TSNE)
    before = shipped_path("digits-2d", TSNE).stat().st_mtime_ns
    keep(mine, replace(shipped, seconds=123.0))
    assert kept(mine, TSNE).seconds == 123
    assert [one.is_shipped for one in list_kept(mine)] == [False, True]
    # A damaged one of one's own hides nothing.
    file_of(model_name="digits-2d").write_bytes(b"?")
    assert kept(mine, TSNE).seconds == shipped.seconds
    remove(mine, TSNE)
    remove(mine, UMAP)
    assert kept(mine, TSNE).seconds == shipped.seconds
    assert kept(mine, UMAP) is not None
    # Reading what ships writes nothing.
    assert shipped_path("digits-2d", TSNE).stat().st_mtime_ns == before


def test_shipped_maps_are_of_held_out_points_only():
    mine = held_out_points(load_model("digits-2d"))
    assert kept(replace(mine, source="all"), TSNE) is None


def test_the_folder_of_projections_is_no_model(temporary_home):
    assert "projections" not in {model.name for model in [*list_models(), *list_damaged_models()]}
    with pytest.raises(ValueError, match="'projections' is no model"):
        load_model("projections")
    (temporary_home / "models" / "projections").mkdir(parents=True)
    assert [model.name for model in list_damaged_models()] == ["projections"]
