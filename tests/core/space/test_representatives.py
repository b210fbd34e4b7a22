"""Pictures that stand for a model's data."""

import numpy as np
import pytest

from tests.support.tiny_models import write_tiny
from vae_core import load_model
from vae_core.space.representatives import representative_rows


def test_of_each_class_it_is_the_one_nearest_to_its_mean():
    model = load_model("digits-2d")
    codes, labels = model.latents.z_mean, model.latents.label
    rows = representative_rows(model, 10)
    assert labels[rows].tolist() == list(range(10))
    for label, row in enumerate(rows):
        of_class = codes[labels == label]
        distances = np.linalg.norm(of_class - of_class.mean(axis=0), axis=1)
        assert np.linalg.norm(codes[row] - of_class.mean(axis=0)) == pytest.approx(distances.min())


def test_fewer_than_there_are_classes_begin_with_the_first_and_end_with_the_last():
    model = load_model("digits-2d")
    assert model.latents.label[representative_rows(model, 2)].tolist() == [0, 9]
    assert len(set(model.latents.label[representative_rows(model, 4)])) == 4


def test_without_classes_they_are_far_apart():
    model = load_model("faces-16d")
    rows = representative_rows(model, 5)
    assert len(set(rows.tolist())) == 5
    codes = model.latents.z_mean
    apart = np.linalg.norm(codes[rows[0]] - codes[rows[1]])
    assert apart > np.median(np.linalg.norm(codes - codes[rows[0]], axis=1)) * 1.2


def test_there_are_no_more_than_pictures_that_differ(tmp_path):
    write_tiny(tmp_path / "tiny")
    model = load_model(tmp_path / "tiny")
    rows = representative_rows(model, 1_000)
    assert len(set(rows.tolist())) == len(rows) <= len(model.latents.z_mean)
