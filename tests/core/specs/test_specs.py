import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tiny_models import spec_values
from vae_core.specs import Likelihood, ModelSpec, TrainingSpec, is_name

names = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True)
training_specs = st.builds(
    TrainingSpec,
    dataset=names,
    network=names,
    latent_dim=st.integers(1, 576),
    hidden_units=st.none() | st.lists(st.integers(1, 8192), min_size=1, max_size=8).map(tuple),
    beta=st.floats(0, 1e4),
    learning_rate=st.floats(0, 1, exclude_min=True),
    validation_fraction=st.floats(0, 1, exclude_min=True, exclude_max=True),
    seed=st.integers(0, 2**31 - 1),
    likelihood=st.just(Likelihood())
    | st.floats(1e-6, 10).map(lambda v: Likelihood(kind="gaussian", variance=v)),
)


@given(training_specs)
def test_training_specs_survive_json(spec):
    assert TrainingSpec.from_json(spec.to_json()) == spec


def test_model_specs_survive_json():
    spec = ModelSpec.checked({**spec_values(), "files": {"card.md": "0" * 64}})
    assert ModelSpec.from_json(spec.to_json()) == spec


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"latent_dim": 0}, "latent_dim is 0"),
        ({"latent_dim": 10_000}, "latent_dim is 10000"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"learning_rate": -1.0}, "learning_rate is -1.0"),
        ({"epochs": "many"}, "epochs is 'many'"),
        ({"hidden_units": ()}, "hidden_units"),
        ({"colour": 1}, "colour"),
        ({"dataset": "../etc"}, "dataset is '../etc'"),
        ({"likelihood": {"kind": "gaussian"}}, "variance"),
        ({"likelihood": {"kind": "bernoulli", "variance": 1.0}}, "variance"),
    ],
)
def test_wrong_values_are_named_in_one_line(change, words):
    values = {"dataset": "digits", "network": "dense", **change}
    with pytest.raises(ValueError, match=words) as caught:
        TrainingSpec.checked(values)
    assert "\n" not in str(caught.value)


def test_missing_keys_are_named():
    with pytest.raises(ValueError, match="dataset"):
        TrainingSpec.checked({"network": "dense"})


def test_unknown_networks_are_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"'deep'.*dense, conv"):
        TrainingSpec(dataset="digits", network="deep").check_network()


def test_a_model_spec_must_agree_with_its_training():
    values = json.loads(ModelSpec.checked({**spec_values(), "files": {}}).to_json())
    values["latent_dim"] = 3
    with pytest.raises(ValueError, match=r"training\.latent_dim is 2"):
        ModelSpec.checked(values)


def test_the_command_repeats_what_is_not_default():
    spec = TrainingSpec(dataset="digits", network="dense", hidden_units=(8, 4), epochs=3)
    assert spec.command("mine") == (
        "python -m vae_core train --dataset digits --network dense --hidden-units 8,4 --epochs 3 --out mine"
    )


@pytest.mark.parametrize("text", ["", "A", "a/b", "..", "a\n", "a" * 65, ".hidden"])
def test_hostile_names_are_no_names(text):
    assert not is_name(text)
