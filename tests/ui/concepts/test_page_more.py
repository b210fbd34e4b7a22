"""The Concepts page: how far the data go from each picture, lines to try, the way out of two dimensions."""

import numpy as np
import pytest

from tests.components.desk.test_view import data_of, laid
from tests.ui.concepts.test_page import READY, at, desk
from tests.ui.explore.test_page import texts
from tests.ui.map.test_page import component
from ui.components.desk.view import MOST_CROWD
from vae_core import load_model
from vae_core.concepts.expressions import evaluate, parse

DIRECTIONS = np.array([[1, 0], [0, 1]], np.float64)


def test_real_pictures_travel_as_their_places_along_each_concept():
    crowd = np.array([[1, 2], [-3, 0.5], [0, 0]], np.float32)
    data = data_of(crowd=crowd)
    assert data["crowd"] == 3
    numbers = laid(data).ravel()
    plain = laid(data_of()).ravel()
    np.testing.assert_array_equal(numbers[: len(plain)], plain)
    np.testing.assert_array_equal(numbers[len(plain) :].reshape(3, 2), crowd @ DIRECTIONS.T)


def test_of_many_real_pictures_an_even_share_travels():
    crowd = np.arange(2 * (2 * MOST_CROWD + 1), dtype=np.float32).reshape(-1, 2) / MOST_CROWD
    data = data_of(crowd=crowd)
    assert data["crowd"] == len(crowd[::3]) <= MOST_CROWD
    np.testing.assert_allclose(laid(data).ravel()[-2:], crowd[::3][-1])


@pytest.mark.parametrize("crowd", [None, np.empty((0, 2)), []])
def test_without_real_pictures_nothing_travels_of_them(crowd):
    assert data_of(crowd=crowd)["crowd"] == 0
    assert data_of(crowd=crowd)["id"] == data_of()["id"]


@pytest.mark.parametrize("crowd", [np.zeros((3, 3)), np.full((3, 2), np.nan), np.zeros(3), [[1e30, 0]]])
def test_a_crowd_of_other_codes_is_named(crowd):
    with pytest.raises(ValueError) as raised:
        data_of(crowd=crowd)
    assert "\n" not in str(raised.value)


def test_the_page_gives_the_desk_the_codes_of_the_test_pictures():
    app = at(model="faces-16d", mix="smile:2~glasses:2")
    assert desk(app)["crowd"] == len(load_model("faces-16d").latents.z_mean) == 2_000


@pytest.mark.parametrize("model", [*READY, "digits-2d"])
def test_every_line_to_try_means_something_and_reads_well(model, monkeypatch):
    found = {}

    def noted(text, vocabulary):
        found["vocabulary"] = vocabulary
        return evaluate(parse(text), vocabulary), None

    monkeypatch.setattr("ui.concepts.arithmetic._evaluated", noted)
    examples = component(at(model=model, view="sum"), "expression", "sum")["expression"]["examples"]
    assert len(set(examples)) == len(examples) >= 2
    for example in examples:
        evaluate(parse(example), found["vocabulary"])
        assert '":' not in example
        assert len(example) <= 40


def test_two_dimensions_offer_what_can_be_done_elsewhere():
    app = at(model="mnist-2d")
    assert len(app.info) == 1
    shown = texts(app)
    assert "hardly work" in shown and "no concepts yet" in shown
    labels = [link.proto.label for link in app.get("page_link")]
    assert [label for label in labels if "faces-16d" in label] == ["Put a smile on a face (faces-16d)"]
