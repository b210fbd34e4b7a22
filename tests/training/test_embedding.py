"""VAEEmbedding as scikit-learn expects a transformer to be."""

import pickle

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def embedding(keras):
    from vae_core.training.embedding import VAEEmbedding

    return VAEEmbedding


@pytest.fixture(scope="module")
def rows():
    return load_iris().data


@pytest.fixture(scope="module")
def fitted(embedding, rows):
    pipeline = make_pipeline(StandardScaler(), embedding(epochs=150, random_state=0))
    return pipeline.fit(rows)


def test_it_passes_the_checks_for_estimators(embedding, step_by_step):
    """scikit-learn's own checks, each named where it fails."""
    estimator = embedding(n_components=2, hidden_units=(4,), epochs=1)
    failures = []
    for instance, check in estimator_checks_generator(estimator, mark=None):
        try:
            check(instance)
        except Exception as error:
            if type(error).__name__ != "SkipTest":
                failures.append(f"{getattr(check, 'func', check).__name__}: {str(error)[:300]}")
    assert failures == []


def test_it_works_in_a_pipeline(fitted, rows):
    codes = fitted.transform(rows)
    assert codes.shape == (150, 2)
    restored = fitted.inverse_transform(codes)
    assert restored.shape == rows.shape
    unexplained = np.mean(np.square(restored - rows)) / np.mean(np.square(rows - rows.mean(axis=0)))
    assert unexplained < 0.3
    assert list(fitted[-1].get_feature_names_out()) == ["vaeembedding0", "vaeembedding1"]


def test_its_score_prefers_rows_like_those_it_learned(fitted, rows):
    strange = np.random.default_rng(0).permuted(rows, axis=0)
    assert fitted.score(rows) > fitted.score(strange) + 0.5


def test_its_score_is_the_bound_of_its_history(fitted, rows):
    final = fitted[-1].history_[-1]
    assert -fitted.score(rows) == pytest.approx(final["loss"], abs=0.5)


def test_codes_do_not_depend_on_the_rows_beside_them(fitted, rows):
    whole, one = fitted.transform(rows), fitted.transform(rows[7:8])
    np.testing.assert_allclose(one[0], whole[7], rtol=1e-9)


def test_the_seed_decides(embedding, step_by_step, rows):
    first, again, other = (embedding(epochs=3, random_state=seed).fit_transform(rows) for seed in (1, 1, 2))
    np.testing.assert_allclose(first, again, rtol=1e-3, atol=1e-4)
    assert not np.allclose(first, other, atol=1e-2)


def test_it_can_be_pickled(fitted, rows):
    copy = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_allclose(copy.transform(rows), fitted.transform(rows))


def test_bernoulli_takes_the_unit_interval(embedding, step_by_step, rows):
    scaled = MinMaxScaler().fit_transform(rows)
    model = embedding(likelihood="bernoulli", epochs=3, random_state=0).fit(scaled)
    restored = model.inverse_transform(model.transform(scaled))
    assert 0 < restored.min() < restored.max() < 1
    with pytest.raises(ValueError, match="a bernoulli likelihood takes 0 to 1"):
        embedding(likelihood="bernoulli").fit(rows)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"n_components": 0}, "latent_dim is 0"),
        ({"learning_rate": float("nan")}, "learning_rate is nan"),
        ({"likelihood": "poisson"}, "likelihood is 'poisson'"),
        ({"hidden_units": ()}, "hidden_units"),
    ],
)
def test_wrong_parameters_are_named(embedding, rows, parameters, words):
    with pytest.raises(ValueError, match=words):
        embedding(**parameters).fit(rows)


def test_codes_of_another_width_are_refused(fitted):
    with pytest.raises(ValueError, match="codes have 2"):
        fitted[-1].inverse_transform(np.zeros((3, 4)))
