"""The concepts that ship, and what concepts do to pictures whose factors are known."""

import re

import numpy as np
import pytest

from vae_core.base.home import concepts_folder, pretrained_folder
from vae_core.concepts import (
    DirectionSpec,
    bootstrap_directions,
    certainty,
    direction_of,
    ready,
    ready_concepts,
)
from vae_core.concepts.pixel_measures import amounts_of_ink, slants, stroke_widths
from vae_core.concepts.ready import ReadyFile, ready_path
from vae_core.concepts.shipped import RECIPES, build
from vae_core.datasets import faces
from vae_core.maps.encoding_file import digest_of
from vae_core.models.catalogue import list_damaged_models, list_models, load_model
from vae_core.models.classifiers import classifier_for
from vae_core.models.model import LatentModel

EXPECTED = {
    "doodles-32d": {"cat to dog", "cat to tree", "dog to tree"},
    "faces-16d": {"smile", "glasses", "long hair", "tilt", "open eyes", "dark skin", "dark hair"},
    "fashion-16d": {
        "shoe height",
        "sleeve",
        "sandal to ankle boot",
        "t-shirt to pullover",
        "t-shirt to dress",
    },
    "mnist-16d": {"thickness", "slant"},
    "sprites-10d": {"size", "rotation", "x", "y", "square to ellipse", "square to heart", "ellipse to heart"},
}
CARD = concepts_folder() / "README.md"
PLAIN = DirectionSpec(method="plain")
GLASSES, SMILE = faces.FACTORS.index("glasses"), faces.FACTORS.index("smile")
# The factor that each concept of the faces is about.
OWN_FACTOR = dict(
    zip(
        ("smile", "open eyes", "long hair", "tilt", "dark skin", "dark hair", "glasses"),
        faces.FACTORS,
        strict=True,
    )
)


def by_name(model_name):
    return {one.name: one for one in ready_concepts(load_model(model_name))}


@pytest.mark.parametrize("name", EXPECTED)
def test_every_ready_concept_belongs_to_its_model_and_has_its_figures(name):
    model = load_model(name)
    found = ready_concepts(model)
    assert {one.name for one in found} == EXPECTED[name]
    assert len(found) == len(EXPECTED[name])
    codes = model.latents.z_mean.astype(np.float64)
    for one in found:
        assert (one.model, one.digest) == (name, digest_of(model.latents.z_mean))
        length = np.linalg.norm(one.vector)
        assert (codes @ (one.vector / length)).std() == pytest.approx(length, rel=1e-3)
        assert one.with_words
        assert one.without_words
        assert one.certainty.low > 0.8
        assert one.auc > 0.6
        assert any("hardly separable" in note for note in one.notes) == (one.auc < 0.75)
    assert ReadyFile.from_json(ready_path(name).read_bytes()).command.endswith(
        f"vae_core.concepts.shipped {name}"
    )


def test_other_models_have_no_ready_concepts():
    assert set(RECIPES) == set(EXPECTED)
    assert {path.stem for path in concepts_folder().glob("*.json")} == set(EXPECTED)
    assert ready_concepts(load_model("mnist-2d")) == ()


def test_the_figures_of_the_card_are_those_of_the_files():
    card = CARD.read_text(encoding="utf-8")
    for name in EXPECTED:
        for one in ready_concepts(load_model(name)):
            counts = f"{one.with_count:,} | {one.without_count:,}"
            figures = f"{one.auc:.3f} | {one.certainty.low:.2f} to {one.certainty.high:.2f}"
            assert f"| `{name}` | {one.name} | {one.method} | {counts} | {figures} |\n" in card


def test_a_file_of_other_codes_is_not_used_and_a_damaged_one_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(ready, "concepts_folder", lambda: tmp_path)
    model = load_model("mnist-16d")
    assert ready_concepts(model) == ()
    text = (concepts_folder() / "mnist-16d.json").read_text()
    ready_path("mnist-16d").write_text(text.replace(model_digest(model), "0" * 64))
    assert ready_concepts(model) == ()
    ready_path("mnist-16d").write_text("{")
    with pytest.raises(ValueError, match=r"mnist-16d\.json is damaged"):
        ready_concepts(model)


def model_digest(model):
    return digest_of(model.latents.z_mean)


def test_a_model_of_ones_own_with_a_shipped_name_has_none(tmp_path):
    import shutil

    from vae_core.models.folder import open_folder

    shutil.copytree(pretrained_folder() / "mnist-16d", tmp_path / "mnist-16d")
    assert ready_concepts(LatentModel(open_folder(tmp_path / "mnist-16d"))) == ()


def test_the_folder_of_concepts_is_no_model(temporary_home):
    assert "concepts" not in {model.name for model in [*list_models(), *list_damaged_models()]}
    with pytest.raises(ValueError, match="'concepts' is no model"):
        load_model("concepts")


def test_the_concepts_of_drawn_pictures_are_made_again_as_they_shipped(tmp_path, monkeypatch):
    monkeypatch.setattr("vae_core.concepts.ready.concepts_folder", lambda: tmp_path)
    path = build("sprites-10d")
    again = ReadyFile.from_json(path.read_bytes())
    for one, shipped in zip(again.concepts, _shipped("sprites-10d"), strict=True):
        assert one.name == shipped.name
        np.testing.assert_allclose(one.direction, shipped.direction, atol=1e-6)
        assert one.auc == pytest.approx(shipped.auc, abs=1e-3)
        assert one.certainty.low == pytest.approx(shipped.certainty.low, abs=1e-6)


def _shipped(name):
    return ReadyFile.from_json((pretrained_folder() / "concepts" / f"{name}.json").read_bytes()).concepts


# Faces: factors measured by a regressor on the pixels of drawn faces.


def pooled(images):
    """Means of 2×2 pixels, as rows (n, p)."""
    n, h, w, c = images.shape
    return images.reshape(n, h // 2, 2, w // 2, 2, c).mean(axis=(2, 4)).reshape(n, -1)


class Regressor:
    """Ridge regression of the factors of drawn faces, in their standard deviations, on their pixels."""

    def __init__(self):
        known = faces.sample_factors(1_000, seed=5)
        self.mean, self.deviation = known.mean(axis=0), known.std(axis=0)
        pixels = pooled(faces.draw(known) / np.float32(255))
        self.middle = pixels.mean(axis=0)
        centred = pixels - self.middle
        kernel = centred @ centred.T + 0.3 * np.eye(len(known), dtype=np.float32)
        self.weights = centred.T @ np.linalg.solve(kernel, (known - self.mean) / self.deviation)

    def __call__(self, images):
        return (pooled(images) - self.middle) @ self.weights


@pytest.fixture(scope="module")
def regressor():
    return Regressor()


@pytest.fixture(scope="module")
def face_model():
    return load_model("faces-16d")


@pytest.fixture(scope="module")
def factors(face_model):
    """Factors of the held-out faces, in the order of their codes."""
    known = faces.sample_factors(faces.IMAGES, seed=0)[-faces.TEST_IMAGES :]
    return known[face_model.latents.index]


def moved(model, regressor, direction, count=200):
    """By how many standard deviations each factor moves from strength -2 to 2."""
    start = model.latents.z_mean[:count]
    low, high = (model.decode((start + k * direction).astype(np.float32)) for k in (-2, 2))
    return (regressor(high) - regressor(low)).mean(axis=0)


def test_the_regressor_knows_faces_it_has_not_seen(regressor):
    unseen = faces.sample_factors(200, seed=6)
    errors = regressor(faces.draw(unseen) / np.float32(255)) - (unseen - regressor.mean) / regressor.deviation
    assert (1 - np.square(errors).mean(axis=0) > 0.95).all()


def test_each_concept_of_a_face_moves_its_own_factor_as_the_card_says(face_model, regressor):
    """The smile moves by 2.9 of its standard deviations, and no other factor by 0.35 of its own."""
    card = CARD.read_text(encoding="utf-8")
    for one in ready_concepts(face_model):
        found = moved(face_model, regressor, one.vector)
        row = re.search(rf"^\| {one.name} \|(.+)\|$", card, re.MULTILINE)
        assert row is not None
        written = [float(cell.replace("−", "-").strip("* ")) for cell in row[1].split("|")]
        np.testing.assert_allclose(written, found, atol=0.06)
        own = faces.FACTORS.index(OWN_FACTOR[one.name])
        assert found[own] > 2.3
        assert np.abs(np.delete(found, own)).max() < 0.5
        if one.name == "smile":
            assert found[own] >= 2.5
            assert np.abs(np.delete(found, own)).max() < 0.35


def test_balancing_undoes_a_confound(face_model, regressor, factors):
    """Smiling faces that mostly wear glasses: the plain difference puts them on, the balanced does not."""
    codes, smile, glasses = face_model.latents.z_mean, factors[:, SMILE], factors[:, GLASSES] > 0.5
    generator = np.random.default_rng(0)
    seldom = generator.random(len(codes)) < 0.15
    low, high = np.quantile(smile, [1 / 3, 2 / 3])
    is_with = (smile >= high) & (glasses | seldom)
    is_without = (smile <= low) & (~glasses | seldom)
    assert glasses[is_with].mean() > 0.8 > 0.2 > glasses[is_without].mean()
    labels = glasses.astype(np.int64)
    plain, balanced = (
        moved(face_model, regressor, direction_of(codes, is_with, is_without, labels, spec))
        for spec in (PLAIN, None)
    )
    assert plain[GLASSES] > 0.5
    assert abs(balanced[GLASSES]) < 0.5 * plain[GLASSES]
    assert balanced[SMILE] > plain[SMILE]


# Digits: the classifier says whether an edited digit stays one.


@pytest.fixture(scope="module")
def digits():
    """Model, codes, classes, and what the model draws: thickness and ink are measured without originals."""
    model = load_model("mnist-16d")
    rows = np.arange(0, len(model.latents.z_mean), 3)
    codes = model.latents.z_mean[rows]
    return model, codes, model.latents.label[rows], model.decode(codes)


def kept_share(digits, direction, count=500):
    """The share of digits that the classifier still takes for what they were, at -2 and 2; and the widths."""
    model, codes, _, images = digits
    classifier = classifier_for(model.spec)
    before = classifier.probabilities(images[:count]).argmax(axis=1)
    edited = [model.decode((codes[:count] + k * direction).astype(np.float32)) for k in (-2, 2)]
    share = np.mean([(classifier.probabilities(each).argmax(axis=1) == before).mean() for each in edited])
    return share, edited


def thirds(values):
    low, high = np.quantile(values, [1 / 3, 2 / 3])
    return values >= high, values <= low


def test_the_shipped_thickness_changes_strokes_and_keeps_digits(digits):
    share, (thin, thick) = kept_share(digits, by_name("mnist-16d")["thickness"].vector)
    assert share > 0.95
    assert stroke_widths(thick).mean() > 1.6 * stroke_widths(thin).mean()


def test_the_shipped_slant_leans_digits_and_keeps_them(digits):
    share, (left, right) = kept_share(digits, by_name("mnist-16d")["slant"].vector)
    assert share > 0.85
    assert np.nanmean(slants(right)) - np.nanmean(slants(left)) > 0.5


def test_thickness_by_ink_keeps_digits_only_when_it_is_balanced(digits):
    """An amount of ink is mostly which digit it is: a 1 has half the ink of a 0."""
    _, codes, labels, images = digits
    sides = thirds(amounts_of_ink(images))
    plain, balanced = (
        kept_share(digits, direction_of(codes, *sides, labels, spec))[0] for spec in (PLAIN, None)
    )
    assert balanced >= 0.85
    assert balanced >= plain + 0.10


def test_the_width_of_strokes_is_confounded_less(digits):
    _, codes, labels, images = digits
    sides = thirds(stroke_widths(images))
    plain, balanced = (
        kept_share(digits, direction_of(codes, *sides, labels, spec))[0] for spec in (PLAIN, None)
    )
    assert balanced >= 0.95
    assert balanced >= plain


def test_the_shipped_direction_is_that_of_reconstructions_too(digits):
    _, codes, labels, images = digits
    sides = thirds(stroke_widths(images))
    found = direction_of(codes, *sides, labels)
    shipped = by_name("mnist-16d")["thickness"]
    cosine = found @ shipped.vector / np.linalg.norm(found) / np.linalg.norm(shipped.vector)
    assert cosine > 0.98
    # Three times as few pictures, and other widths: still about as certain.
    assert certainty(found, bootstrap_directions(codes, *sides, labels)).low > 0.98
