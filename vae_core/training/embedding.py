"""A VAE as a scikit-learn transformer: rows of a table to codes and back.

from vae_core.training.embedding import VAEEmbedding
make_pipeline(StandardScaler(), VAEEmbedding(random_state=0)).fit_transform(X)
"""

from typing import Any, Literal, Self

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from vae_core.families.posterior import Posterior
from vae_core.metrics.bound import kl_per_dimension, negative_log_likelihood
from vae_core.specs import Likelihood, TrainingSpec
from vae_core.training.loop.assembly import build_step
from vae_core.training.loop.splitting import split_validation
from vae_core.training.loop.trainer import Trainer
from vae_core.training.networks import build_decoder, build_encoder


class VAEEmbedding(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Embed rows by a variational autoencoder of dense layers (Kingma and Welling 2014).

    Parameters
    ----------
    n_components : dimensions of the code, 1 to 576.
    hidden_units : widths of the encoder's dense layers; the decoder has them reversed.
    likelihood : "gaussian" with one learned variance for all columns (scale them first), or
        "bernoulli" for values in [0, 1].
    beta : weight of the KL term. ``epochs``, ``batch_size``, ``learning_rate``: of the training,
        by Adam with cosine decay.
    validation_fraction : of the rows, held out of the updates and measured in ``history_``.
    random_state : int, RandomState or None.

    Attributes
    ----------
    encoder_, decoder_ : Keras networks in float64. ``likelihood_`` : with the fitted variance.
    history_ : losses of each epoch, nats per row. ``n_features_in_``.
    """

    def __init__(
        self,
        n_components: int = 2,
        *,
        hidden_units: tuple[int, ...] = (64, 32),
        likelihood: Literal["gaussian", "bernoulli"] = "gaussian",
        beta: float = 1.0,
        epochs: int = 100,
        batch_size: int = 64,
        learning_rate: float = 3e-3,
        validation_fraction: float = 0.1,
        random_state: Any = None,
    ) -> None:
        self.n_components = n_components
        self.hidden_units = hidden_units
        self.likelihood = likelihood
        self.beta = beta
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: Any = None) -> Self:  # noqa: N803
        """Train on rows ``X`` (n, features), n ≥ 2. Raises ValueError for wrong data or parameters."""
        rows = validate_data(self, X, dtype=np.float32, ensure_min_samples=2)
        spec = self._spec()
        self._check_range(rows)
        generator = np.random.default_rng(spec.seed)
        training, validation = split_validation(rows, spec.validation_fraction, generator)
        shape = (rows.shape[1],)
        step = build_step(spec, shape, training)
        self.history_ = Trainer(spec, step, training, validation).run(lambda progress: None).history
        self.likelihood_ = spec.likelihood.model_copy(update={"variance": step.variance})
        self.encoder_, self.decoder_ = _in_float64(spec, shape, step.encoder, step.decoder)
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.floating]:  # noqa: N803
        """The means of the rows' posteriors, (n, n_components)."""
        check_is_fitted(self)
        return self._posterior(validate_data(self, X, dtype=np.float64, reset=False)).z_mean

    def inverse_transform(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """The mean of p(x|z) for codes ``X`` (n, n_components), as rows (n, features)."""
        check_is_fitted(self)
        codes = check_array(X, dtype=np.float64)
        if codes.shape[1] != self.n_components:
            raise ValueError(f"X has {codes.shape[1]} columns: codes have {self.n_components}")
        outputs = ops.convert_to_numpy(self.decoder_(codes, training=False))
        return outputs if self.likelihood == "gaussian" else 1 / (1 + np.exp(-outputs))

    def score(self, X: ArrayLike, y: Any = None) -> float:  # noqa: N803
        """The evidence lower bound per row in nats, higher is better; one fixed posterior draw a row."""
        check_is_fitted(self)
        rows = validate_data(self, X, dtype=np.float64, reset=False)
        posterior = self._posterior(rows)
        means = self.inverse_transform(posterior.sample(0))
        error = negative_log_likelihood(rows, means, self.likelihood_)
        return -float(np.mean(error + kl_per_dimension(posterior).sum(axis=1)))

    @property
    def _n_features_out(self) -> int:
        return self.n_components

    def _posterior(self, rows: NDArray[np.float64]) -> Posterior:
        return Posterior(*(ops.convert_to_numpy(part) for part in self.encoder_(rows, training=False)))

    def _spec(self) -> TrainingSpec:
        """The parameters, checked. Raises ValueError naming the wrong one."""
        if self.likelihood not in ("gaussian", "bernoulli"):
            raise ValueError(f"likelihood is {self.likelihood!r}: expected 'gaussian' or 'bernoulli'")
        gaussian = Likelihood(kind="gaussian", variance=1.0, learned=True)
        return TrainingSpec.checked(
            {
                "dataset": "table",
                "network": "dense",
                "latent_dim": self.n_components,
                "hidden_units": tuple(self.hidden_units),
                "likelihood": gaussian if self.likelihood == "gaussian" else Likelihood(),
                "beta": self.beta,
                "epochs": self.epochs,
                "batch_size": self.batch_size,
                "learning_rate": self.learning_rate,
                "validation_fraction": self.validation_fraction,
                "seed": int(check_random_state(self.random_state).randint(2**31 - 1)),
            }
        )

    def _check_range(self, rows: NDArray[np.float32]) -> None:
        if self.likelihood == "bernoulli" and (rows.min() < 0 or rows.max() > 1):
            raise ValueError(
                f"X reaches from {rows.min():g} to {rows.max():g}: a bernoulli likelihood takes 0 to 1"
            )


def _in_float64(
    spec: TrainingSpec, shape: tuple[int, ...], encoder: keras.Model, decoder: keras.Model
) -> tuple[keras.Model, keras.Model]:
    """Copies that compute in double precision: a row's code does not depend on the rows beside it."""
    usual = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    try:
        copies = build_encoder(spec, shape), build_decoder(spec, shape)
    finally:
        keras.config.set_dtype_policy(usual)
    for copy, original in zip(copies, (encoder, decoder), strict=True):
        copy.set_weights(original.get_weights())
    return copies
