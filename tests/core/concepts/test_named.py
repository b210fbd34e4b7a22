"""Concepts out of two texts."""

import numpy as np
import pytest

import vae_core
from vae_core import find_concept, load_model
from vae_core.concepts import ready_concepts


def test_it_is_the_concept_of_the_pictures_that_are_named():
    model = load_model("doodles-32d")
    found = find_concept(model, "class:dog", "class:cat", "cat to dog")
    ready = next(one for one in ready_concepts(model) if one.name == "cat to dog")
    np.testing.assert_allclose(found.vector, ready.vector, rtol=1e-4, atol=1e-5)
    assert (found.with_words, found.without_words) == ("class:dog", "class:cat")


def test_without_a_name_it_is_called_by_its_sides():
    assert find_concept(load_model("doodles-32d"), "1,2,3", "4,5,6").name == "4,5,6 to 1,2,3"


@pytest.mark.parametrize(
    ("with_", "without", "words"),
    [("class:horse", "class:cat", "'horse'"), ("1,2", "2,3", "both with and without"), ("1", "2,3", "1")],
)
def test_what_names_no_sides_is_said(with_, without, words):
    with pytest.raises(ValueError, match=words):
        find_concept(load_model("doodles-32d"), with_, without)


def test_the_package_offers_it_and_nothing_else_lazily():
    assert "find_concept" in vae_core.__all__
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        getattr(vae_core, "noth" + "ing")
