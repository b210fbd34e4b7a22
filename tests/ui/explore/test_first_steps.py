"""Links on the front door keep what they promise, by the app's own measures."""

import numpy as np
import pytest

from tests.support.tiny_models import folder_files, write_tiny
from ui.explore.first_steps import first_steps
from ui.words.data_sets import THINGS, space_in_words, thing_of
from vae_core import LatentModel, list_models
from vae_core.models.classifiers import classifier_for
from vae_core.models.folder import Latents, pack_latents
from vae_core.space.neighbours import far_distance, neighbourhood


@pytest.mark.parametrize("model", list_models(), ids=lambda model: model.name)
def test_every_link_leads_to_what_it_says(model):
    names = model.spec.class_names
    classifier = classifier_for(model.spec)
    for label, _, code in first_steps(model):
        if label == "Out where no picture was":
            assert neighbourhood(model.latents, code).distance > far_distance(model)
            continue
        one, other = label.removeprefix("Where ").split(" becomes ")
        ends = [text.split(" ", 1)[1] for text in (one, other)]
        assert set(ends) <= set(names)
        seen = classifier.probabilities(model.decode([code]))[0]
        shares = [seen[classifier.facts.class_names.index(name)] for name in ends]
        assert np.ptp(shares) < 0.2, (label, shares)
        assert min(shares) >= 0.25


def test_the_front_door_model_has_all_four():
    steps = first_steps(next(model for model in list_models() if model.name == "mnist-2d"))
    assert len(steps) == 4


def test_the_place_without_pictures_is_looked_for_around_the_codes(tmp_path):
    codes = np.random.default_rng(0).uniform([59.5, -40.5], [60.5, -39.5], (400, 2)).astype(np.float32)
    rows = np.arange(len(codes), dtype=np.int64)
    latents = Latents(codes, None, np.zeros_like(rows), rows)
    files = {**folder_files("autoencoder"), "latents.npz": pack_latents(latents)}
    model = LatentModel(write_tiny(tmp_path / "tiny", "autoencoder", files))
    *_, (label, _, place) = first_steps(model)
    assert label == "Out where no picture was"
    assert np.abs(np.subtract(place, [60, -40])).max() < 2


def test_words_fit_the_model():
    for model in list_models():
        assert thing_of(model) in THINGS.values()
        assert ("dimensions" in space_in_words(model)) == (model.latent_dim > 2)
